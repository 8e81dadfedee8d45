"""Random sequences of stores, failures and losses: rows equal a model, rollups equal SQL over the rows.

The model states the rules of merging anew in Python. Each seed is a dealer of its own.
"""

import random
from collections import Counter

import pytest
from engine import fenced, later

import psycopg2

SEEDS = 200
PARTS = 8
CODES = [None, "1", "2", "3"]
DAYS = [None, "2026-03-01", "2026-03-02", "2026-03-03"]
TIMES = [None, "2026-03-01 08:00:00", "2026-03-02 08:00:00", "2026-03-03 08:00:00"]
FIELDS = ["tanggal_prospect", "status_prospect", "sumber_prospect", "status_follow_up_prospecting",
          "metode_follow_up", "id_sales_people", "kode_kecamatan", "created_time", "modified_time"]
ROLLUP = """
    WITH p AS (SELECT * FROM feed.prospect WHERE dealer_id = %(dealer)s), raw AS (
        SELECT 'total' AS dimension, day, '' AS code FROM p
        UNION ALL SELECT 'status', day, coalesce(status_prospect, '') FROM p
        UNION ALL SELECT 'source', day, coalesce(sumber_prospect, '') FROM p
        UNION ALL SELECT 'follow_up', day, coalesce(status_follow_up_prospecting, '') FROM p
        UNION ALL SELECT 'method', day, coalesce(metode_follow_up, '') FROM p
        UNION ALL SELECT 'sales', day, coalesce(id_sales_people, '') FROM p
        UNION ALL SELECT 'district', day, coalesce(kode_kecamatan, '') FROM p
        UNION ALL SELECT 'created', day, coalesce(to_char(created_time, 'YYYY-MM-DD'), '') FROM p
        UNION ALL SELECT 'unit', day, coalesce(kode_tipe_unit, '') FROM p
                  JOIN feed.prospect_unit u USING (dealer_id, id_prospect)
    ), counted AS (SELECT dimension, day, code, count(*) AS n FROM raw GROUP BY 1, 2, 3)
    SELECT dimension, day::text, code, c.n AS raw, r.n AS kept
    FROM counted c
    FULL JOIN (SELECT dimension, day, code, n FROM report.day_count WHERE dealer_id = %(dealer)s) r
        USING (dimension, day, code)
    WHERE c.n IS DISTINCT FROM r.n
"""


FEW = (8, 6)  # at most so many records of an answer, of so many keys
MANY = (400, 300)


def answer(chance, dealer, size=FEW):
    """A random answer: few keys, so that they meet often; exploded, repeated, or neither."""
    most = chance.choice([1, 3])
    records = []
    for _ in range(chance.randint(0, size[0])):
        records.append({
            "dealer_id": dealer, "id_prospect": f"P{chance.randint(1, size[1])}",
            "tanggal_prospect": chance.choice(DAYS), "status_prospect": chance.choice(CODES),
            "sumber_prospect": chance.choice(CODES), "status_follow_up_prospecting": chance.choice(CODES),
            "metode_follow_up": chance.choice(CODES), "id_sales_people": chance.choice(CODES),
            "kode_kecamatan": chance.choice(CODES),
            "created_time": chance.choice(TIMES), "modified_time": chance.choice(TIMES),
            "units": [{"kode_tipe_unit": chance.choice(CODES)} for _ in range(chance.randint(0, most))],
        })
    return records


def modified(record):
    return record["modified_time"] or record["created_time"]


def element_copies(records):
    """How often an answer holds each of its elements, if it holds all of them more than once."""
    times = Counter((r["id_prospect"], r["created_time"], r["modified_time"], str(r["units"])) for r in records).values()
    fewest = min(times, default=1)
    return fewest if all(n % fewest == 0 for n in times) else 1


