"""Random sequences of everything that may happen to jobs, against what must hold after each step.

A Walk is one seed: a few dealers, credentials and upstreams with small limits, then steps drawn at
random: submit, lease, beat, complete, fail, release, reap, promote, cancel, pause, resume, a breaker
that opens, and now and then a storing transaction that hangs in a second connection while the
scheduler goes on. The clock is p_at.

The model is small: every lease that was ever given, and who holds it now. Whoever names an old epoch
must be refused; whoever holds the lease must be heard. WRONG finds what no step may leave behind.
"""

import random
import uuid

import psycopg2
from engine import array, later

STEPS = (10, 26)
MANNERS = 0.4
FINAL = ("succeeded", "failed", "cancelled")

# One row for each thing that is wrong.
WRONG = """
SELECT 'lease without a leased task, or the other way round' AS what, coalesce(t.id, l.task_id) AS id
FROM jobs.task t FULL JOIN jobs.lease l ON l.task_id = t.id
WHERE (t.state = 'leased') <> (l.task_id IS NOT NULL) OR l.epoch <> t.epoch
UNION ALL
SELECT 'open attempts do not fit the lease', t.id
FROM jobs.task t
LEFT JOIN (SELECT task_id, count(*) AS n, max(epoch) AS last, min(epoch) AS first,
                  count(*) FILTER (WHERE outcome = 'leased') AS open,
                  max(epoch) FILTER (WHERE outcome = 'leased') AS open_epoch,
                  count(*) FILTER (WHERE outcome = 'succeeded') AS won
           FROM jobs.attempt GROUP BY task_id) a ON a.task_id = t.id
WHERE coalesce(a.n, 0) <> t.epoch OR coalesce(a.last, 0) <> t.epoch OR coalesce(a.first, 1) <> 1
   OR coalesce(a.open, 0) <> (t.state = 'leased')::int OR a.open_epoch <> t.epoch
   OR coalesce(a.won, 0) <> (t.state = 'succeeded')::int
UNION ALL
SELECT 'a lane does not count its ready tasks', coalesce(l.credential_id, t.credential_id)
FROM jobs.lane l
FULL JOIN (SELECT credential_id, dealer_id, priority, urgent, count(*) AS n FROM jobs.task
           WHERE state = 'queued' AND ready GROUP BY 1, 2, 3, 4) t USING (credential_id, dealer_id, priority, urgent)
WHERE coalesce(l.queued, 0) <> coalesce(t.n, 0)
UNION ALL
SELECT 'a job does not count its tasks', 0
FROM jobs.job j
JOIN (SELECT job_id, count(*) AS n, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
             count(*) FILTER (WHERE state = 'failed') AS failed,
             count(*) FILTER (WHERE state = 'cancelled') AS cancelled, sum(rows_read) AS read, sum(rows_new) AS new
      FROM jobs.task GROUP BY 1) t ON t.job_id = j.id
WHERE (j.tasks_total, j.tasks_succeeded, j.tasks_failed, j.tasks_cancelled, j.rows_read, j.rows_new)
      <> (t.n, t.succeeded, t.failed, t.cancelled, t.read, t.new)
   OR (j.finished_at IS NOT NULL) <> (t.n = t.succeeded + t.failed + t.cancelled)
      AND NOT EXISTS (SELECT FROM jobs.tally y WHERE y.job_id = j.id)
   OR (j.state IN ('queued', 'running')) <> (j.finished_at IS NULL)
   OR j.finished_at IS NOT NULL AND j.state <> CASE WHEN t.succeeded = t.n THEN 'succeeded'
          WHEN j.cancel_asked_at IS NOT NULL AND t.cancelled > 0 THEN 'cancelled'
          WHEN t.succeeded > 0 THEN 'partial' WHEN t.failed > 0 THEN 'failed' ELSE 'cancelled' END
UNION ALL
SELECT 'a task and its dealers tell different states', t.id
FROM jobs.task t JOIN jobs.task_dealer d ON d.task_id = t.id
WHERE d.state <> CASE t.state WHEN 'leased' THEN 'queued' ELSE t.state END
UNION ALL
SELECT 'a retry waits without a time', id
FROM jobs.task WHERE state = 'queued' AND NOT ready AND not_before IS NULL
UNION ALL
SELECT 'more leases than the upstream allows', u.id
FROM dealer.upstream u JOIN jobs.lease l ON l.upstream_id = u.id AND l.call
GROUP BY u.id HAVING count(*) > u.concurrency
UNION ALL
SELECT 'more leases than a credential may have', l.credential_id
FROM jobs.lease l JOIN dealer.upstream u ON u.id = l.upstream_id AND l.call
GROUP BY l.credential_id HAVING count(*) > min(u.credential_concurrency)
UNION ALL
SELECT 'more leases than a dealer may have', min(l.upstream_id)
FROM jobs.lease l JOIN dealer.upstream u ON u.id = l.upstream_id
WHERE l.dealer_id <> '*' AND l.call
GROUP BY l.dealer_id HAVING count(*) > min(u.dealer_concurrency)
UNION ALL
SELECT 'more calls than the quota', c.id
FROM dealer.credential c JOIN dealer.upstream u ON u.id = c.upstream_id
JOIN jobs.credential_state s ON s.credential_id = c.id
WHERE s.calls > u.quota
UNION ALL
SELECT 'a record is stored, and its replay did not succeed', q.id
FROM feed.quarantine q JOIN jobs.task t ON t.id = q.replay_task_id
WHERE (q.state = 'stored') <> (t.state = 'succeeded')
"""


