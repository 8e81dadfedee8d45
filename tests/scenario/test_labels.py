"""What codes mean: lists, changes, imports, an upstream's own labels; and that figures follow."""

import pytest
from system import SAMPLE, wait_for


@pytest.fixture
def shop(make_system):
    system = make_system()
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api")
    wait_for("the gateway to be ready", lambda: system.api("GET", "/readyz").ok)
    system.add_upstream()
    system.add_dealer()
    for n, status in enumerate("1233"):
        system.query("""INSERT INTO feed.prospect (dealer_id, id_prospect, tanggal_prospect, status_prospect, id_sales_people,
                                                   requested_at, fetched_at, task_id, epoch)
                        VALUES (%s, %s, '2026-03-01', %s, '900001', now(), now(), 1, 1)""", (SAMPLE, f"P{n}", status))
    system.query("SELECT report.refresh(%s, 'prsp', '{2026-03-01}')", (SAMPLE,))
    system.query("SELECT report.raise_version(%s, NULL, now())", (SAMPLE,))
    return system


def told(shop, lang="en"):
    answer = shop.api("GET", f"/api/v1/report/prospects?dealer_id={SAMPLE}&lang={lang}").json()
    return {**{i["code"]: i.get("label") for i in answer["status_distribution"]},
            **{i["code"]: i.get("label") for i in answer["sales_people"]["items"]}}


def put(shop, path, **body):
    return shop.api("PUT", f"/api/v1/labels/{path}", json=body)


def test_an_upstreams_own_label_goes_before_the_built_in_one_and_caches_follow(shop):
    wait_for("the figures", lambda: told(shop) == {"1": "Low", "2": "Medium", "3": "Hot", "900001": None})
    assert told(shop, "id")["3"] == "Panas"
    upstream = shop.api("GET", "/api/v1/upstreams").json()["items"][0]["name"]
    assert put(shop, "prospect_status/3", label="Very hot", upstream=upstream).ok
    wait_for("the own label", lambda: told(shop)["3"] == "Very hot", 3)
    wait_for("it in Indonesian, where it has no text of its own", lambda: told(shop, "id")["3"] == "Very hot", 3)
    assert put(shop, "prospect_status/2", label="Warm", indonesian="Hangat").json() == {
        "list": "prospect_status", "code": "2", "label": "Warm", "indonesian": "Hangat"}
    wait_for("the built-in one", lambda: (told(shop)["2"], told(shop, "id")["2"]) == ("Warm", "Hangat"), 3)
    assert shop.api("DELETE", f"/api/v1/labels/prospect_status/3?upstream={upstream}").ok
    wait_for("the built-in one again", lambda: told(shop)["3"] == "Hot", 3)
    assert shop.api("DELETE", f"/api/v1/labels/prospect_status/3?upstream={upstream}").status_code == 404


def test_an_import_takes_all_lines_or_none(shop):
    lines = ["list,code,label,indonesian", "sales_person,900001,\"Satu, Contoh\"", "prospect_status,1,Cold,Dingin"]
    done = shop.api("POST", "/api/v1/labels/import", json={"csv": "\r\n".join(lines)})
    assert done.json() == {"rows": 2, "added": 1, "changed": 1}
    wait_for("the labels", lambda: told(shop)["900001"] == "Satu, Contoh" and told(shop, "id")["1"] == "Dingin", 3)
    assert shop.api("POST", "/api/v1/labels/import", json={"csv": "\n".join(lines)}).json() == {
        "rows": 2, "added": 0, "changed": 0}
    refusal = shop.api("POST", "/api/v1/labels/import", json={"csv": "district,1,One\nnone_such,2,Two\n"})
    assert refusal.status_code == 422 and refusal.json()["errors"][0]["field"] == "csv"
    assert "Line 2: list" in refusal.json()["errors"][0]["text"]
    assert shop.api("GET", "/api/v1/labels?list=district").json()["items"] == []
    assert shop.api("POST", "/api/v1/labels/import", json={"csv": "district,1,One", "upstream": "none"}).status_code == 404


def test_ten_thousand_labels_come_and_go_page_by_page(shop):
    csv = "\n".join(f"sales_person,{n:05},P {n}" for n in range(10000))
    assert shop.api("POST", "/api/v1/labels/import", json={"csv": csv}).json() == {"rows": 10000, "added": 10000, "changed": 0}
    seen, cursor = [], ""
    while cursor is not None:
        page = shop.api("GET", "/api/v1/labels?list=sales_person&limit=1000", params={"cursor": cursor} if cursor else {}).json()
        seen += [item["code"] for item in page["items"]]
        cursor = page.get("next")
    assert seen == [f"{n:05}" for n in range(10000)]


def test_a_change_is_in_the_trail(shop):
    put(shop, "district/320101", label="Cibinong")
    entry = shop.query("SELECT action, target, after FROM account.audit WHERE kind = 'label' ORDER BY seq DESC LIMIT 1")[0]
    assert (entry["action"], entry["target"], entry["after"]["label"]) == ("label.set", "320101", "Cibinong")


@pytest.mark.parametrize("path, body, field", [
    ("none_such/1", {"label": "x"}, "list"), ("district/1", {}, "label"), ("district/1", {"label": "x" * 256}, "label")])
def test_a_wrong_label_is_refused(shop, path, body, field):
    answer = put(shop, path, **body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field
