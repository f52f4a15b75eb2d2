"""Clients that list a large mesh are answered from the catalog: nothing is asked of storage."""

import re
import urllib.request

import pyarrow
import pytest

from commands import Flight, command
from meshes import write_many
from servers import free_address, serving

DOMAINS, PRODUCTS, COLUMNS = 10, 30, 20


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    write_many(folder / "mesh", DOMAINS, PRODUCTS, COLUMNS)
    admin = free_address()
    with serving(folder, folder / "mesh", ["reader", "stranger"], admin={"listen": admin}) as server:
        server.admin = admin
        yield server


def storage_requests(server):
    with urllib.request.urlopen(f"http://{server.admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    [requests] = re.findall(r"^weft_storage_requests_total (\d+)$", text, re.MULTILINE)
    return int(requests)


def test_tables_with_schemas(served):
    reader = Flight(served, "reader")
    for _ in range(2):
        rows = reader.rows(command("CommandGetTables", _5=True))
        tables = [row for row in rows if row["db_schema_name"] not in ("information_schema", "weft")]
        # Every product under its name and under the name of its version, in order.
        assert [(row["db_schema_name"], row["table_name"]) for row in tables] == [
            (f"d{domain:03}", f"p{product:04}{version}")
            for domain in range(DOMAINS) for product in range(PRODUCTS) for version in ("", "_v1")
        ]
        schema = pyarrow.ipc.read_schema(pyarrow.py_buffer(tables[-1]["table_schema"]))
        assert len(schema) == COLUMNS
        assert [(field.name, field.type) for field in schema][:4] == [
            ("id_0", pyarrow.int64()), ("email_1", pyarrow.string()), ("amount_2", pyarrow.decimal128(18, 2)), ("created_3", pyarrow.date32()),
        ]
    assert len(reader.rows(command("CommandGetTables", _2="d007", _3="p000_", _5=True))) == 10
    stranger = Flight(served, "stranger").rows(command("CommandGetTables", _5=True))
    assert not [row for row in stranger if row["table_name"].startswith("p0")]
    assert len(served.rows("reader", "select * from information_schema.columns where table_schema like 'd0%'")) == 2 * DOMAINS * PRODUCTS * COLUMNS
    assert storage_requests(served) == 0