# Tasks that nobody may lease at an instant.
SHUT = """
SELECT t.id FROM jobs.task t
JOIN dealer.upstream u ON u.id = t.upstream_id
JOIN dealer.credential c ON c.id = t.credential_id
JOIN jobs.job_record j ON j.id = t.job_id
LEFT JOIN jobs.upstream_state s ON s.upstream_id = t.upstream_id
LEFT JOIN jobs.credential_state k ON k.credential_id = t.credential_id
WHERE t.state <> 'queued' OR NOT t.ready OR j.cancel_asked_at IS NOT NULL
   OR t.kind = 'fetch' AND (s.open_until > %(at)s OR k.blocked_until > %(at)s OR k.flagged_at >= c.updated_at)
   OR EXISTS (SELECT FROM jobs.pause p
              WHERE (p.scope, p.target) IN (('all', ''), ('dealer', t.dealer_id))
                 OR t.kind = 'fetch' AND (p.scope, p.target) IN
                    (('feed', t.feed), ('upstream', u.name), ('credential', t.credential_id::text)))"""


class Held:
    """A lease as a fetcher knows it: perhaps long lost."""

    def __init__(self, instance, row):
        self.instance, self.task_id, self.epoch = instance, row["task_id"], row["epoch"]

    def __getitem__(self, name):
        return getattr(self, name)

    def __repr__(self):
        return f"{self.task_id}/{self.epoch}"


