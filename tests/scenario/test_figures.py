"""The dashboard's figures equal plain SQL over the raw rows, whatever range and dealers: on the simulator's data."""

import datetime
import random

import psycopg2
import pytest
from fetching import Pipeline, days_back, today, yesterday
from psycopg2.extras import RealDictCursor
from system import SAMPLE, wait_for
from wire import BusError

OTHER, REAL = "99901", "99902"
CODED = {"sources": "sumber_prospect", "follow_up_methods": "metode_follow_up", "sales_people": "id_sales_people",
         "follow_up_states": "status_follow_up_prospecting", "districts": "kode_kecamatan"}


class Shop:
    """Two simulated dealers of one upstream, one of another that passes for real; four weeks of data."""

    def __init__(self, system):
        self.system = system
        self.pipeline = Pipeline(system, fetchers=2)
        self.pipeline.add_dealer(OTHER)
        self.pipeline.set_upstream(name="real", simulated=False)
        self.pipeline.add_dealer(REAL, group="group-b", upstream="real")
        for dealer in (SAMPLE, OTHER, REAL):
            self.pipeline.run(days_back(27), today(), dealers=[dealer], slice_hours=24)
        system.start("analytics-1")
        self.link = psycopg2.connect(system.database_url)
        self.link.autocommit = True

    def report(self, **ask):
        return self.pipeline.call("analytics", "report.prospects", {k: str(v) if isinstance(v, datetime.date) else v
                                                                   for k, v in ask.items()})

    def sql(self, text, **values):
        with self.link.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(text, values)
            return [dict(row) for row in cursor.fetchall()]

    def value(self, text, **values):
        return next(iter(self.sql(text, **values)[0].values()))


@pytest.fixture(scope="module")
def shop(cluster, tmp_path_factory):
    from system import PROGRAMS, System, migrate
    name = cluster.migrated(migrate)
    system = System(PROGRAMS, cluster.url(name))
    try:
        system.start_redis()
        shop = Shop(system)
        yield shop
        shop.link.close()
    finally:
        system.close()
        system.remove()
        cluster.drop(name)


def ranges(seed, n=6):
    dice = random.Random(seed)
    for _ in range(n):
        first = days_back(dice.randrange(-1, 32))
        yield first, first + datetime.timedelta(dice.randrange(12))


IN_RANGE = "dealer_id = ANY (%(dealers)s) AND tanggal_prospect BETWEEN %(first)s AND %(last)s"


def plain(shop, dealers, first, last):
    """The figures of a range by SQL that knows nothing of rollups."""
    ask = {"dealers": list(dealers), "first": first, "last": last}
    return shop.sql(f"""
        SELECT count(*) AS total, count(*) FILTER (WHERE status_prospect IN ('1', '2', '3')) AS active,
               count(*) FILTER (WHERE status_prospect = '4') AS deals,
               count(*) FILTER (WHERE status_prospect = '5') AS lost,
               (SELECT count(*) FROM feed.prospect WHERE dealer_id = ANY (%(dealers)s)
                AND coalesce(created_time::date, tanggal_prospect) BETWEEN %(first)s AND %(last)s) AS new
        FROM feed.prospect WHERE {IN_RANGE}""", **ask)[0]


def codes(shop, column, dealers, first, last):
    rows = shop.sql(f"SELECT coalesce({column}, '') AS code, count(*) AS n FROM feed.prospect WHERE {IN_RANGE} GROUP BY 1",
                    dealers=list(dealers), first=first, last=last)
    return sorted(((row["code"], row["n"]) for row in rows), key=lambda item: (-item[1], item[0]))


def check(shop, answer, dealers, first, last):
    true = plain(shop, dealers, first, last)
    assert {name: answer[name] for name in true} == true
    ended = true["deals"] + true["lost"]
    assert answer.get("deal_rate") == (pytest.approx(true["deals"] / ended) if ended else None)
    for name, column in CODED.items():
        told = [(item["code"], item["count"]) for item in answer[name]["items"]]
        assert told == codes(shop, column, dealers, first, last), name
        assert (answer[name]["rest"], answer[name]["rest_codes"]) == (0, 0)
    steps = dict(codes(shop, "status_prospect", dealers, first, last))
    assert [(s["code"], s["count"], s["reached"]) for s in answer["funnel"]] == [
        (code, steps.get(code, 0), sum(steps.get(later, 0) for later in "1234" if later >= code)) for code in "1234"]
    days = {row["day"]: row["n"] for row in shop.sql(f"""SELECT tanggal_prospect::text AS day, count(*) AS n
        FROM feed.prospect WHERE {IN_RANGE} GROUP BY 1""", dealers=list(dealers), first=first, last=last)}
    assert {d["date"]: d["count"] for d in answer["daily_counts"] if d["count"]} == days
    assert len(answer["daily_counts"]) == (last - first).days + 1


