"""What every persona of the retail mesh must see, worked out without Weft.

    python expected.py MESH_ROOT            writes expected.json beside this file
    python expected.py MESH_ROOT --check    fails when expected.json is not what comes out

MESH_ROOT is the folder that `weft demo` prepares. DuckDB reads the generated files (`deltalake` those of Delta tables); the policy of `catalogs/retail` is
applied by hand, as one view per persona and product; the queries then run over those views. Tokens are stand-ins that
are equal exactly where tokens are equal, so no query may show one.
"""

import argparse
import datetime
import decimal
import json
import pathlib
import sys
import tempfile

import duckdb

from integrity import check

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import delta_plain
import iceberg_plain

# Plain files of Delta and Iceberg tables, for as long as this runs.
KEPT = tempfile.TemporaryDirectory()
PLAIN = pathlib.Path(KEPT.name)

FILES = {
    "customers.profiles": "customers/profiles.parquet",
    "orders.orders": "orders/orders-v2",
    "orders.orders_v1": "orders/orders-v1/*.parquet",
    "orders.order_items": "orders/order_items/*.parquet",
    "inventory.products": "inventory/products.parquet",
    "inventory.stock": "inventory/stock",
    "marketing.touches": "marketing/touches/*.parquet",
    "marketing.campaigns": "marketing/campaigns.parquet",
    "finance.payments": "finance/payments",
    "customer360.customers": "customer360/customers.parquet",
    "hr.salaries": "hr/salaries.parquet",
}


# --- masks, as DuckDB expressions -------------------------------------------------------------------------------------
def partial(column, first=0, last=0, min_hidden=4):
    hidden = f"(length({column}) - {first + last})"
    shown = f"left({column}, {first}) || repeat('*', {hidden}) || right({column}, {last})"
    return f"CASE WHEN {hidden} < {min_hidden} THEN repeat('*', length({column})) ELSE {shown} END"


def token(column):
    return f"'token of ' || md5({column})"


EMAIL = r"regexp_replace(email, '^.*@', '***@')"
NAME = partial("full_name", first=1)
TOKEN = token("customer_id")
IP = "CASE WHEN contains(ip, ':') THEN regexp_replace(ip, '::.*$', '::') ELSE regexp_replace(ip, '[0-9]+$', '0') END"
ADDRESS = (
    "CASE WHEN address IS NULL THEN NULL ELSE "
    f"{{'city': address.city, 'zip': {partial('address.zip', first=2, min_hidden=2)}, 'country': address.country}} END"
)

# Personal data masked: what everyone sees who is not exempt.
MASKED = {
    "customers.profiles": {
        "customer_id": TOKEN, "full_name": NAME, "email": EMAIL, "phone": partial("phone", last=2),
        "birth_date": "date_trunc('year', birth_date)::DATE", "address": ADDRESS, "credit_limit": "NULL::DECIMAL(12,2)",
    },
    "orders.orders": {"customer_id": TOKEN},
    "orders.orders_v1": {"customer_id": TOKEN},
    "marketing.touches": {"customer_id": TOKEN, "ip": IP},
    "marketing.campaigns": {"budget": "NULL::DECIMAL(12,2)"},
    "finance.payments": {
        "customer_id": TOKEN, "amount": "round(amount, 0)::DECIMAL(12,2)", "iban": partial("iban", first=2, last=2),
        "reference": "'(withheld)'",
    },
    "customer360.customers": {
        "customer_id": TOKEN, "full_name": NAME, "email": EMAIL,
        "lifetime_value": "(floor(lifetime_value / 500) * 500)::DECIMAL(14,2)",
    },
}
STOCK = {"inventory.products": ({}, None), "inventory.stock": ({}, "warehouse <> 'QUARANTINE'")}
EU = "region = 'EU'"


def masked(*products, rows=None, clear=()):
    """These products with their masks, without those of the columns named in `clear`."""
    return {
        name: ({c: m for c, m in MASKED.get(name, {}).items() if f"{name}.{c}" not in clear}, rows) for name in products
    }


def clear(*products):
    return {name: ({}, None) for name in products}


ORDERS = ("orders.orders", "orders.orders_v1", "orders.order_items")
FRAUD = ("customers.profiles", *ORDERS, "marketing.touches", "finance.payments", "customer360.customers")

