"""A shop whose orders are a Delta table, whose customers are an Iceberg table, and whose visits are folders of Parquet files.

Rows are deleted by vectors, by positions and by keys, columns came, went and grew, and every key is NULL somewhere. `reader` sees
all of it; `partner` sees some rows of each table, and a column of each masked."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder

import iceberg_plain
from delta_log import Log, beside, field as delta_field, inline
from iceberg_table import Table, arrow, declared, field
from meshes import USERS, Mesh

ORDERS = {
    "id": "long", "customer": "long", "amount": "decimal(12,2)", "placed": "date", "moment": "timestamptz", "wall": "timestamp", "paid": "boolean", "weight": "double", "note": "string", "status": "string",
}  # fmt: skip
DELTA = {"long": "long", "timestamptz": "timestamp", "timestamp": "timestamp_ntz"}
BEFORE = [field(1, "id", "int"), field(2, "name", "string"), field(3, "mail", "string"), field(4, "credit", "decimal(9,2)"), field(5, "gone", "string"), field(6, "born", "date")]
NOW = [
    field(1, "id", "long"), field(3, "email", "string"), field(2, "name", "string"), field(4, "credit", "decimal(12,2)"), field(6, "born", "date"), field(7, "country", "string"), field(8, "score", "double"),
    field(9, "since", "timestamptz"), field(10, "vip", "boolean"),
]  # fmt: skip
VISITS = {"id": "long", "customer": "long", "bought": "long", "page": "string", "seconds": "double", "cost": "decimal(9,3)", "moment": "timestamptz", "wall": "timestamp", "bot": "boolean", "day": "date"}
FOLDERS = {"region": "string", "year": "int"}

DAY, START = datetime.date(2025, 11, 20), datetime.datetime(2025, 11, 20, 22, 30)
STATES, COUNTRIES, PAGES = ["open", "sent", "draft", None], ["DE", "US", None, "FR"], ["home", "café/1", "", None, "HOME"]
REGIONS = [("EU", 2024), ("EU", 2025), ("a b/é", 2025), (None, 2025), ("US", None)]
PASTS = {"sales.orders": 1, "crm.customers": 2}


def some(at, every, value):
    """NULL for every so manieth."""
    return None if at % every == every - 1 else value


def order(at):
    wall = START + datetime.timedelta(hours=7 * at, microseconds=at)
    return {
        "id": at, "customer": some(at, 11, at * 7 % 90), "amount": some(at, 13, decimal.Decimal(at * 317 % 60_000).scaleb(-2)), "placed": some(at, 17, DAY + datetime.timedelta(days=at % 75)),
        "moment": some(at, 19, wall.replace(tzinfo=datetime.UTC)), "wall": wall, "paid": [True, False, None][at % 3], "weight": at % 40 / 4, "note": some(at, 5, f"n{at % 9}"),
    }  # fmt: skip


def customer(at):
    return {
        "id": some(at, 29, at), "name": some(at, 10, f"Name {at % 12}"), "mail": some(at, 8, f"c{at}@{'ab'[at % 2]}.example"), "credit": decimal.Decimal(at * 1_111).scaleb(-2), "gone": "x",
        "born": some(at, 9, datetime.date(1960 + at % 40, 1 + at % 12, 3)), "email": some(at, 8, f"c{at}@{'cd'[at % 2]}.example"), "country": COUNTRIES[at % 4], "score": some(at, 6, at / 8),
        "since": some(at, 7, START.replace(tzinfo=datetime.UTC) + datetime.timedelta(days=at)), "vip": [True, None, False][at % 3],
    }  # fmt: skip


def visit(at):
    wall = START + datetime.timedelta(hours=5 * at)
    return {
        "id": at, "customer": some(at, 7, at * 3 % 95), "bought": at * 5 % 400 if at % 3 == 0 else None, "page": PAGES[at % 5], "seconds": at % 64 / 8, "cost": decimal.Decimal(at * 7).scaleb(-3),
        "moment": wall.replace(tzinfo=datetime.UTC), "wall": wall, "bot": [False, False, True, None][at % 4], "day": some(at, 23, DAY + datetime.timedelta(days=at % 80)),
    }  # fmt: skip


def table(kinds, rows):
    return pa.Table.from_pylist([{name: row[name] for name in kinds} for row in rows], pa.schema([(name, arrow(kind, ids=False)) for name, kind in kinds.items()]))


def orders(folder):
    """Three versions, of which each deletes more; a partition for each state."""
    fields = [delta_field(name, DELTA.get(kind, kind)) for name, kind in ORDERS.items()]
    log = Log(folder).begin(fields, partition=["status"], features=["deletionVectors", "timestampNtz"], **{"delta.enableDeletionVectors": "true"})
    columns = {name: kind for name, kind in ORDERS.items() if name != "status"}
    files = []
    for number, status in enumerate(STATES):
        rows = table(columns, [order(at) for at in range(240) if at % 4 == number])
        files.append(log.file(f"status={number}/a.parquet", rows, values={"status": status}, vector=inline([0, 3, 59]) if number == 1 else None, row_group_size=20))
    log.commit(*files)
    left = log.file("b.parquet", table(columns, [order(at) for at in range(240, 300)]), values={"status": "open"}, vector=beside(folder, range(10, 25)))
    gone = {"remove": {"path": files[0]["add"]["path"], "deletionTimestamp": 1, "dataChange": True}}
    log.commit(gone, {"add": {**files[0]["add"], "deletionVector": inline([1, 2, 40])}}, left)


def customers(folder, location):
    """Files of two schemas, positions and keys that are gone, and a key that came back."""
    made = Table(folder, BEFORE, location=location)
    first = made.file([customer(at) for at in range(40)], row_group_size=16)
    made.commit(first)
    made.evolve(NOW)
    second = made.file([customer(at) for at in range(40, 80)])
    made.commit(second)
    made.commit(deletes=[made.positions([(first, 2), (first, 17), (second, 5)]), made.equality(["id"], [{"id": at} for at in (12, 50, 51)])])
    made.commit(made.file([customer(50) | {"name": "Back", "country": "FR"}]), deletes=[made.positions([(second, 30)])])
    (folder / "metadata" / "version-hint.text").write_text(str(made.number))


def visits(folder):
    """A folder for each region and year, of which two are NULL."""
    for number, (region, year) in enumerate(REGIONS):
        name = lambda value: "__HIVE_DEFAULT_PARTITION__" if value is None else str(value).replace("/", "%2F")  # noqa: E731
        place = folder / f"region={name(region)}" / f"year={name(year)}"
        place.mkdir(parents=True)
        pq.write_table(table(VISITS, [visit(at) for at in range(400) if at % len(REGIONS) == number]), place / "part.parquet", row_group_size=32)


LAID = {"sales.orders": lambda folder, _: orders(folder), "crm.customers": customers, "web.visits": lambda folder, _: visits(folder)}
FORMATS = {"sales.orders": "delta", "crm.customers": "iceberg", "web.visits": "parquet"}
COLUMNS = {"sales.orders": ORDERS, "crm.customers": {one["name"]: one["type"] for one in NOW}, "web.visits": VISITS | FOLDERS}
ROWS = {"sales.orders": "status <> 'draft' and amount < 450", "crm.customers": "country is null or country <> 'US'", "web.visits": "bot = false"}
MASKS = {
    "sales.orders": {"placed": "action: truncate, unit: month"},
    "crm.customers": {"name": "action: constant, value: '***'", "email": "action: email_domain"},
    # A key by which the tables are joined.
    "web.visits": {"customer": "action: bucket, width: 10"},
}
# The same in the words of the oracle.
SHOWN = {
    "sales.orders": "* replace (date_trunc('month', placed)::date as placed)",
    "crm.customers": "* replace ('***' as name, '***@' || split_part(email, '@', 2) as email)",
    "web.visits": "* replace (customer // 10 * 10 as customer)",
}


def mesh(folder, bucket=None):
    """The tables in their folders below `folder`, and the mesh that describes them there, or in a bucket."""
    own = Mesh(folder)
    own.write("users.yaml", USERS + "  - {name: partner, groups: [partners], roles: [], purposes: [], attributes: {}}\n")
    for product, kinds in COLUMNS.items():
        domain, name = product.split(".")
        server = {"server": "own", "type": "local", "path": f"./data/{domain}/{name}", "format": FORMATS[product]}
        if bucket:
            server = {"server": "lake", "type": "s3", "location": f"{bucket}/{domain}/{name}", "format": FORMATS[product]}
        LAID[product](folder / "data" / domain / name, bucket and f"{bucket}/{domain}/{name}")
        rules = [
            f'{{id: partners-read, match: {{product: {product}}}, to: {{groups: [partners]}}, allow: read, rows: "{ROWS[product]}"}}',
            f"{{id: the-past, match: {{product: {product}}}, to: {{groups: [readers, partners]}}, allow: history}}",
            *(f"{{id: mask-{column}, match: {{product: {product}, column: {column}}}, to: {{groups: [partners]}}, mask: {{{mask}}}}}" for column, mask in MASKS[product].items()),
        ]
        schema = [{"name": name, "physicalName": name, "properties": [declared(column, kind) for column, kind in kinds.items()]}]
        own.product(domain, name, contract={"schema": schema}, server=server, rules=rules)
    return own


def read(folder):
    """The rows of the tables, by readers that Weft does not use; older versions end in `_past`."""
    lake = lambda version=None: pa.table(QueryBuilder().register("t", DeltaTable(folder / "data/sales/orders", version=version)).execute("select * from t").read_all())  # noqa: E731
    there = folder / "data/crm/customers"
    folders = pyarrow.dataset.partitioning(pa.schema([(name, arrow(kind)) for name, kind in FOLDERS.items()]), flavor="hive")
    visited = pyarrow.dataset.dataset(folder / "data/web/visits", format="parquet", partitioning=folders).to_table()
    return {
        "sales.orders": lake(), "sales.orders_past": lake(PASTS["sales.orders"]), "web.visits": visited,
        "crm.customers": iceberg_plain.read(there), "crm.customers_past": iceberg_plain.read(there, PASTS["crm.customers"]),
    }  # fmt: skip