@pytest.mark.parametrize("dealers", [[SAMPLE], [REAL], [SAMPLE, OTHER]], ids=["one", "real", "two"])
def test_every_figure_of_random_ranges_equals_sql_over_the_rows(shop, dealers):
    for first, last in ranges(str(dealers)):
        ask = {"dealer_id": dealers[0]} if len(dealers) == 1 else {"dealer_ids": dealers}
        answer = shop.report(**{"from": first, "to": last}, **ask)
        check(shop, answer, dealers, first, last)
        assert answer["dealers"] == len(dealers)
    assert shop.value("SELECT count(*) FROM feed.prospect WHERE dealer_id = ANY (%(d)s)", d=dealers) > 50


def test_a_top_names_the_most_frequent_and_counts_the_rest(shop):
    window = {"from": days_back(27), "to": today()}
    answer = shop.report(dealer_id=SAMPLE, top=3, **window)
    for name, column in CODED.items():
        true = codes(shop, column, [SAMPLE], window["from"], window["to"])
        assert [(i["code"], i["count"]) for i in answer[name]["items"]] == true[:3]
        assert answer[name]["rest"] == sum(n for _, n in true[3:])
        assert answer[name]["rest_codes"] == len(true[3:])
    assert len(answer["sales_people"]["items"]) == 3 and answer["sales_people"]["rest"] > 0


def test_codes_have_labels_in_two_languages(shop):
    english, indonesian = (shop.report(dealer_id=SAMPLE, lang=lang) for lang in ("en", "id"))
    labels = [{i["code"]: i.get("label") for i in answer["follow_up_methods"]["items"]}
              for answer in (english, indonesian)]
    assert (labels[0]["3"], labels[1]["3"]) == ("Visit", "Kunjungan")
    assert [s["label"] for s in english["funnel"]] == ["Low", "Medium", "Hot", "Deal"]
    assert {i["code"]: i["label"] for i in indonesian["status_distribution"]}["5"] == "Tidak jadi"
    assert all("label" not in i for i in english["districts"]["items"])


def test_simulated_dealers_count_beside_real_ones_only_where_all_are_simulated(shop):
    """Whether they are chosen or just in sight."""
    total = {d: shop.value("SELECT count(*) FROM feed.prospect WHERE dealer_id = %(d)s", d=d)
             for d in (SAMPLE, OTHER, REAL)}
    for ask, dealers, left_out in (({}, [REAL], 2), ({"dealer_ids": [SAMPLE, REAL]}, [REAL], 1),
                                   ({"dealer_ids": [OTHER, SAMPLE, OTHER]}, [SAMPLE, OTHER], 0)):
        answer = shop.report(**ask)
        assert answer["total"] == sum(total[d] for d in dealers)
        assert (answer["dealers"], answer["left_out"], answer["dealer_id"]) == (len(dealers), left_out, "*")
        assert answer["simulated"] == (REAL not in dealers)


def test_nobody_counts_dealers_out_of_sight_not_even_from_the_cache(shop):
    everything = shop.report()["total"]
    limited = {"principal": "x", "role": "viewer", "dealers": [SAMPLE]}
    with shop.system.wire("analytics-1") as wire:
        for _ in range(2):
            answer = wire.call("report.prospects", {}, **limited)
            assert (answer["dealers"], answer["simulated"]) == (1, True) and answer["total"] != everything
            for ask in ({"dealer_id": REAL}, {"dealer_ids": [SAMPLE, REAL]}):
                with pytest.raises(BusError) as refusal:
                    wire.call("report.prospects", ask, **limited)
                assert refusal.value.code == "record.not_found"


def known_until(shop, dealer):
    return shop.value("SELECT fetched_at AT TIME ZONE 'Asia/Jakarta' FROM report.version WHERE dealer_id = %(d)s", d=dealer)


def earlier(shop, dealers, first, last, compare):
    """What is compared with, in Python over the raw rows."""
    begins = first.replace(year=first.year - 1) if compare == "year" else first - (last - first) - datetime.timedelta(1)
    shift = first - begins
    rows = shop.sql("SELECT dealer_id, tanggal_prospect AS day, status_prospect AS status, created_time AS created"
                    " FROM feed.prospect WHERE dealer_id = ANY (%(d)s)", d=list(dealers))
    ends = {d: min(known_until(shop, d), datetime.datetime.combine(last + datetime.timedelta(1), datetime.time())) - shift
            for d in dealers}

    def before(row, day):
        end = ends[row["dealer_id"]]
        return day is not None and day >= begins and (
            day < end.date() or day == end.date() and end > datetime.datetime.combine(end.date(), datetime.time())
            and (row["created"] is None or row["created"] <= end))

    then = [row for row in rows if before(row, row["day"])]
    days = {}
    for row in then:
        days[str(row["day"])] = days.get(str(row["day"]), 0) + 1
    return {"total": len(then), "active": sum(r["status"] in ("1", "2", "3") for r in then),
            "deals": sum(r["status"] == "4" for r in then), "lost": sum(r["status"] == "5" for r in then),
            "new": sum(before(r, r["created"].date() if r["created"] else r["day"]) for r in rows)}, days, begins