def merged(records):
    """The answer with repeats merged: key -> record."""
    exploded = all(len(record["units"]) <= 1 for record in records)
    copies = element_copies(records)
    found = {}
    for key in {record["id_prospect"] for record in records}:
        same = [record for record in records if record["id_prospect"] == key]
        latest = max(enumerate(same), key=lambda item: (modified(item[1]) or "", item[0]))[1]
        parts = [record for record in same if modified(record) == modified(latest)] if exploded else [latest]
        units = [unit for record in parts for unit in record["units"]]
        if exploded:
            units = [unit for n, unit in enumerate(units) if units[:n].count(unit) < units.count(unit) // copies]
        found[key] = {**latest, "units": units}
    return found


def wins(incoming, asked, stored, stored_asked):
    new, old = modified(incoming), modified(stored)
    if new and old and new != old:
        return new > old
    return asked >= stored_asked


class Model:
    def __init__(self):
        self.rows = {}

    def store(self, records, asked):
        """Applies an answer; (read, new, changed, same)."""
        incoming = merged(records)
        new = changed = 0
        for key, record in incoming.items():
            if key not in self.rows:
                new += 1
            elif not wins(record, asked, *self.rows[key]) or record == self.rows[key][0]:
                continue
            else:
                changed += 1
            self.rows[key] = (record, asked)
        return len(incoming), new, changed, len(incoming) - new - changed

    def table(self):
        return sorted(
            (key, *[record[field] for field in FIELDS], [unit["kode_tipe_unit"] for unit in record["units"]])
            for key, (record, _) in self.rows.items())


def stored(engine, dealer):
    return [
        (row["id_prospect"], *[None if row[field] is None else str(row[field]) for field in FIELDS], row["units"])
        for row in engine.sql("""
            SELECT p.*, ARRAY(SELECT kode_tipe_unit FROM feed.prospect_unit u
                              WHERE u.dealer_id = p.dealer_id AND u.id_prospect = p.id_prospect
                              ORDER BY position) AS units
            FROM feed.prospect p WHERE dealer_id = %s ORDER BY id_prospect""", [dealer])]


def run(engine, fetcher, seed, size=FEW):
    chance = random.Random(seed)
    dealer = f"d{seed}"
    engine.dealer(dealer, engine.value("SELECT min(id) FROM dealer.credential"))
    model = Model()
    engine.submit([dealer], "2026-03-01 00:00:00", f"2026-03-{chance.randint(2, 6):02} 23:59:59")
    clock = 0
    while tasks := engine.lease(chance.randint(1, 2), at=later(clock)):
        for task in tasks:
            fate = chance.random()
            if fate < 0.1:
                engine.fail(task, later(clock) if chance.random() < 0.7 else None)
            elif fate < 0.2:
                engine.reap(later(clock + 11))
                with pytest.raises(psycopg2.Error) as error:
                    fetcher.store(task, answer(chance, dealer, size))
                assert fenced(error)
                break
            else:
                records, asked = answer(chance, dealer, size), chance.randint(0, 5)
                found = fetcher.store(task, records, later(asked))
                assert tuple(found.values()) == (*model.store(records, asked), 0), f"seed {seed}"
        engine.reap(later(clock + 11))
        clock += 20
        engine.sql("SELECT jobs.promote(%s)", [later(clock)])
    assert stored(engine, dealer) == model.table(), f"seed {seed}"
    assert engine.sql(ROLLUP, {"dealer": dealer}) == [], f"seed {seed}"


@pytest.mark.parametrize("part", range(PARTS))
def test_random_sequences(engine, part):
    engine.dealers("none")
    fetcher = engine.fetcher()
    for seed in range(part, SEEDS, PARTS):
        run(engine, fetcher, seed)
    engine.check_counters()
    states = {row["state"] for row in engine.sql("SELECT DISTINCT state FROM jobs.job")}
    assert states <= {"succeeded", "partial", "failed"} and "succeeded" in states


def test_random_sequences_of_many_records(engine):
    """Many records at once are merged by other plans than a few."""
    engine.dealers("none")
    fetcher = engine.fetcher()
    for seed in range(12):
        run(engine, fetcher, seed, MANY)
    engine.check_counters()


def test_rollups_of_a_call_over_two_dealers(engine):
    """One dealer's changed records share a day with its new ones, the other's are all new."""
    engine.dealers("1", "2")
    fetcher = engine.fetcher()

    def record(dealer, number, status):
        return {"dealer_id": dealer, "id_prospect": f"P{number}", "tanggal_prospect": DAYS[1],
                "status_prospect": status, "units": [{"kode_tipe_unit": status}]}

    engine.submit(["1"], "2026-03-01 00:00:00", "2026-03-01 23:59:59")
    fetcher.store(engine.lease()[0], [record("1", 1, "1"), record("1", 2, "1")])
    engine.submit(["1"], "2026-03-02 00:00:00", "2026-03-02 23:59:59")
    task = engine.lease()[0]
    engine.sql("INSERT INTO jobs.task_dealer (dealer_id, task_id, job_id) VALUES ('2', %s, %s)",
               [task["task_id"], task["job_id"]])
    fetcher.store(task, [record("1", 1, "2"), record("1", 3, "1"), record("2", 1, "1"), record("2", 2, "2")])
    for dealer, total in (("1", 3), ("2", 2)):
        assert engine.sql(ROLLUP, {"dealer": dealer}) == []
        assert engine.value("SELECT n FROM report.day_count WHERE dealer_id = %s AND dimension = 'total'",
                            [dealer]) == total