# What exists for a persona and purpose: product -> (masks by column, rows). A column that maps to None is hidden.
MESHES = {
    ("analyst", None): {
        **masked("customers.profiles", *ORDERS, "marketing.touches", "finance.payments", "customer360.customers", rows=EU),
        **masked("marketing.campaigns"), **STOCK,
    },
    ("steward", None): {
        **clear("customers.profiles", *ORDERS, "marketing.touches", "marketing.campaigns"), **STOCK,
    },
    ("fraud", "fraud"): {
        **clear(*FRAUD), **STOCK,
        # Not personal, so the purpose changes nothing.
        "customers.profiles": ({"credit_limit": "NULL::DECIMAL(12,2)"}, None),
        "customer360.customers": ({"lifetime_value": MASKED["customer360.customers"]["lifetime_value"]}, None),
    },
    ("fraud", "reporting"): {**masked(*FRAUD, clear=["finance.payments.amount"]), **STOCK},
    ("marketer", None): {
        **masked("customers.profiles", *ORDERS, "marketing.touches", "marketing.campaigns", "customer360.customers",
                 clear=["marketing.campaigns.budget", "customer360.customers.lifetime_value"]),
        **STOCK,
    },
    ("outsider", None): {"inventory.products": ({"unit_cost": None}, None)},
}
# Two purposes are permitted and none is chosen: as for a purpose that exempts nobody.
MESHES["fraud", None] = MESHES["fraud", "reporting"]


# --- questions --------------------------------------------------------------------------------------------------------
def questions(raw):
    """(persona, purpose, what it shows, SQL); SQL that DuckDB and DataFusion read alike."""
    address, region = raw.execute(
        "SELECT email, region FROM customers.profiles WHERE region = 'EU' AND email IS NOT NULL ORDER BY customer_id LIMIT 1"
    ).fetchone()
    assert region == "EU"
    people = [("analyst", None), ("steward", None), ("fraud", "fraud"), ("fraud", "reporting"), ("fraud", None),
              ("marketer", None), ("outsider", None)]
    ask = []
    for person in people:
        for name in FILES:
            ask.append((*person, "how many rows exist", f"SELECT count(*) AS n FROM {name}"))
        for name in FILES:
            ask.append((*person, "which columns exist", f"SELECT * FROM {name} LIMIT 0"))
    readers = [person for person in people if person[0] != "outsider"]
    for person in readers:
        ask += [(*person, shows, sql) for shows, sql in [
            ("rows by region", "SELECT region, status, count(*) AS n, sum(total_amount) AS total FROM orders.orders GROUP BY region, status ORDER BY region, status"),
            ("a join of three domains", """SELECT t.channel, p.loyalty_tier, count(DISTINCT o.order_id) AS orders, sum(o.total_amount) AS revenue
FROM marketing.touches t
JOIN customers.profiles p ON p.customer_id = t.customer_id
JOIN orders.orders o ON o.customer_id = t.customer_id AND o.created_at >= t.at
WHERE o.status <> 'CANCELLED' AND t.campaign = 'CMP-07'
GROUP BY t.channel, p.loyalty_tier ORDER BY t.channel, p.loyalty_tier"""),
            ("identifiers join across domains", "SELECT count(*) AS n, count(DISTINCT t.customer_id) AS customers FROM marketing.touches t JOIN customers.profiles p ON p.customer_id = t.customer_id"),
            ("a join on a clear column", "SELECT count(*) AS lines, sum(i.quantity * i.unit_price) AS total FROM orders.order_items i JOIN orders.orders o ON o.order_id = i.order_id WHERE o.created_at >= TIMESTAMP '2026-06-01 00:00:00'"),
            ("orders without a profile", "SELECT count(*) AS n FROM orders.orders o WHERE NOT EXISTS (SELECT 1 FROM customers.profiles p WHERE p.customer_id = o.customer_id)"),
            ("a search for one real address", f"SELECT count(*) AS n FROM customers.profiles WHERE email = '{address}'"),
            ("a search by domain", "SELECT count(*) AS n FROM customers.profiles WHERE email LIKE '%@post.example'"),
            ("grouping by address", "SELECT email, count(*) AS n FROM customers.profiles WHERE email LIKE '***%' GROUP BY email ORDER BY email"),
            ("distinct values", "SELECT count(DISTINCT email) AS emails, count(DISTINCT full_name) AS names, count(DISTINCT phone) AS phones, count(DISTINCT birth_date) AS births, count(DISTINCT customer_id) AS ids, count(credit_limit) AS limits FROM customers.profiles"),
            ("extremes", "SELECT min(email) AS least, max(email) AS greatest, min(birth_date) AS oldest, max(birth_date) AS youngest FROM customers.profiles"),
            ("names by first letter", "SELECT full_name, count(*) AS n FROM customers.profiles GROUP BY full_name ORDER BY n DESC, full_name LIMIT 10"),
            ("names by script", "SELECT count(*) AS n FROM customers.profiles WHERE full_name LIKE 'Ł%'"),
            ("a field of a struct", "SELECT address['zip'] AS zip, count(*) AS n FROM customers.profiles WHERE address['city'] = 'Łódź' GROUP BY address['zip'] ORDER BY n DESC, zip LIMIT 5"),
            ("a hidden field of a struct", "SELECT count(address['street']) AS n FROM customers.profiles"),
            ("a map", "SELECT metadata['channel'] AS channel, count(*) AS n FROM orders.orders GROUP BY metadata['channel'] ORDER BY n, channel"),
            ("the deprecated major", "SELECT region, count(*) AS n FROM orders.orders_v1 GROUP BY region ORDER BY region"),
            ("networks", "SELECT count(*) AS n, count(ip) AS addresses, count(DISTINCT ip) AS distinct_addresses FROM marketing.touches"),
            ("budgets", "SELECT count(*) AS n, count(budget) AS known, sum(budget) AS total FROM marketing.campaigns"),
            ("stock without quarantine", "SELECT warehouse, count(*) AS n, sum(on_hand) AS pieces FROM inventory.stock GROUP BY warehouse ORDER BY warehouse"),
            ("costs", "SELECT count(unit_cost) AS known, sum(unit_cost) AS total FROM inventory.products"),
            ("payments by method", "SELECT method, count(*) AS n, sum(amount) AS total, count(DISTINCT iban) AS accounts, count(DISTINCT reference) AS texts FROM finance.payments GROUP BY method ORDER BY method"),
            ("refunds", "SELECT order_id, amount, reference FROM finance.payments WHERE amount < 0 ORDER BY payment_id LIMIT 3"),
            ("accounts", "SELECT iban, count(*) AS n FROM finance.payments GROUP BY iban ORDER BY n DESC, iban LIMIT 5"),
            ("lifetime values", "SELECT lifetime_value, count(*) AS n FROM customer360.customers GROUP BY lifetime_value ORDER BY n DESC, lifetime_value LIMIT 5"),
            ("an aggregate product against its sources", "SELECT count(*) AS n, sum(c.order_count) AS orders FROM customer360.customers c JOIN customers.profiles p ON p.customer_id = c.customer_id"),
        ]]
    ask += [("outsider", None, shows, sql) for shows, sql in [
        ("what a partner may know", "SELECT category, count(*) AS n, min(list_price) AS least, max(list_price) AS greatest FROM inventory.products GROUP BY category ORDER BY category"),
        ("a hidden column", "SELECT unit_cost FROM inventory.products"),
        ("a hidden column in a filter", "SELECT count(*) AS n FROM inventory.products WHERE unit_cost > 10"),
        ("a product that does not exist", "SELECT * FROM hr.nothing"),
        ("a domain that does not exist", "SELECT * FROM nowhere.nothing"),
    ]]
    return ask


