"""The nineteen checks every Flight SQL server should pass, with the status codes they should give."""

import warnings

import adbc_driver_manager
import pyarrow
import pytest

TABLE = "orders.orders_v2"


@pytest.fixture()
def connection(demo):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with demo.connect("steward") as connection:
            yield connection


def table(connection, sql, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


@pytest.mark.parametrize(
    ("sql", "parameters", "rows"),
    [
        ("select 1 as x", None, 1),
        (f"select * from {TABLE} limit 3", None, 3),
        (f"select count(*) n, min(order_id) lo, max(total_amount) hi from {TABLE}", None, 1),
        (f"select status, count(*) n from {TABLE} group by status order by status", None, None),
        (f"select arrow_cast(status, 'Dictionary(Int32, Utf8)') d from {TABLE} limit 5", None, 5),
        (f"select order_id from {TABLE} where total_amount > ? limit 4", (5,), 4),
        (f"select order_id from {TABLE} where total_amount >= ? and total_amount < ? limit 2", (5, 1000), 2),
        (f"select order_id from {TABLE} where total_amount >= $1 and total_amount < $2 limit 2", (5, 1000), 2),
        (f"select order_id from {TABLE} where status = $1", (None,), 0),
    ],
)
def test_queries(connection, sql, parameters, rows):
    answer = table(connection, sql, parameters)
    assert all(field.nullable for field in answer.schema)
    assert not any(pyarrow.types.is_dictionary(field.type) for field in answer.schema)
    assert rows is None or answer.num_rows == rows


def test_metadata(connection):
    assert connection.adbc_get_info()["vendor_name"]
    objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    assert [catalog["catalog_name"] for catalog in objects] == ["weft"]
    found = connection.adbc_get_objects(depth="tables", table_name_filter="ord%").read_all().to_pylist()
    names = {t["table_name"] for c in found for s in c["catalog_db_schemas"] for t in s["db_schema_tables"]}
    assert {"orders", "order_items"} <= names
    assert "TABLE" in connection.adbc_get_table_types()
    assert connection.adbc_get_table_schema("orders", db_schema_filter="orders").field("order_id")
    assert connection.adbc_current_catalog == "weft"


def test_schema_without_running(connection):
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema(f"select order_id, status from {TABLE}")
        assert schema.names == ["order_id", "status"]
        partitions, _ = cursor.adbc_execute_partitions(f"select * from {TABLE}")
        assert len(partitions) == 1
    assert table(connection, f"select order_id, status from {TABLE} limit 0").schema == schema


@pytest.mark.parametrize(
    ("sql", "status", "text"),
    [
        ("selec 1", "INVALID_ARGUMENT", "does not parse"),
        ("select * from orders.nope", "NOT_FOUND", "table `orders.nope` does not exist"),
        ("select * from nope", "INVALID_ARGUMENT", "table `nope` lacks its domain"),
        ("create table t_x as select 1 a", "INVALID_ARGUMENT", "not supported"),
        ("select nope from orders.orders", "INVALID_ARGUMENT", "nope"),
    ],
)
def test_failures(connection, sql, status, text):
    with pytest.raises(adbc_driver_manager.Error) as caught:
        table(connection, sql)
    assert caught.value.status_code == adbc_driver_manager.AdbcStatusCode[status]
    assert text in str(caught.value)
