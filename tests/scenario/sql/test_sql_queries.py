"""Each statement of sql/queries is valid against the migrated schema, and allowed to its service.

A file's name begins with its service, whose role runs it; statements of every process begin with
`process`, those of the operator's program with `ddctl` and run as the owner.
"""

import io

import pytest
from engine import QUERIES, Connection, statement

NAMES = sorted(file.stem for file in QUERIES.glob("*.sql"))
SERVICES = ["account", "dealer", "scheduler", "fetcher", "analytics"]


def roles(name):
    service = name.split("_")[0]
    if service in SERVICES:
        return [service]
    return {"process": SERVICES, "ddctl": [None]}[service]


@pytest.mark.parametrize("name", NAMES)
def test_statement(shared_database, name):
    for role in roles(name):
        connection = Connection(shared_database, role)
        if role == "fetcher":
            connection.run("fetcher_stage_create")
        text = statement(name)
        first = next(line for line in text.splitlines() if not line.startswith("--")).split()[0].upper()
        if first == "COPY":
            with connection.link.cursor() as cursor:
                cursor.copy_expert(text, io.StringIO())
        else:
            check(connection, text)
        connection.close()


def check(connection, text):
    """EXPLAIN checks names, types and privileges, and runs nothing."""
    connection.sql("SET plan_cache_mode = force_generic_plan")
    connection.sql(f"PREPARE checked AS {text}")
    count = connection.value("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'checked'")
    arguments = "(" + ", ".join(["NULL"] * count) + ")" if count else ""
    connection.sql(f"EXPLAIN EXECUTE checked {arguments}")