def files(data, name):
    """What DuckDB reads of a table: its files, or the rows that its metadata leaves of them."""
    path = data / FILES[name]
    if (path / "metadata").exists():
        return iceberg_plain.laid(path, PLAIN)
    return delta_plain.laid(path, PLAIN) if (path / "_delta_log").exists() else path


# --- answers ----------------------------------------------------------------------------------------------------------
def govern(data, products):
    """A database that holds the persona's view of the mesh and nothing else by these names."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for domain in sorted({name.split(".")[0] for name in FILES}):
        database.execute(f"CREATE SCHEMA {domain}")
    for name, (masks, rows) in products.items():
        hidden = [column for column, mask in masks.items() if mask is None]
        shown = [f"{mask} AS {column}" for column, mask in masks.items() if mask is not None]
        stars = "*" + (f" EXCLUDE ({', '.join(hidden)})" if hidden else "") + (f" REPLACE ({', '.join(shown)})" if shown else "")
        where = f" WHERE {rows}" if rows else ""
        database.execute(f"CREATE VIEW {name} AS SELECT {stars} FROM (FROM '{files(data, name)}'){where}")
    return database


def plain(value):
    """A value as JSON: decimals and dates as text, floats as they are."""
    if isinstance(value, (decimal.Decimal, datetime.date, datetime.datetime)):
        return str(value)
    return value


def answer(database, sql):
    try:
        cursor = database.execute(sql)
    except (duckdb.CatalogException, duckdb.BinderException):
        return {"error": "not_found"}
    names = [column[0] for column in cursor.description]
    return {"columns": names, "rows": [[plain(value) for value in row] for row in cursor.fetchall()]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "expected.json")
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    arguments = parser.parse_args()
    data = arguments.root.resolve() / "data"
    raw = govern(data, clear(*FILES))
    check(raw)
    databases = {who: govern(data, products) for who, products in MESHES.items()}
    found = []
    for persona, purpose, shows, sql in questions(raw):
        result = answer(databases[persona, purpose], sql)
        assert "token of" not in json.dumps(result), sql
        found.append({"persona": persona, "purpose": purpose, "shows": shows, "sql": sql, **result})
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    text = f"[\n{lines}\n]\n"
    if arguments.check:
        if arguments.out.read_text(encoding="utf-8") != text:
            sys.exit(f"{arguments.out} is not what the generated files and the policy say")
    else:
        arguments.out.write_text(text, encoding="utf-8")
    print(f"{len(found)} answers")


if __name__ == "__main__":
    main()
