"""What was erased stays away: by a keyed hash, for each dealer by itself, and never by chance."""

import psycopg2
import pytest

KEY, OTHER = "11" * 32, "22" * 32
PERSONAL = {"nama_lengkap": "Ratnawulan", "no_kontak": "081298764321", "no_ktp": "3201010203040001", "alamat": "Jl. 7"}


@pytest.fixture
def shop(engine):
    engine.dealers("1", "2", concurrency=2)
    engine.storing = engine.fetcher()
    yield engine
    engine.sql("DELETE FROM feed.erased")


def record(dealer="1", name="A", **more):
    return {"dealer_id": dealer, "id_prospect": name, "status_prospect": "1", **PERSONAL, **more}


def store(shop, *records):
    shop.submit([records[0]["dealer_id"]])
    task, = shop.lease()
    return shop.storing.store(task, list(records))


def erase(shop, dealer="1", name="A", key=KEY, dry=False):
    return shop.sql("SELECT * FROM feed.erase_person(now(), %s, %s, %s, NULL, NULL, 'a test', %s)", [key, dealer, name, dry])


def know(shop, key=KEY):
    shop.storing.sql("SELECT set_config('dd.erasure_key', %s, false)", [key])


def names(shop):
    return {(row["dealer_id"], row["id_prospect"]): row["nama_lengkap"]
            for row in shop.sql("SELECT dealer_id, id_prospect, nama_lengkap FROM feed.prospect")}


def test_only_that_prospect_of_that_dealer_loses_its_data(shop):
    for dealer in ("1", "2"):
        store(shop, record(dealer), record(dealer, "B"))
    assert erase(shop, dry=True)[0]["prospects"] == 1 and None not in names(shop).values()
    erase(shop)
    know(shop)
    wanted = {("1", "A"): None, ("1", "B"): "Ratnawulan", ("2", "A"): "Ratnawulan", ("2", "B"): "Ratnawulan"}
    assert names(shop) == wanted
    for dealer in ("1", "2"):
        counts = store(shop, record(dealer), record(dealer, "B"))
        assert (counts["rows_same"], counts["rows_changed"], counts["rows_new"]) == (2, 0, 0)
    assert names(shop) == wanted


def test_a_session_that_does_not_know_the_key_stores_nothing(shop):
    store(shop, record())
    erase(shop)
    for what in (record(), record("2")):
        with pytest.raises(psycopg2.Error) as refused:
            store(shop, what)
        assert refused.value.pgcode == "DD090"
    assert names(shop) == {("1", "A"): None}


def test_a_hash_says_nothing_without_its_key(shop):
    store(shop, record(), record(name="B"))
    erase(shop)
    first = shop.value("SELECT encode(hash, 'hex') FROM feed.erased")
    guess = "SELECT encode(feed.erased_hash(decode(%s, 'hex'), '1', 'A'), 'hex')"
    assert shop.value(guess, [KEY]) == first and shop.value(guess, [OTHER]) != first
    assert shop.value(guess, [""]) != first


@pytest.mark.parametrize("raw, found", [
    ('{"idProspect":"A\\/1"}', "A/1"), ('{"x":{"idProspect":"B"}," IDProspect ":" A "}', "A"),
    ('{"idProspect":"A\\/1","alamat":"Jl. M', "A/1"), ('{"idProspect":7,"x":"', "7"), ('"A"', None), ("rubbish", None),
    ('{"namaLengkap":"x"}', None)])
def test_the_id_of_a_record_is_found_though_it_was_cut(engine, raw, found):
    assert engine.value("SELECT feed.id_in(%s)", [raw]) == found


def test_a_telephone_number_has_one_form(engine):
    for spelling in ("081298764321", "+62 812-9876-4321", "62812.9876.4321", "(0812) 9876 4321", "+62 (0)812 9876 4321"):
        assert engine.value("SELECT feed.phone_digits(%s)", [spelling]) == "81298764321", spelling


def bring(shop, dealer, raw, whole=True):
    """A call that sets this record aside; all that is set aside then."""
    shop.submit(["1"])
    task, = shop.lease()
    shop.storing.sql("BEGIN")
    shop.storing.run("fetcher_quarantine_unnest", task["task_id"], task["epoch"], "prsp", 1764000000000, [dealer],
                     ["row.missing"], [None], [raw], [whole])
    shop.storing.flush(task, quarantined=1)
    shop.storing.sql("COMMIT")
    return [row["raw"] for row in shop.sql("SELECT raw FROM feed.quarantine")]


@pytest.mark.parametrize("dealer, raw, later", [
    ("1", '{"namaLengkap":"Ratnawulan","noKontak":"081298764321"}', '{"namaLengkap":"Ratnawulan","noKontak":"081298764321"}'),
    ("*", '{"namaLengkap":"Ratnawulan","noKontak":"081298764321"}', '{"namaLengkap":"Ratnawulan","noKontak":"081298764321"}'),
    ("*", '{"idProspect":"Z","noKontak":"0812-9876-4321"}', '{"idProspect":"Z","namaLengkap":"Ratnawulan","x":1}'),
])
def test_a_record_without_id_or_dealer_stays_away_too(shop, dealer, raw, later):
    assert bring(shop, dealer, raw) == [raw]
    done, = shop.sql("SELECT * FROM feed.erase_person(now(), %s, NULL, NULL, '0812 9876 4321', NULL, 'a test', false)", [KEY])
    know(shop)
    assert done["set_aside"] == 1
    for again in (raw, later):
        assert not [kept for kept in bring(shop, dealer, again) if "Ratna" in kept or "9876" in kept]
    other = '{"namaLengkap":"Other","noKontak":"081200000000"}'
    assert other in bring(shop, dealer, other)
