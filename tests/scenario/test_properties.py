"""The property test of the HTTP interface, made from the description that the gateway serves.

More than 20,000 requests: every operation, every parameter and field, good and spoilt in each way that its schema
knows (described.py). Never a 5xx; every answer as it is described; who spoilt one field is told which (judging.py).
The seed is fixed unless `--properties-seed N` gives another; 0 takes a new one and prints it.
"""

import collections
import itertools
import random
import threading

import pytest
from asking import share
from described import ANY, Case, Draft, can_stand, field_cases, good, operations, whole_cases
from judging import Judge
from filled_shop import ROLES, Shop

REQUESTS = 22_000
THREADS = 6

# Where one field is changed and the answer names another one: {(operation, field): names that are as right}.
PAIRS = {
    # A range ends before it begins: whichever end was changed, it is the end that is named.
    ("job_statistics", "from"): ("to",), ("coverage_list", "from"): ("to",), ("report_prospects", "from"): ("to",),
    ("report_prospects_xlsx", "from"): ("to",),
    ("prospect_list", "from"): ("to",), ("job_submit", "from"): ("to",), ("job_plan", "from"): ("to",),
    ("old_post_jobs_run", "from_time"): ("to_time",), ("old_get_prospect_data", "from_date"): ("to_date",),
    # Key and secret go together, and an upstream is chosen with them: what is missing is named.
    ("dealer_create", "api_key"): ("secret_key",), ("dealer_create", "secret_key"): ("api_key",),
    ("dealer_create", "upstream"): ("api_key",),
    ("old_post_dealers", "api_key"): ("secret_key",), ("old_post_dealers", "secret_key"): ("api_key",),
    # All dealers, or some: given both, it is the list that is too much; given neither, that is missing.
    ("schedule_create", "all_dealers"): ("dealer_ids",), ("schedule_update", "all_dealers"): ("dealer_ids",),
    ("job_submit", "all_dealers"): ("dealer_ids",), ("job_plan", "all_dealers"): ("dealer_ids",),
    ("drift_acknowledge", "all"): ("ids",),
    # Who reveals names has to say why.
    ("prospect_list", "reveal"): ("reason",), ("quarantine_get", "reveal"): ("reason",),
    ("old_get_prospect_data", "reveal"): ("reason",),
    # What is compared has a first day, and a first day in a group a last one.
    ("report_prospects", "compare"): ("from",), ("report_group", "from"): ("to",),
    ("report_prospects_xlsx", "compare"): ("from",), ("report_prospects_xlsx", "from"): ("to",),
    # What is no rehearsal has to be confirmed.
    ("person_erase", "dry_run"): ("confirm",),
    # A name or a number: given both, it is the number that is too much.
    ("prospect_find", "name"): ("phone",),
    # Whether there is an expression hangs on the kind, and whether there is a target on the scope.
    # A tick may come as much later as it has time until the next: hourly, the jitter of before is too long.
    ("schedule_create", "kind"): ("cron",), ("schedule_update", "kind"): ("cron", "jitter_seconds"),
    ("schedule_update", "cron"): ("jitter_seconds",),
    ("old_post_fetch_configurations", "schedule_type"): ("cron_expression",),
    ("pause_set", "scope"): ("target",), ("pause_clear", "scope"): ("target",),
    # A dealer may be tested before it is stored; then the upstream has to be said.
    # Another upstream is told no stored key: then that has to be given.
    ("dealer_test", "dealer_id"): ("upstream",), ("dealer_test", "upstream"): ("api_key",),
}
# Codes about how things stand: nothing is left that fits all that was given, so no field alone is to blame.
STANDING = {"quarantine.nothing", "job.nothing_to_rerun", "job.nothing_missing", "job.count_changed"}

