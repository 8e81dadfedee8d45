"""The dashboard as a workbook: what it holds equals report.prospects and prospect.list; who may have it, how many at once."""

import contextlib
import datetime
import io
import socket
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest
import requests
from system import SAMPLE, wait_for
from test_figures import OTHER, REAL, days_back, shop  # noqa: F401

PATH = "/api/v1/report/export.xlsx"
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODED = {"Status": "status_distribution", "Unit types": "unit_types", "Sources": "sources",
         "Follow-up methods": "follow_up_methods", "Follow-up states": "follow_up_states",
         "Sales people": "sales_people", "Districts": "districts"}
CELLS = ["dealer_id", "id_prospect", "nama_lengkap", "tanggal_prospect", "status_label", "status_prospect", "source_label",
         "sumber_prospect", "sales_label", "id_sales_people", "method_label", "metode_follow_up", "state_label",
         "status_follow_up_prospecting", "district_label", "kode_kecamatan", "units"]
HOSTILE = ['=HYPERLINK("http://127.0.0.1/","x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "<b>&amp;\"'", "_x003D_1", "x" * 2000,
           "é" * 900, "{=1}"]


@pytest.fixture(scope="module")
def office(shop):  # noqa: F811
    shop.system.start("account-1", "gateway-api")
    wait_for("the gateway", lambda: shop.system.api("GET", "/readyz").ok)
    return shop


def get(office, key=None, **ask):
    return office.system.api("GET", PATH, key=key, params={k: str(v) for k, v in ask.items()}, timeout=60)


def book_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == MEDIA and int(answer.headers["Content-Length"]) == len(answer.content)
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="dashboard-2') and name.endswith('Z.xlsx"')
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def lines(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def listed(office, dealers, **ask):
    found = []
    for dealer in dealers:
        cursor = {}
        while cursor is not None:
            page = office.pipeline.call("analytics", "prospect.list", {"dealer_id": dealer, "limit": 700, **ask, **cursor})
            found += page["items"]
            cursor = {"cursor": page["next"]} if "next" in page else None
    return found


def plain_date(cell):
    return cell.date().isoformat() if isinstance(cell, datetime.datetime) else cell


def rows_of(book, sheet="Rows"):
    """The rows as prospect.list tells them, without what is absent there."""
    return [{name: plain_date(value) for name, value in zip(CELLS, line) if value is not None} for line in lines(book[sheet])[3:]]


def as_cells(item):
    return {name: item[name] for name in CELLS if item.get(name) not in (None, "")}


def figures_of(book, sheet="Summary"):
    return {line[0]: line[1:3] for line in lines(book[sheet]) if line[0]}


def key(office, **more):
    body = {"name": "viewer", "role": "viewer", **more}
    answer = office.system.api("POST", "/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


@pytest.fixture
def folder(office):
    return office.system.run / "gateway-api.books"


def test_figures_days_breakdowns_and_rows_are_those_of_the_messages(office):
    ask = {"from": days_back(12), "to": days_back(2), "compare": "previous", "dealer_ids": f"{SAMPLE},{OTHER}"}
    report = office.report(**{**ask, "dealer_ids": [SAMPLE, OTHER]})
    book = book_of(get(office, **ask))
    assert book.sheetnames == ["Summary", "Daily", *CODED, "Rows"]
    told = figures_of(book)
    for name, field in (("Prospects", "total"), ("Active", "active"), ("New", "new"), ("Deals", "deals"), ("Not deals", "lost"),
                        ("Last seven days", "recent")):
        # The title of the sheet is the same word as its first figure.
        value = [line[1:3] for line in lines(book["Summary"]) if line[0] == name][-1]
        assert value == [report[field], report["previous"][field]], name
    assert told["Undated"][0] == report["undated"] and told["Calls stored"][0] == report["calls_succeeded"]
    assert (plain_date(told["From"][0]), plain_date(told["To"][0])) == (str(ask["from"]), str(ask["to"]))
    dealers = {item["dealer_id"]: item["dealer_name"] for item in office.pipeline.call("analytics", "report.dealers", {})["items"]}
    assert [line[:2] for line in lines(book["Summary"]) if line[0] in dealers] == [
        [SAMPLE, dealers[SAMPLE]], [OTHER, dealers[OTHER]]]
    charts = [(chart.tagname, chart.series[0].cat.strRef or chart.series[0].cat.numRef, chart.series[0].val.numRef)
              for chart in book["Summary"]._charts]
    last = len(report["status_distribution"]) + 1
    assert [(kind, names.f, values.f) for kind, names, values in charts] == [
        ("lineChart", "Daily!$A$2:$A$12", "Daily!$B$2:$B$12"), ("pieChart", f"Status!$A$2:$A${last}", f"Status!$C$2:$C${last}")]
    days = lines(book["Daily"])[1:]
    assert [[plain_date(line[0]), line[1], plain_date(line[3]), line[4]] for line in days] == [
        [now["date"], now["count"], before["date"], before["count"]]
        for now, before in zip(report["daily_counts"], report["previous"]["daily_counts"])]
    assert isinstance(days[0][0], datetime.datetime) and {line[2] for line in days} <= {"complete", "complete, nothing changed"}
    for sheet, field in CODED.items():
        part = report[field] if isinstance(report[field], list) else report[field]["items"]
        found = lines(book[sheet])[1:]
        assert [(line[1] or "", line[2]) for line in found if line[0] != "Other codes"] == [(i["code"], i["count"]) for i in part]
        assert abs(sum(line[3] for line in found) - 1) < 1e-9
    rows = listed(office, [SAMPLE, OTHER], **{"from": str(ask["from"]), "to": str(ask["to"])})
    assert len(rows) == report["total"] > 20 and rows_of(book) == [as_cells(item) for item in rows]
    assert all("***" in item["nama_lengkap"] for item in rows_of(book)), "names are masked"


def test_without_dealers_those_that_the_figures_count(office):
    book, report = book_of(get(office)), office.report()
    assert report["dealers"] == 1 and report["left_out"] == 2
    assert figures_of(book)["Undated"][0] == report["undated"]
    assert {item["dealer_id"] for item in rows_of(book)} == {REAL}
    assert len(rows_of(book)) == report["total"]
    assert figures_of(book)["Simulated dealers left out"][0] == 2


def test_in_indonesian_with_its_labels(office):
    book = book_of(get(office, dealer_id=SAMPLE, lang="id"))
    assert book.sheetnames[0] == "Ringkasan" and book.sheetnames[-1] == "Baris"
    labels = {item.get("status_label") for item in rows_of(book, "Baris")}
    assert labels == {item["label"] for item in office.report(dealer_id=SAMPLE, lang="id")["status_distribution"]}
    assert "Panas" in labels


def test_texts_that_look_like_formulas_stand_as_they_are(office):
    ids = [item["id_prospect"] for item in listed(office, [REAL])][:len(HOSTILE)]
    for some, text in zip(ids, HOSTILE):
        office.sql("""UPDATE feed.prospect SET id_sales_people = %(t)s, nama_lengkap = %(t)s
                      WHERE dealer_id = %(d)s AND id_prospect = %(i)s RETURNING 1""", t=text, d=REAL, i=some)
    office.sql("UPDATE dealer.dealers SET dealer_name = %(t)s WHERE dealer_id = %(d)s RETURNING 1", t=HOSTILE[0], d=REAL)
    office.sql("SELECT report.refresh(%(d)s, 'prsp', ARRAY(SELECT DISTINCT day FROM report.day_count))", d=REAL)
    answer = get(office, dealer_id=REAL)
    book = book_of(answer)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "inlineStr"} and "f" not in {cell.data_type for cell in cells}
    assert b"<f>" not in b"".join(parts(answer.content, "xl/worksheets/"))
    found = {item["id_prospect"]: item["id_sales_people"] for item in rows_of(book)}
    for some, text in zip(ids, HOSTILE):
        if "\t" not in text:
            assert found[some] == text
    assert HOSTILE[0] in {line[1] for line in lines(book["Summary"])}
    assert {HOSTILE[0], "@SUM(A1)", "+1"} <= {line[1] for line in lines(book["Sales people"])}


def parts(content, prefix):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist() if name.startswith(prefix)]