@pytest.mark.parametrize("compare", ["previous", "year"])
def test_what_is_compared_with_ends_where_the_range_is_known(shop, compare):
    for first, last in [*ranges(compare, 8), (days_back(2), today()), (today(), today()),
                        (days_back(3), today() + datetime.timedelta(3))]:
        for dealers in ([SAMPLE], [SAMPLE, OTHER]):
            answer = shop.report(dealer_ids=dealers, compare=compare, **{"from": first, "to": last})
            told = answer["previous"]
            true, days, begins = earlier(shop, dealers, first, last, compare)
            assert {name: told[name] for name in true} == true, (first, last)
            assert {d["date"]: d["count"] for d in told["daily_counts"] if d["count"]} == days
            assert told["from"] == str(begins)
    if compare == "previous":
        assert shop.report(dealer_id=SAMPLE, compare=compare, **{"from": days_back(5), "to": yesterday()})["previous"]["total"]


def test_seven_days_are_compared_with_the_seven_before(shop):
    told = shop.report(dealer_id=SAMPLE, compare="previous", **{"from": days_back(3), "to": today()})["previous"]
    end = known_until(shop, SAMPLE) - datetime.timedelta(7)
    true = shop.value("""SELECT count(*) FROM feed.prospect WHERE dealer_id = %(d)s AND tanggal_prospect >= %(first)s
                         AND (tanggal_prospect < %(last)s OR tanggal_prospect = %(last)s
                              AND coalesce(created_time, '-infinity') <= %(end)s)""",
                      d=SAMPLE, first=today() - datetime.timedelta(13), last=end.date(), end=end)
    assert told["recent"] == true > 0


def test_success_of_fetching_counts_the_calls_for_the_days(shop):
    for first, last in ranges("calls"):
        answer = shop.report(dealer_id=SAMPLE, **{"from": first, "to": last})
        true = shop.value("""SELECT count(*) FROM jobs.task t JOIN jobs.task_dealer d ON d.task_id = t.id
                             WHERE d.dealer_id = %(d)s AND t.from_at::date <= %(last)s AND t.to_at::date >= %(first)s
                               AND d.state = 'succeeded'""", d=SAMPLE, first=first, last=last)
        assert (answer["calls_succeeded"], answer["calls_failed"]) == (true, 0)
        assert answer.get("fetch_success") == (1.0 if true else None)


def states(answer):
    """day -> state, of the days that are not complete."""
    found = {}
    for gap in answer["gaps"]:
        day, last = (datetime.date.fromisoformat(gap[end]) for end in ("from", "to"))
        while day <= last:
            assert day not in found
            found[day] = gap["state"]
            day += datetime.timedelta(1)
    return found


def test_days_without_data_say_why(shop):
    """As the coverage calendar tells them, day by day."""
    first, last = days_back(40), today()
    told = states(shop.report(dealer_id=SAMPLE, **{"from": first, "to": last}))
    calendar = shop.pipeline.call("scheduler", "coverage.list", {"dealer_id": SAMPLE, "from": str(first)})["items"][0]
    assert told == {datetime.date.fromisoformat(d["day"]): d["state"] for d in calendar["days"] if d["state"] != "complete"}
    assert told[today()] == "partial" and told[days_back(35)] == "never" and days_back(20) not in told


def test_of_several_dealers_the_worst_day_is_told_and_how_many_miss_it(shop):
    shop.sql("""UPDATE jobs.coverage SET covered = '{}', failed = tsmultirange(tsrange(day, day + 1)), failed_at = now()
                WHERE dealer_id = %(d)s AND day = %(day)s RETURNING 1""", d=OTHER, day=days_back(9))
    try:
        wait_for("the gap", lambda: states(shop.report(
            dealer_ids=[SAMPLE, OTHER], **{"from": days_back(12), "to": days_back(8)})) == {days_back(9): "failed"}, 5)
        gap, = shop.report(dealer_ids=[SAMPLE, OTHER], **{"from": days_back(12), "to": days_back(8)})["gaps"]
        assert gap == {"from": str(days_back(9)), "to": str(days_back(9)), "state": "failed", "dealers": 1}
    finally:
        shop.sql("""UPDATE jobs.coverage SET covered = failed, failed = '{}', failed_at = NULL
                    WHERE dealer_id = %(d)s AND day = %(day)s RETURNING 1""", d=OTHER, day=days_back(9))