# Operations whose requests cost much: how many of the random ones at most.
COSTLY = {"dealer_test": 20, "audit_verify": 10, "job_submit": 60, "old_post_jobs_run": 30, "session_start": 10,
          "password_change": 20, "user_create": 60, "user_update": 60, "local_get_metrics": 20, "schedule_run": 30,
          "job_rerun": 60, "job_bulk": 60, "quarantine_replay": 60, "process_drain": 20, "schedule_create": 80,
          "old_post_fetch_configurations": 40, "local_get_api_v1_events": 20, "dealer_create": 120, "key_create": 120,
          "key_rotate": 60, "old_post_dealers": 60, "upstream_set": 100, "job_plan": 100, "report_prospects_xlsx": 40,
          "prospect_find": 20}


def same_place(template, path):
    """Whether a path template fits what another one makes."""
    parts, others = template.split("/"), path.split("/")
    return len(parts) == len(others) and all(a == b or "{" in a for a, b in zip(parts, others))


class Storm:
    """Sends requests, judges the answers, counts."""

    def __init__(self, shop, description, seed):
        self.shop, self.seed = shop, seed
        self.judge = Judge(description, PAIRS, STANDING)
        self.operations = operations(description)
        self.sent, self.succeeded, self.by_message = (collections.Counter() for _ in range(3))
        self.statuses = collections.Counter()
        self.faults = {}  # first of each kind
        self.lock = threading.Lock()

    def send(self, operation, case, fresh=False, role=None, values=None):
        """One request and its judgement; the answer."""
        good_values, headers = self.shop.values(operation, fresh)
        draft = Draft(operation, {**good_values, **(values or {})})
        if case.edit:
            case.edit(draft)
        if "Cookie" in headers:  # of the page that was signed in to
            role = "admin"
        role = role or operation.roles[0]
        sent = {"Authorization": f"Bearer {self.shop.system.admin_key}", **draft.headers, **headers}
        body = draft.payload()
        if operation.id == "session_start":
            sent["Origin"] = f"http://127.0.0.1:{self.shop.system.port(role)}"
        if draft.content_type and (body or operation.has_body):
            sent["Content-Type"] = draft.content_type
        sent = {name: value for name, value in sent.items() if value is not None}
        try:
            answer = self.shop.connections.ask(role, operation.method, draft.target(), body, sent)
        except Exception as e:
            self.complain(operation, case, draft, f"no answer: {e!r}", "")
            return None
        with self.lock:
            self.sent[operation.id] += 1
            self.statuses[answer.status] += 1
            if operation.message:
                self.by_message[operation.message] += 1
            if answer.status < 400:
                self.succeeded[operation.id] += 1
        for text in self.judge.complaints(operation, case, answer):
            self.complain(operation, case, draft, text, answer.body[:600].decode(errors="replace"))
        return answer

    def complain(self, operation, case, draft, text, body):
        key = (operation.id, text[:60], case.field.name if case.field else "", case.kind.split(" ")[0])
        with self.lock:
            if key not in self.faults:
                self.faults[key] = (f"{operation} [{case.kind}, {case.field.name if case.field else 'whole'}] {text}\n"
                                    f"      {draft.target()[:300]} {draft.payload()[:400]!r}\n      {body[:400]}")

    # ---- what is sent ----

    def each_once(self):
        """A good request of every operation, at every gateway that has it."""
        for operation in self.operations:
            for role in operation.roles if operation.method == "GET" else operation.roles[:1]:
                answer = self.send(operation, Case("good", None, ANY, (), (), None), True, role)
                if not answer or answer.status >= 400:
                    self.faults[operation.id, "good"] = f"{operation} does not succeed: {answer}"

    def cases(self):
        """Every case of the description, and random ones for what is left of REQUESTS; in an order of the seed's."""
        rng = random.Random(self.seed)
        work = []
        for operation in self.operations:
            for field in operation.fields:
                work += [(operation, case, None) for case in field_cases(operation, field, rng)]
            work += [(operation, case, None) for case in whole_cases(operation)]
        fixed = len(work)
        left = {o.id: COSTLY.get(o.id, REQUESTS) for o in self.operations if not o.local}
        asked = itertools.cycle([o for o in self.operations if not o.local])
        while len(work) < REQUESTS:
            operation = next(asked)
            if left[operation.id]:
                left[operation.id] -= 1
                work.append((operation, Case("random", None, ANY, (), (), None), self.some(operation, rng)))
        rng.shuffle(work)
        print(f"{fixed} cases of the description, {len(work) - fixed} random requests")
        return [(*item, rng.choice(item[0].roles)) for item in work]

    def strangers(self):
        """What is not described: other methods of a path, and paths that are none."""
        for path in {operation.path for operation in self.operations}:
            described = [o for o in self.operations if same_place(o.path, path)]
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {o.method for o in described}:
                answer = self.shop.ask(method, path.replace("{", "").replace("}", ""), role=described[0].roles[0])
                fault = self.judge.problem_fault(answer, 405, "http.method")
                allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD"}
                if fault or not {o.method for o in described} <= allowed:
                    self.faults[path, method] = f"{method} {path}: {fault} {allowed}"
            for other in (f"/x{path}", f"{path}/x/y", "/api/v1/", "/api//v1/dealers", "/api/v1/dealers/1/2/3"):
                if any(same_place(o.path, other) for o in self.operations):
                    continue
                answer = self.shop.ask("POST", other.replace("{", "").replace("}", ""))
                fault = self.judge.problem_fault(answer, 404, "http.not_found")
                if fault:
                    self.faults[other] = f"POST {other}: {fault}"

    def some(self, operation, rng):
        """Good values of some of the fields at once."""
        values = {}
        for field in operation.fields:
            if rng.random() < (0.15 if field.where == "path" else 0.4) and not field.name.endswith("password"):
                value = rng.choice(good(field.schema, rng))
                # Several long ones would be more than the head of a request may be.
                if can_stand(field, value) and not (field.where == "query" and len(str(value)) > 300):
                    values[field.name] = value
        return values