def test_rows_end_after_five_thousand_and_the_sheet_says_so(office):
    fields = [row["name"] for row in office.sql("""SELECT column_name AS name FROM information_schema.columns
        WHERE (table_schema, table_name) = ('feed', 'prospect') AND is_generated = 'NEVER'""")]
    chosen = ", ".join("'extra-' || g" if name == "id_prospect" else f"p.{name}" for name in fields)
    office.sql(f"""INSERT INTO feed.prospect ({', '.join(fields)})
                   SELECT {chosen} FROM (SELECT * FROM feed.prospect WHERE dealer_id = %(d)s AND tanggal_prospect IS NOT NULL
                                         LIMIT 1) p, generate_series(1, 5200) g RETURNING 1""", d=OTHER)
    office.sql("SELECT report.refresh(%(d)s, 'prsp', ARRAY(SELECT DISTINCT day FROM report.day_count))", d=OTHER)
    sheet = lines(book_of(get(office, dealer_id=OTHER))["Rows"])
    assert len(sheet) - 3 == 5000 and sheet[1][0] == "These are not all: the first rows alone are listed here."
    assert [line[1] for line in sheet[3:]] == [item["id_prospect"] for item in listed(office, [OTHER])[:5000]]
    assert lines(book_of(get(office, dealer_id=SAMPLE))["Rows"])[1][0] is None