class Walk:
    """One seed; run() raises AssertionError with the steps that led there."""

    def __init__(self, engine, seed):
        self.engine, self.seed = engine, seed
        self.dice = random.Random(seed)
        self.now = 0.0
        self.trace = []
        self.leases = []  # all that were ever given
        self.jobs, self.dealers, self.upstreams = [], [], []
        self.ended = {}  # task -> final state
        self.fetchers = [str(uuid.UUID(int=self.dice.getrandbits(128))) for _ in range(3)]
        self.hung = None
        self.other = engine.other

    # ---- what the steps look at ----

    @property
    def at(self):
        return later(self.now)

    def current(self):
        """(task, epoch) of the leases as the database has them."""
        return {(row["task_id"], row["epoch"]) for row in
                self.engine.sql("SELECT task_id, epoch FROM jobs.lease")}

    def pick(self, n=None):
        """Some leases, most of them recent, a few long lost."""
        recent = self.leases[-8:] if self.dice.random() < 0.8 else self.leases
        free = [held for held in recent if not self.hung or held.task_id != self.hung.task_id]
        return self.dice.sample(free, min(len(free), n or self.dice.randint(1, 3)))

    # ---- setting up ----

    def set_up(self):
        dice = self.dice
        for number in range(dice.randint(1, 2)):
            limits = {"concurrency": dice.randint(1, 5)}
            if dice.random() < MANNERS:
                limits["credential_concurrency"] = dice.randint(1, 3)
            if dice.random() < MANNERS:
                limits["dealer_concurrency"] = dice.randint(1, 2)
            if dice.random() < MANNERS / 2:
                limits.update(quota=dice.randint(4, 30), quota_reserve=dice.randint(0, 50))
            if dice.random() < MANNERS / 2:
                limits.update(calls_per_minute=dice.randint(20, 600), burst=dice.randint(1, 4))
            upstream = self.engine.upstream(f"up{number}", **limits)
            self.upstreams.append(upstream)
            for _ in range(dice.randint(1, 2)):
                credential = self.engine.credential(upstream)
                for _ in range(dice.randint(1, 2)):
                    self.dealers.append(self.engine.dealer(f"9{len(self.dealers):04}", credential))
            self.say("upstream", limits)

    def say(self, *words):
        self.trace.append(" ".join(str(word) for word in words))

    # ---- steps ----

    def submit(self):
        dealers = self.dice.sample(self.dealers, self.dice.randint(1, min(3, len(self.dealers))))
        first = self.dice.randint(1, 15)
        last = first + self.dice.randint(0, 1)
        priority = self.dice.randint(0, 3)
        self.say("submit", dealers, first, last, "priority", priority)
        self.jobs.append(self.engine.submit(dealers, f"2026-03-{first:02} 00:00:00", f"2026-03-{last:02} 23:59:59",
                                            60 if self.dice.random() < 0.03 else self.dice.choice((720, 1440)),
                                            priority, self.at))

    def replay(self):
        """Some records are set aside, and a replay is asked for."""
        dealer, n = self.dice.choice(self.dealers), self.dice.randint(1, 3)
        self.engine.sql("""
            INSERT INTO feed.quarantine (dealer_id, feed, task_id, epoch, last_task_id, reason, raw, hash, requested_at,
                                         created_at, seen_at)
            SELECT %s, 'prsp', 0, 0, 0, 'row.no_key', '{}', uuid_send(gen_random_uuid()), %s, %s, %s
            FROM generate_series(1, %s)""", [dealer, self.at, self.at, self.at, n])
        job = str(uuid.UUID(int=self.dice.getrandbits(128)))
        made = self.engine.value("SELECT jobs.replay(%s, %s, NULL, %s, NULL, NULL, NULL, NULL, NULL, NULL, 'test', 2)",
                                 [self.at, job, dealer])
        self.say("replay", dealer, n, "->", made)
        self.jobs.append(job)

    def lease(self):
        instance, want = self.dice.choice(self.fetchers), self.dice.randint(1, 4)
        shut = {row["id"] for row in self.engine.sql(SHUT, {"at": self.at})}
        given = self.engine.lease(want, instance, self.at)
        self.say("lease", want, "->", [f"{row['task_id']}/{row['epoch']}" for row in given])
        assert len(given) <= want, "more than was asked for"
        for row in given:
            before = [held.epoch for held in self.leases if held.task_id == row["task_id"]]
            assert row["epoch"] == max(before, default=0) + 1, "the epoch rises by one with each lease"
            assert row["task_id"] not in self.ended, "a task that has ended is leased"
            assert row["task_id"] not in shut, "what is paused, blocked, cancelled or behind an open breaker is leased"
            self.leases.append(Held(instance, row))

    def beat(self):
        instance = self.dice.choice(self.fetchers)
        named = {held.task_id: held for held in self.pick(3) if held.instance == instance}.values()
        if not named:
            return
        current = self.current()
        verdicts = dict(zip(sorted(named, key=lambda held: held.task_id),
                            self.engine.beat(instance, list(named), self.at)))
        self.say("beat", verdicts)
        for held, verdict in verdicts.items():
            if (held.task_id, held.epoch) in current:
                assert verdict in ("held", "cancelled"), "a living lease is told lost"
            elif self.ended.get(held.task_id) != "succeeded":
                assert verdict != "held", "a lost lease is told held"

    def complete(self):
        for held in self.pick(1):
            holds = (held.task_id, held.epoch) in self.current()
            rows = self.dice.randint(0, 9)
            stored = self.store(self.engine.owner, held, rows)
            self.say("complete", held, "->", stored)
            assert stored == holds, "it is stored by who holds the lease, and by nobody else"

    def store(self, connection, held, rows):
        """What a storing transaction does to the job engine; false when it was fenced."""
        try:
            connection.sql("BEGIN")
            connection.sql("SELECT jobs.begin_store(%s, %s)", [held.task_id, held.epoch])
            for n, row in enumerate(connection.sql("SELECT dealer_id FROM jobs.task_dealer WHERE task_id = %s"
                                                   " ORDER BY 1", [held.task_id])):
                read = rows if n == 0 else 0
                connection.sql("SELECT jobs.count_rows(%s, %s, %s, %s, 0, 0, 0)",
                               [held.task_id, row["dealer_id"], read, read])
            connection.sql("SELECT feed.settle_replay(%s, id, %s) FROM jobs.task WHERE id = %s AND kind = 'replay'",
                           [self.at, held.epoch, held.task_id])
            done = connection.value("SELECT jobs.complete_task(%s, %s, %s, %s, %s, 0, 0, 0, 10, 200, 1, 2, 3, 4,"
                                    " NULL)", [self.at, held.task_id, held.epoch, rows, rows])
            connection.sql("COMMIT")
            return done
        except psycopg2.Error as error:
            connection.sql("ROLLBACK")
            if error.pgcode != "DD001":
                raise
            return False

    def fail(self):
        for held in self.pick(1):
            holds = (held.task_id, held.epoch) in self.current()
            again = later(self.now + self.dice.uniform(0, 15)) if self.dice.random() < 0.7 else None
            effect = self.dice.choice(("", "", "", "block", "flag"))
            heard = self.engine.fail(held, again, self.at, effect=effect, wish_ms=4000,
                                     split=self.dice.random() < 0.15)
            self.say("fail", held, "again" if again else "for good", effect, "->", heard)
            assert heard == holds, "a failure counts when it is told by who holds the lease"

    def release(self):
        instance = self.dice.choice(self.fetchers)
        named = {held.task_id: held for held in self.pick(3) if held.instance == instance}.values()
        if not named:
            return
        mine = sum((held.task_id, held.epoch) in self.current() for held in named)
        given = self.engine.value("SELECT jobs.release_tasks(%s, %s, %s, %s)", [
            self.at, instance, array(held.task_id for held in named), array(held.epoch for held in named)])
        self.say("release", list(named), "->", given)
        assert given == mine, "exactly the leases that it still had"

    def reap(self):
        expired = self.engine.value("SELECT count(*) FROM jobs.lease WHERE lease_until < %s", [self.at])
        reaped = self.engine.reap(self.at)
        self.say("reap", expired, "expired ->", dict(reaped))
        assert reaped["requeued"] + reaped["given_up"] + reaped["waiting"] == expired
        assert reaped["waiting"] <= (1 if self.hung else 0), "nothing but a hanging store is left for later"

    def promote(self):
        due = self.engine.value("SELECT count(*) FROM jobs.task WHERE state = 'queued' AND NOT ready"
                                " AND not_before <= %s", [self.at])
        moved = self.engine.value("SELECT jobs.promote(%s)", [self.at])
        self.say("promote ->", moved)
        assert moved == due, "all retries whose time has come"

    def cancel(self):
        job = self.dice.choice(self.jobs)
        try:
            self.engine.sql("SELECT jobs.cancel_job(%s, %s, 'test')", [self.at, job])
        except psycopg2.Error as error:
            assert error.pgcode == "DD030", error
            assert self.engine.job(job)["finished_at"], "only a job that has ended cannot be cancelled"
        self.say("cancel", self.jobs.index(job))

    def cancel_step(self):
        self.say("cancel step ->", self.engine.value("SELECT jobs.cancel_step(%s, 3)", [self.at]))

    def pause(self):
        credential = self.engine.value("SELECT max(id) FROM dealer.credential")
        self.paused = self.dice.choice((("all", ""), ("feed", "prsp"), ("dealer", self.dice.choice(self.dealers)),
                                        ("upstream", "up0"), ("credential", str(credential))))
        self.engine.sql("SELECT jobs.set_pause(%s, %s, %s, NULL, 'test')", [self.at, *self.paused])
        self.say("pause", *self.paused)

    def resume(self):
        for row in self.engine.sql("SELECT scope, target FROM jobs.pause"):
            assert self.engine.value("SELECT jobs.clear_pause(%s, %s)", [row["scope"], row["target"]])
        self.say("resume")

    def trip(self):
        """A breaker opens, as the scheduler decides it."""
        upstream = self.dice.choice(self.upstreams)
        self.engine.sql("INSERT INTO jobs.upstream_state (upstream_id) VALUES (%s) ON CONFLICT DO NOTHING", [upstream])
        was = self.engine.sql("SELECT failures, opened, open_until FROM jobs.upstream_state WHERE upstream_id = %s",
                              [upstream])[0]
        until = later(self.now + self.dice.uniform(1, 15))
        assert self.engine.value("SELECT jobs.put_breaker(%s, %s, %s, %s, %s, %s, %s)",
                                 [upstream, was["failures"], was["opened"], was["open_until"], was["failures"] + 1,
                                  was["opened"] + 1, until])
        self.say("breaker of", upstream, "open for", until)

    def settle(self):
        self.say("settle ->", self.engine.value("SELECT jobs.settle(%s)", [self.at]))

    def wait(self):
        self.now += self.dice.choice((0.5, 3, 8, 11))
        self.say("clock", self.now)

    # ---- a storing transaction that hangs while others go on ----

    def hang(self):
        current = self.current()
        mine = [held for held in self.leases if (held.task_id, held.epoch) in current]
        if self.hung or not mine:
            return
        self.hung = self.dice.choice(mine)
        self.late = self.dice.random() < 0.5
        self.other.sql("BEGIN")
        self.other.sql("SELECT jobs.begin_store(%s, %s)", [self.hung.task_id, self.hung.epoch])
        if self.late:
            self.finish_store()
        self.say("hang", self.hung, "completed" if self.late else "begun")

    def finish_store(self):
        self.other.sql("SELECT feed.settle_replay(%s, id, %s) FROM jobs.task WHERE id = %s AND kind = 'replay'",
                       [self.at, self.hung.epoch, self.hung.task_id])
        return self.other.value("SELECT jobs.complete_task(%s, %s, %s, 0, 0, 0, 0, 0, 10, 200, 1, 2, 3, 4, NULL)",
                                [self.at, self.hung.task_id, self.hung.epoch])

    def go_on(self):
        """The hanging transaction ends, one way or the other."""
        if not self.hung:
            return
        commit = self.dice.random() < 0.7
        if commit and not self.late:
            assert self.finish_store(), "who holds the row and passed the fence completes"
        self.other.sql("COMMIT" if commit else "ROLLBACK")
        self.say("hung one", self.hung, "commits" if commit else "rolls back")
        self.hung = None

    # ---- all of it ----

    def check(self):
        wrong = self.engine.run_wrong()
        assert not wrong, wrong
        for row in self.engine.sql("SELECT id, state FROM jobs.task WHERE state = ANY (%s)", [list(FINAL)]):
            assert self.ended.setdefault(row["id"], row["state"]) == row["state"], "an end is for good"
        for task, state in self.ended.items():
            assert state in FINAL, task

    def choose(self):
        """The next step. While a transaction hangs, what may wait for its rows is left out."""
        often = {self.lease: 6, self.complete: 5, self.beat: 2, self.fail: 3, self.release: 1, self.reap: 2,
                 self.promote: 2, self.wait: 3, self.submit: 1, self.hang: 1, self.cancel: 0.6, self.cancel_step: 1,
                 self.pause: 0.5, self.resume: 1, self.trip: 0.5, self.settle: 0.3,
                 self.replay: 0.6}
        if self.hung:
            often = {self.lease: 3, self.beat: 2, self.reap: 2, self.promote: 1, self.wait: 2, self.submit: 1,
                     self.go_on: 4}
        return self.dice.choices(list(often), list(often.values()))[0]

    def run(self):
        try:
            self.set_up()
            self.submit()
            self.lease()
            for _ in range(self.dice.randint(*STEPS)):
                self.choose()()
                self.check()
            self.go_on()
            self.drain()
        except (AssertionError, psycopg2.Error) as error:
            steps = "\n    ".join(self.trace)
            self.other.link.cancel()
            self.other.sql("ROLLBACK")
            raise AssertionError(f"seed {self.seed}: {error!r}\n    {steps}\n"
                                 "repeat: tests/run scenario tests/scenario/sql/test_sql_properties.py"
                                 f" --sql-seed {self.seed}") from error

    def recover(self):
        """Nobody holds anything back any more."""
        self.resume()
        for row in self.engine.sql("SELECT credential_id FROM jobs.credential_state WHERE flagged_at IS NOT NULL"):
            self.engine.sql("SELECT jobs.unflag(%s)", [row["credential_id"]])
        while self.engine.value("SELECT jobs.cancel_step(%s, 100)", [self.at]):
            pass
        self.settle()

    def drain(self):
        """When everybody is well again, everything ends within as many rounds as there are tasks."""
        tasks = self.engine.value("SELECT count(*) FROM jobs.task")
        for _ in range(2 * tasks + 10):
            self.now += 20
            self.recover()
            self.reap()
            self.promote()
            given = self.engine.lease(8, self.fetchers[0], self.at)
            for row in given:
                self.store(self.engine.owner, Held(self.fetchers[0], row), 1)
            if not given and not self.engine.sql("SELECT 1 FROM jobs.job_record WHERE finished_at IS NULL LIMIT 1"):
                break
            if not given:
                self.now += 86400  # until there is a new quota
        self.check()
        open_jobs = self.engine.value("SELECT count(*) FROM jobs.job_record WHERE finished_at IS NULL")
        assert open_jobs == 0, f"{open_jobs} jobs never end"
