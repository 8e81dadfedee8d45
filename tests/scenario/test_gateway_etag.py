"""Changes of a dealer or an upstream that name the version they were made from: ETag and If-Match."""

import threading

import pytest
from test_gateway import DEALER, ready, refused

URL = f"/api/v1/dealers/{DEALER}"


@pytest.fixture
def edited(make_system):
    """The dealer service and two gateways, with one dealer."""
    system = make_system()
    system.query("INSERT INTO dealer.upstream (name, base_url) VALUES ('main', 'https://upstream.invalid')")
    system.query("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES (%s, 'A Dealer')", (DEALER,))
    system.start_redis()
    system.start("account-1", "dealer-1", "scheduler-1", "analytics-1", "gateway-api", "gateway-admin")
    ready(system, ("api", "admin"))
    return system


def change(system, name, tag=None, role="api", **more):
    headers = {"If-Match": tag} if tag is not None else {}
    return system.api("PATCH", URL, json={"dealer_name": name, **more}, headers=headers, role=role)


def test_a_change_fits_the_version_it_was_made_from(edited):
    before = edited.api("GET", URL)
    tag = before.headers["ETag"]
    assert tag == f'"{before.json()["etag"]}"'
    assert edited.api("GET", URL, headers={"If-None-Match": tag}).status_code == 304
    assert edited.api("GET", "/api/v1/dealers").json()["items"][0]["etag"] == before.json()["etag"]

    first = change(edited, "First", tag)
    assert first.status_code == 200 and first.headers["ETag"] == f'"{first.json()["etag"]}"' != tag
    answer = change(edited, "Second", tag, role="admin")
    refused(answer, 412, "record.changed", "if_match")
    assert edited.api("GET", URL).json() == first.json()
    # What is changed without a look at it is changed all the same, and so is what any of a list fits.
    assert change(edited, "Third").status_code == 200
    assert change(edited, "Fourth", "*").status_code == 200
    newest = edited.api("GET", URL).headers["ETag"]
    assert change(edited, "Fifth", f'{tag}, {newest}').status_code == 200
    refused(change(edited, "Sixth", newest.replace('"', 'W/"', 1)), 412, "record.changed", "if_match")
    refused(edited.api("PATCH", "/api/v1/dealers/nobody", json={"dealer_name": "x"}, headers={"If-Match": "*"}), 404,
            "record.not_found", "dealer_id")
    refused(edited.api("PATCH", URL, json={}, headers={"If-Match": "*"}), 422, "field.empty")


def test_a_secret_makes_a_new_version_too(edited):
    tag = edited.api("GET", URL).headers["ETag"]
    answer = change(edited, "A Dealer", tag, api_key="k", secret_key="s")
    assert answer.status_code == 200 and answer.headers["ETag"] != tag
    again = change(edited, "A Dealer", answer.headers["ETag"], secret_key="t")
    assert again.headers["ETag"] not in (tag, answer.headers["ETag"])


def test_of_many_changes_at_once_one_wins(edited):
    """Two gateways, and eight clients that all read the same version."""
    for _ in range(5):
        tag = edited.api("GET", URL).headers["ETag"]
        answers = []
        threads = [threading.Thread(target=lambda n=n: answers.append(
            change(edited, f"Name {n}", tag, role=("api", "admin")[n % 2]))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(a.status_code for a in answers) == [200] + [412] * 7
        won = next(a for a in answers if a.ok)
        assert edited.api("GET", URL).json() == won.json()


def test_services_side_by_side_compare_in_the_transaction(make_system):
    """Two dealer processes on one database: the row's lock decides, not the process."""
    system = make_system(instances={"dealer": 2})
    system.query("INSERT INTO dealer.dealers (dealer_id, dealer_name) VALUES (%s, 'A Dealer')", (DEALER,))
    system.start_redis()
    system.start("account-1", "dealer-1", "dealer-2", "scheduler-1", "analytics-1", "gateway-api")
    ready(system, ("api",))
    won = lost = 0
    for turn in range(10):
        tag = system.api("GET", URL).headers["ETag"]
        codes = []
        threads = [threading.Thread(target=lambda n=n: codes.append(change(system, f"{turn} {n}", tag).status_code))
                   for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won, lost = won + codes.count(200), lost + codes.count(412)
    assert (won, lost) == (10, 50)


def test_an_upstream_tells_who_changed_it_and_is_not_written_over(edited):
    url = "/api/v1/upstreams/main"

    def put(tag=None, **body):
        return edited.api("PUT", url, json=body, headers={"If-Match": tag} if tag else {})

    before, = edited.api("GET", "/api/v1/upstreams").json()["items"]
    assert before["etag"] and "changed_by" not in before  # nobody's: a statement of the test
    first = put(f'"{before["etag"]}"', concurrency=3)
    assert (first.status_code, first.json()["concurrency"], first.json()["changed_by"]) == (200, 3, "admin-key")
    assert first.json()["etag"] != before["etag"] and first.headers["ETag"] == f'"{first.json()["etag"]}"'
    refused(put(f'"{before["etag"]}"', concurrency=4), 412, "record.changed", "if_match")
    told, = edited.api("GET", "/api/v1/upstreams").json()["items"]
    assert told == first.json()
    assert put("*", concurrency=5).status_code == put(concurrency=6).status_code == 200
    refused(edited.api("PUT", "/api/v1/upstreams/none", json={"base_url": "https://a.invalid"}, headers={"If-Match": "*"}),
            412, "record.changed", "if_match")
