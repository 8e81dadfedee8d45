"""The rows behind a figure: each filter, each order, page by page, equal plain SQL over the rows."""

import itertools
import random

import pytest
from test_figures import SAMPLE, days_back, shop, today  # noqa: F401
from wire import BusError

COLUMNS = {"status": "status_prospect", "source": "sumber_prospect", "method": "metode_follow_up",
           "follow_up": "status_follow_up_prospecting", "sales": "id_sales_people", "district": "kode_kecamatan"}
ORDERS = {"date": "''", "status": "coalesce(status_prospect, '')", "sales": "coalesce(id_sales_people, '')"}


def pages(shop, limit=17, **ask):
    """All ids over all pages."""
    found, cursor = [], {}
    while True:
        page = shop.pipeline.call("analytics", "prospect.list", {"dealer_id": SAMPLE, "limit": limit, **ask, **cursor})
        assert len(page["items"]) <= limit
        found += [item["id_prospect"] for item in page["items"]]
        if "next" not in page:
            return found
        assert len(page["items"]) == limit
        cursor = {"cursor": page["next"]}


def true_rows(shop, sort="date", order="desc", undated=False, unit=None, q=None, **codes):
    where, values = ["dealer_id = %(dealer)s"], {"dealer": SAMPLE, **codes, "unit": unit, "q": q}
    where += [f"coalesce({COLUMNS[name]}, '') = %({name})s" for name in codes if name in COLUMNS]
    where += ["tanggal_prospect IS NULL"] * undated + ["id_prospect = %(q)s"] * (q is not None)
    where += ["tanggal_prospect >= %(from)s"] * ("from" in codes) + ["tanggal_prospect <= %(to)s"] * ("to" in codes)
    if unit is not None:
        where.append("EXISTS (SELECT FROM feed.prospect_unit u WHERE u.dealer_id = p.dealer_id"
                     " AND u.id_prospect = p.id_prospect AND coalesce(u.kode_tipe_unit, '') = %(unit)s)")
    return [row["id_prospect"] for row in shop.sql(
        f"""SELECT id_prospect FROM feed.prospect p WHERE {' AND '.join(where)}
            ORDER BY {ORDERS[sort]} COLLATE "C" {order}, coalesce(tanggal_prospect, '-infinity') {order}, id_prospect {order}""",
        **values)]


def values_of(shop, column):
    return [row["code"] for row in shop.sql(f"SELECT DISTINCT coalesce({column}, '') AS code FROM feed.prospect"
                                            f" WHERE dealer_id = %(d)s ORDER BY 1", d=SAMPLE)]


@pytest.mark.parametrize("sort, order", itertools.product(ORDERS, ("asc", "desc")))
def test_each_order_covers_all_once(shop, sort, order):  # noqa: F811
    true = true_rows(shop, sort, order)
    assert len(true) > 50
    assert pages(shop, sort=sort, order=order) == true
    assert pages(shop, sort=sort, order=order, limit=1000) == true


@pytest.mark.parametrize("seed", range(8))
def test_random_filters_in_any_order(shop, seed):  # noqa: F811
    dice = random.Random(seed)
    known = {name: values_of(shop, column) for name, column in COLUMNS.items()}
    units = [row["code"] for row in shop.sql("SELECT DISTINCT kode_tipe_unit AS code FROM feed.prospect_unit"
                                             " WHERE dealer_id = %(d)s", d=SAMPLE)]
    for _ in range(12):
        ask = {name: dice.choice([*known[name], "none such"]) for name in dice.sample(sorted(COLUMNS), dice.choice([0, 1, 1, 2]))}
        if dice.random() < 0.3:
            ask["unit"] = dice.choice(units)
        if dice.random() < 0.5:
            ask["from"] = str(days_back(dice.randrange(28)))
        if dice.random() < 0.5:
            ask["to"] = str(days_back(dice.randrange(-1, 20)))
        sort, order = dice.choice(sorted(ORDERS)), dice.choice(["asc", "desc"])
        if ask.get("from", "0") > ask.get("to", "9"):
            continue
        true = true_rows(shop, sort, order, **ask)
        assert pages(shop, sort=sort, order=order, limit=dice.choice([3, 20]), **ask) == true, (ask, sort, order)
        page = shop.pipeline.call("analytics", "prospect.list", {"dealer_id": SAMPLE, "count": True, "limit": 1, **ask})
        assert (page["count"], page["count_more"]) == (len(true), False), ask


def test_one_by_its_id_and_those_without_a_date(shop):  # noqa: F811
    some = true_rows(shop)[7]
    assert pages(shop, q=some) == [some] and pages(shop, q=some + "x") == [] and pages(shop, q="%") == []
    shop.sql("""UPDATE feed.prospect SET tanggal_prospect = NULL WHERE dealer_id = %(d)s AND id_prospect = %(i)s
                RETURNING 1""", d=SAMPLE, i=some)
    shop.sql("""SELECT report.refresh(%(d)s, 'prsp', ARRAY(SELECT DISTINCT day FROM report.day_count
                UNION SELECT '-infinity'::date))""", d=SAMPLE)
    assert pages(shop, undated=True) == true_rows(shop, undated=True) == [some]
    assert some not in pages(shop, **{"to": str(today())}) and some in pages(shop)


def test_rows_carry_codes_and_labels_and_masked_names(shop):  # noqa: F811
    item = shop.pipeline.call("analytics", "prospect.list", {"dealer_id": SAMPLE, "status": "3", "lang": "id"})["items"][0]
    assert (item["status_prospect"], item["status_label"]) == ("3", "Panas")
    assert item["method_label"] in ("SMS (WA/Line)", "Telepon", "Kunjungan", "Tatap muka")
    assert item["kode_kecamatan"] and "district_label" not in item and "***" in item["nama_lengkap"]


@pytest.mark.parametrize("ask, field", [
    ({"cursor": "nonsense"}, "cursor"), ({"cursor": "a:b:c"}, "cursor"), ({"cursor": "1:2026-01-01:9:x", "sort": "status"}, "cursor"),
    ({"cursor": "1:2026-01-01:2000000000:x", "sort": "sales"}, "cursor"), ({"sort": "fetched"}, "sort"), ({"undated": True, "from": "2026-01-01"}, "undated")])
def test_a_wrong_question_names_its_field(shop, ask, field):  # noqa: F811
    with pytest.raises(BusError) as refusal:
        shop.pipeline.call("analytics", "prospect.list", {"dealer_id": SAMPLE, **ask})
    assert refusal.value.fields[0][0] == field
