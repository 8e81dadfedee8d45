"""Prospects by name or telephone number on the dashboard: for whom, how it is noted, and where what is typed stands."""

import pytest
from fetching import yesterday
from system import SAMPLE
from test_privacy import PERSON, entries, found_in, key, pipeline, plant, traces  # noqa: F401

PATH = "/api/v1/prospects/find"
WHY = "Complaint 4711"
OTHER = "99901"


@pytest.fixture
def office(pipeline):  # noqa: F811
    """The person is stored as a prospect of two dealers."""
    prospect = plant(pipeline)
    pipeline.add_dealer(OTHER)
    pipeline.sim("POST", "records", dealer=OTHER, ids=[pipeline.truth(yesterday(), yesterday(), OTHER)[0]["idProspect"]],
                 set=dict(PERSON, modifiedTime=f"{yesterday()} 23:00:00"))
    for dealer in (SAMPLE, OTHER):
        assert pipeline.run(yesterday(), yesterday(), dealers=[dealer])["state"] == "succeeded"
    pipeline.prospect = prospect
    return pipeline


def find(office, key, body, role="analytics"):
    return office.system.api("POST", PATH, role=role, key=key, json={"reason": WHY, **body})


def found(office, key, **body):
    answer = find(office, key, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_person_is_found_by_words_of_the_name_or_a_number_in_any_spelling_and_shown_masked(office):
    who = key(office.system, "operator")
    for body in ({"name": "ratnawulan"}, {"name": "  PINAN ratna "}, {"phone": "+62 812-9876-4321"}, {"phone": "0218 7654399"}):
        page = found(office, who, dealer_id=SAMPLE, **body)
        assert [item["id_prospect"] for item in page["items"]] == [office.prospect], body
        assert page["items"][0]["nama_lengkap"] == "R*** P***" and not traces(str(page))
        assert (page["more"], page["whole"]) == (False, True)
    assert [item["dealer_id"] for item in found(office, who, name="Ratnawulan")["items"]] == [SAMPLE, OTHER]
    page = found(office, who, name="Ratnawulan", limit=1)
    assert (len(page["items"]), page["more"]) == (1, True)
    for nobody in ({"name": "rat%pinan"}, {"name": "R_tnawulan"}, {"name": "rat\\nawulan"}, {"phone": "81298764322"}):
        assert found(office, who, **nobody)["items"] == [], nobody


def test_who_looks_for_people_says_why_and_is_in_the_trail_without_what_was_typed(office):
    system, who = office.system, key(office.system, "operator")
    for body, field in (({"name": "ratnawulan", "reason": "x"}, "reason"), ({"name": "ra"}, "name"), ({"name": "\n\r\n"}, "name"), ({}, "name"),
                        ({"phone": "12345"}, "phone"), ({"name": "ratnawulan", "phone": "081298764321"}, "phone"),
                        ({"name": "ratnawulan", "reason": "call of 0812-9876-4321"}, "reason")):
        answer = find(office, who, body)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field, answer.text
    assert entries(system, "prospect") == []
    found(office, who, phone=PERSON["noKontak"], dealer_id=SAMPLE)
    found(office, who, name="nobody at all")
    assert [(e["action"], e["target"], e["after"]) for e in entries(system, "prospect")] == [
        ("prospect.find", SAMPLE, {"looked_for": "phone", "found": 1, "reason": WHY}),
        ("prospect.find", "*", {"looked_for": "name", "found": 0, "reason": WHY})]
    system.query("REVOKE EXECUTE ON FUNCTION feed.find_prospects FROM dd_analytics")
    assert find(office, who, {"name": "ratnawulan"}).status_code == 500


def test_only_an_operator_looks_for_people_and_only_among_its_dealers(office):
    system = office.system
    assert find(office, key(system, "viewer"), {"name": "ratnawulan"}).status_code == 403
    limited = key(system, "operator", dealers=[OTHER])
    assert find(office, limited, {"name": "ratnawulan"}).status_code == 403
    assert find(office, limited, {"name": "ratnawulan", "dealer_id": SAMPLE}).status_code == 404
    assert [item["dealer_id"] for item in found(office, limited, name="ratnawulan", dealer_id=OTHER)["items"]] == [OTHER]
    assert find(office, key(system, "admin"), {"name": "ratnawulan"}, role="admin").status_code == 404
    # The rows are behind the function too: by itself it sees the dealers of whoever asks, and nobody without one.
    for dealers, seen in (("{99901}", [OTHER]), ("", []), ("{*}", [SAMPLE, OTHER])):
        rows = system.query("SELECT set_config('dd.dealers', %s, true), set_config('dd.principal', 'tester', true),"
                            " (feed.find_prospects(NULL, 'ratnawulan', NULL, 'Complaint', 9)).dealers AS seen", (dealers,))
        assert rows[0]["seen"] == seen, dealers


def test_nobody_looks_without_end(office):
    system, who = office.system, key(office.system, "operator")
    found(office, who, name="ratnawulan")
    system.query("""INSERT INTO account.audit (tx, principal, role, address, request_id, action, kind, target)
                    SELECT nextval('account.audit_tx'), a.principal, '', '', '', a.action, a.kind, ''
                    FROM account.audit a, generate_series(1, 119) WHERE a.action = 'prospect.find'""")
    refused = find(office, who, {"name": "ratnawulan"})
    assert refused.status_code == 429 and refused.json()["code"] == "person.searches", refused.text
    found(office, key(system, "operator"), name="ratnawulan")
    assert len(entries(system, "prospect")) == 121


def test_a_search_whose_time_is_over_says_that_not_all_was_looked_at(office):
    office.system.query("DO $$ BEGIN EXECUTE replace(pg_get_functiondef('feed.find_prospects'::regproc), '1 second', '-1 second'); END $$")
    page = found(office, key(office.system, "operator"), name="ratnawulan")
    assert (page["items"], page["whole"], page["more"]) == ([], False, False)


def test_what_is_typed_stands_nowhere(pipeline):  # noqa: F811
    system, who = pipeline.system, key(pipeline.system, "operator")
    for body in ({"name": "Ratnawulan"}, {"phone": PERSON["noKontak"]}):
        assert found(pipeline, who, **body)["items"] == []
    # Also not when the database refuses it.
    system.query("DROP FUNCTION feed.find_prospects")
    assert find(pipeline, who, {"name": "Ratnawulan"}).status_code == 500
    assert found_in(system) == {}


def test_the_dashboard_looks_for_people_without_any_other_service(office):
    system, who = office.system, key(office.system, "operator")
    found(office, who, name="ratnawulan")
    for name in ("dealer-1", "scheduler-1", "fetcher-1", "gateway-api", "gateway-admin"):
        system[name].stop()
    assert len(found(office, who, name="ratnawulan")["items"]) == 2