def test_a_viewer_of_two_dealers_gets_their_figures_alone(office):
    two = key(office, dealers=[SAMPLE, REAL])
    assert {item["dealer_id"] for item in rows_of(book_of(get(office, key=two)))} == {REAL}, "a simulated one beside a real one"
    of_own = key(office, dealers=[SAMPLE])
    book = book_of(get(office, key=of_own))
    assert {item["dealer_id"] for item in rows_of(book)} == {SAMPLE}
    told = [line[:2] for line in lines(book["Summary"]) if line[0] in (SAMPLE, OTHER, REAL)]
    assert [line[0] for line in told] == [SAMPLE]
    for ask in ({"dealer_id": OTHER}, {"dealer_ids": f"{SAMPLE},{OTHER}"}):
        answer = get(office, key=of_own, **ask)
        plain = office.system.api("GET", "/api/v1/report/prospects", key=of_own, params=ask)
        assert answer.status_code == plain.status_code and answer.status_code in (403, 404)
        assert answer.json()["code"] == plain.json()["code"]
    assert get(office, key="").status_code == 401


@pytest.mark.parametrize("ask, field", [({"from": "2026-02-30"}, "from"), ({"compare": "previous"}, None), ({"lang": "de"}, "lang"),
                                        ({"format": "csv"}, "format")])
def test_what_it_cannot_be_asked_is_said_as_by_the_report(office, ask, field):
    answer = get(office, **ask)
    assert answer.status_code == 422 and answer.headers["Content-Type"] == "application/problem+json"
    assert field is None or answer.json()["errors"][0]["field"] == field


def test_two_are_made_at_once_and_the_third_is_told_to_come_again(office, folder):
    analytics, answers = office.system["analytics-1"], []
    threads = [threading.Thread(target=lambda: answers.append(get(office, dealer_id=SAMPLE))) for _ in range(3)]
    analytics.freeze()
    try:
        for thread in threads:
            thread.start()
        wait_for("one to be refused", lambda: answers)
    finally:
        analytics.thaw()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [429, 200, 200]
    assert int(answers[0].headers["Retry-After"]) >= 1 and answers[0].json()["code"] == "http.rate"
    book_of(wait_for("a place", lambda: (a := get(office, dealer_id=SAMPLE)).status_code == 200 and a))
    assert list(folder.iterdir()) == []


def held(office, folder):
    """What the gateway still holds open of it, names or none."""
    found = []
    for fd in Path(f"/proc/{office.system['gateway-api'].pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += [str(fd.readlink())] * str(fd.readlink()).startswith(str(folder))
    return found


def test_clients_that_go_away_leave_nothing(office, folder):
    port = office.system.port("api")
    request = (f"GET {PATH}?dealer_id={OTHER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {office.system.admin_key}\r\n\r\n").encode()
    for early in (True, False):
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port)) as link:
                link.sendall(request)
                if not early:
                    assert link.recv(16)
    wait_for("a place", lambda: get(office, dealer_id=SAMPLE).status_code == 200, seconds=20)
    wait_for("the files to be closed", lambda: held(office, folder) == [])
    assert list(folder.iterdir()) == []


def test_a_failing_service_is_a_problem_and_frees_the_place(office, folder):
    office.system["analytics-1"].kill()
    for _ in range(3):
        answer = get(office, dealer_id=SAMPLE)
        assert answer.status_code in (503, 504) and answer.headers["Content-Type"] == "application/problem+json"
    office.system.start("analytics-1")
    book_of(wait_for("analytics", lambda: (a := get(office, dealer_id=SAMPLE)).status_code == 200 and a, seconds=20))
    assert list(folder.iterdir()) == []


def test_a_gateway_that_ends_in_the_middle_ends_cleanly(office, folder):
    analytics, gateway, answers = office.system["analytics-1"], office.system["gateway-api"], []

    def ask():
        with contextlib.suppress(requests.ConnectionError):
            answers.append(get(office, dealer_id=SAMPLE).status_code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    analytics.freeze()
    try:
        for thread in threads:
            thread.start()
        wait_for("two to be in hand", lambda: answers == [429])
        gateway.stop()
    finally:
        analytics.thaw()
    for thread in threads:
        thread.join()
    assert not set(answers) & {200} and not folder.exists()
    office.system.start("gateway-api")
    wait_for("the gateway", lambda: get(office, dealer_id=SAMPLE).status_code == 200)


def test_what_a_killed_gateway_left_is_gone_at_its_next_start(office, folder):
    office.system["gateway-api"].kill()
    (folder / "left").write_text("x")
    office.system.start("gateway-api")
    wait_for("the gateway", lambda: get(office, dealer_id=SAMPLE).status_code == 200, seconds=20)
    assert list(folder.iterdir()) == [] and folder.stat().st_mode & 0o777 == 0o700


def test_the_description_names_the_media_type(office):
    described = office.system.api("GET", "/openapi.json").json()["paths"][PATH]["get"]
    assert list(described["responses"]["200"]["content"]) == [MEDIA]
    head = office.system.api("HEAD", PATH, params={"dealer_id": SAMPLE})
    assert head.ok and head.headers["Content-Type"] == MEDIA and int(head.headers["Content-Length"]) > 1000
    names = {p["name"] for p in described["parameters"]}
    assert {"dealer_id", "dealer_ids", "from", "to", "compare", "lang"} <= names
