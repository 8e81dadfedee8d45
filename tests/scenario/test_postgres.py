"""The private PostgreSQL of the tests itself: databases are fresh, the owner is no superuser."""


def test_each_database_is_fresh(cluster):
    first, second = cluster.create(), cluster.create()
    with cluster.connect(first) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mark (n int)")
    with cluster.connect(second) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('mark')")
        assert cursor.fetchone()[0] is None
    cluster.drop(first)
    cluster.drop(second)


def test_owner_is_no_superuser(sql):
    assert sql("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [
        {"rolsuper": False, "rolcreaterole": True}
    ]


def test_no_tcp_port(sql):
    assert sql("SHOW listen_addresses") == [{"listen_addresses": ""}]