def handled(system, messages):
    """How often each message came to a service."""
    counts = collections.Counter()
    for name in ("account-1", "dealer-1", "scheduler-1", "analytics-1"):
        with system.wire(name) as wire:
            for row in wire.call("sys.stats", {})["messages"]:
                if row["name"] in messages:
                    counts[row["name"]] += row["calls"]
    return counts


@pytest.fixture
def shop(make_system):
    system = make_system()
    system.settings.update(DD_LOG_LEVEL="info", DD_RETRY_BASE_MS=200)
    shop = Shop(system)
    system.start_all(fetchers=0, gateways=ROLES)
    system.start("fetcher-11", *shop.spare_fetchers)
    shop.fill()
    return shop


def test_every_request_is_answered_as_described(shop, request):
    seed = request.config.getoption("--properties-seed") or random.randrange(1 << 32)
    print(f"--properties-seed {seed}")
    system = shop.system
    description = shop.make("GET", "/openapi.json")
    storm = Storm(shop, description, seed)
    pids = {name: process.pid for name, process in system.processes.items()}
    storm.each_once()
    before = handled(system, storm.by_message)
    storm.by_message.clear()
    share(storm.cases(), THREADS, lambda work: storm.send(work[0], work[1], values=work[2], role=work[3]))
    storm.strangers()
    after = handled(system, before)
    reached = sum(min(after[message] - before[message], sent) for message, sent in storm.by_message.items())
    total = sum(storm.sent.values())
    print(f"{total} requests, {reached} reached a service, {len(storm.succeeded)} of {len(storm.operations)} operations"
          f" succeeded; statuses {dict(sorted(storm.statuses.items()))}")
    shop.refresh()
    storm.each_once()
    for name, process in system.processes.items():
        if name in shop.drained:
            assert process.child.wait(10) == 0
        else:
            assert process.alive() and process.pid == pids[name], f"{name} ended"
        if name != "redis":
            told = [line for line in process.lines() if line.get("level") == "error"]
            assert not told, f"{name}: {told[:5]}"
    faults = sorted(storm.faults.values())
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:60])
    assert total >= 20_000 and reached >= total / 2
    assert set(storm.succeeded) == {operation.id for operation in storm.operations}
