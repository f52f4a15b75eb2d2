"""Whoever sees masked values or some of the rows computes over exactly these: in every clause, by value and by failure.

The tables as a persona sees them, fetched whole, stand in DuckDB; a query over Weft must answer as the same query there.
"""

import contextlib
import decimal

import adbc_driver_manager
import duckdb
import pytest

from delta_plain import laid
from refusals import refusal

PROFILES, ORDERS, TOUCHES = "customers.profiles", "orders.orders", "marketing.touches"
SEEN = {"analyst": [PROFILES, ORDERS, TOUCHES], "marketer": [PROFILES, TOUCHES, ORDERS]}


@pytest.fixture(scope="module")
def cursors(demo):
    with contextlib.ExitStack() as stack:
        yield {
            persona: stack.enter_context(stack.enter_context(demo.connect(persona)).cursor())
            for persona in ("analyst", "marketer", "steward")
        }


@pytest.fixture(scope="module")
def twins(cursors):
    """For each persona a database of the tables as they are shown."""
    with contextlib.ExitStack() as stack:
        databases = {}
        for persona, tables in SEEN.items():
            database = databases[persona] = stack.enter_context(duckdb.connect())
            database.execute("SET TimeZone = 'UTC'")
            for name in tables:
                cursors[persona].execute(f"select * from {name}")
                shown = cursors[persona].fetch_arrow_table()
                assert shown.num_rows > 10_000
                database.execute(f"create schema if not exists {name.split('.')[0]}")
                database.execute(f"create table {name} as select * from shown")
        yield databases


@pytest.fixture(scope="module")
def raw(demo, tmp_path_factory):
    """The files themselves."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        orders = str(laid(demo.mesh / "data" / "orders" / "orders-v2", tmp_path_factory.mktemp("plain")))
        yield lambda sql: database.execute(sql.replace("MESH/orders-v2.parquet", orders).replace("MESH", str(demo.mesh / "data"))).fetchall()


PROFILE_FILE, ORDER_FILES = "'MESH/customers/profiles.parquet'", "'MESH/orders-v2.parquet'"


def plain(rows):
    """Rows that can be compared: numbers of both engines alike."""
    return [tuple(float(value) if isinstance(value, decimal.Decimal) else value for value in row) for row in rows]


def ask(cursor, sql, parameters=None):
    """Rows, or the text of the refusal."""
    try:
        cursor.execute(sql, parameters)
        return plain(cursor.fetchall())
    except adbc_driver_manager.Error as error:
        return refusal(error).text


QUERIES = [
    "select email, count(*) n from customers.profiles group by email order by n desc, email",
    "select email, full_name from customers.profiles order by email, full_name, updated_at, region limit 500",
    "select full_name from customers.profiles order by full_name desc nulls last, updated_at limit 500",
    "select phone, count(*) from customers.profiles group by phone order by 1 nulls first limit 300",
    (
        "select min(email), max(email), min(full_name), max(full_name), min(phone), max(phone), min(birth_date), "
        "max(birth_date) from customers.profiles"
    ),
    "select min(customer_id), max(customer_id), count(distinct customer_id) from customers.profiles",
    (
        "select count(distinct email), count(distinct full_name), count(distinct phone), count(distinct birth_date), "
        "count(credit_limit), sum(credit_limit) from customers.profiles"
    ),
    "select distinct birth_date from customers.profiles order by 1 nulls last",
    (
        "select extract(month from birth_date) m, extract(day from birth_date) d, count(*) "
        "from customers.profiles group by 1, 2 order by 1 nulls last, 2"
    ),
    (
        "select region, email, count(*) over (partition by email) n, row_number() over (partition by email "
        "order by updated_at, full_name, phone) r from customers.profiles order by email nulls last, r limit 300"
    ),
    (
        "select count(*) from customers.profiles a join customers.profiles b on a.email = b.email "
        "where a.full_name like 'A%' and b.full_name like 'B%'"
    ),
    (
        "select a.phone, count(*) from customers.profiles a join customers.profiles b on a.phone = b.phone "
        "and a.full_name = b.full_name group by a.phone order by 2 desc, 1 limit 20"
    ),
    "select count(*) from customers.profiles where email like '%@post.example' and length(full_name) = 5",
    "select length(full_name) l, count(*) from customers.profiles group by 1 order by 1 nulls last",
    "select substr(phone, 1, 3) p, count(*) from customers.profiles group by 1 order by 2 desc, 1",
    "select upper(email) e, count(*) from customers.profiles where email > '***@m' group by 1 order by 1",
    "select count(*) from customers.profiles where birth_date between date '1990-01-01' and date '1990-12-31'",
    "select count(*) from customers.profiles where birth_date = date '1990-01-01'",
    (
        "select count(*) from customers.profiles where full_name in (select full_name from customers.profiles "
        "where region = 'EU' group by 1 having count(*) > 100)"
    ),
    (
        "select region, max(total_amount), min(order_id), max(order_id), count(distinct customer_id), "
        "sum(total_amount) from orders.orders group by region order by region"
    ),
    "select max(order_id), min(order_id), count(*) from orders.orders",
    "select order_id from orders.orders order by order_id desc limit 20",
    "select order_id, total_amount from orders.orders order by total_amount desc, order_id limit 20",
    (
        "select count(*) from orders.orders where customer_id in (select customer_id from customers.profiles "
        "where full_name like 'A%')"
    ),
    (
        "select count(*) from orders.orders o where not exists (select 1 from customers.profiles p "
        "where p.customer_id = o.customer_id)"
    ),
    (
        "select count(*), count(p.customer_id) from marketing.touches t left "
        "join customers.profiles p on p.customer_id = t.customer_id"
    ),
    (
        "select n, count(*) from (select customer_id, count(*) n from marketing.touches "
        "group by customer_id) group by n order by n"
    ),
    (
        "select t.channel, count(distinct t.customer_id), count(distinct o.order_id), sum(o.total_amount) "
        "from marketing.touches t join orders.orders o on o.customer_id = t.customer_id group by 1 order by 1"
    ),
    "select customer_id from customers.profiles intersect select customer_id from marketing.touches order by 1 limit 50",
    "select customer_id from orders.orders except select customer_id from marketing.touches order by 1 limit 50",
]


@pytest.mark.parametrize("persona", SEEN)
@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_computes_over_what_is_shown(cursors, twins, persona, sql):
    expected = plain(twins[persona].execute(sql).fetchall())
    found = ask(cursors[persona], sql)
    assert found == expected
    assert expected, "the query must tell something"


def test_the_steward_gets_other_answers(cursors, twins):
    """The queries do look at what is masked: in clear they answer otherwise."""
    other = [sql for sql in QUERIES if ask(cursors["steward"], sql) != plain(twins["analyst"].execute(sql).fetchall())]
    assert len(other) >= len(QUERIES) - 2, set(QUERIES) - set(other)


# --- real values ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def person(raw):
    """One European customer, as the file has them."""
    names = ("customer_id", "full_name", "email", "phone", "birth_date", "credit_limit")
    known = " and ".join(f"{name} is not null" for name in names)
    ((*values,),) = raw(
        f"select {', '.join(names)} from {PROFILE_FILE} where region = 'EU' and {known} "
        "and birth_date <> date_trunc('year', birth_date) order by customer_id limit 1"
    )
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("column", ["customer_id", "full_name", "email", "phone", "birth_date", "credit_limit"])
@pytest.mark.parametrize(
    "where",
    [
        "{column} = $1",
        "{column} in ($1, $1)",
        "{column} between $1 and $1",
        "not ({column} <> $1)",
        "coalesce({column}, $1) = $1 and {column} is not null",
        "nullif({column}, $1) is null and {column} is not null",
        "case when {column} = $1 then true else false end",
        "{column} in (select $1)",
        "(region, {column}) = ('EU', $1)",
        "{column} is not distinct from $1",
    ],
)
def test_a_real_value_finds_nobody(cursors, person, column, where):
    sql = f"select count(*) from customers.profiles where {where.format(column=column)}"
    assert ask(cursors["steward"], sql, (person[column],))[0][0] >= 1, "the value is there"
    for persona in ("analyst", "marketer"):
        assert ask(cursors[persona], sql, (person[column],)) == [(0,)]


@pytest.mark.parametrize(
    "where",
    [
        "email like '{local}%'", "starts_with(email, '{local}')", "strpos(email, '{local}') > 0", "email ilike '%{local}%'",
        "regexp_like(email, '^{local}')", "left(email, 3) = left('{local}', 3)", "substr(phone, 1, 5) = '{phone}'",
        "split_part(full_name, ' ', 2) = '{family}'", "full_name ~ ' {family}$'",
        "reverse(full_name) like reverse('{family}') || '%'",
        "concat(email, '') = '{email}'", "md5(email) = md5('{email}')",
        "encode(cast(email as bytea), 'hex') = encode(cast('{email}' as bytea), 'hex')",
        "extract(doy from birth_date) <> 1", "birth_date <> date_trunc('year', birth_date)", "credit_limit > 0",
        "credit_limit is not null", "address['zip'] = '{zip}'",
    ],
)
def test_a_part_of_a_real_value_finds_nobody(cursors, raw, person, where):
    ((postcode,),) = raw(f"select address.zip from {PROFILE_FILE} where customer_id = '{person['customer_id']}'")
    words = {
        "local": person["email"].split("@")[0], "email": person["email"], "phone": person["phone"][:5],
        "family": person["full_name"].split(" ")[1], "zip": postcode,
    }
    sql = "select count(*) from customers.profiles where " + where.format(**words)
    clear = ask(cursors["steward"], sql)
    assert isinstance(clear, list) and clear[0][0] >= 1, clear
    for persona in ("analyst", "marketer"):
        assert ask(cursors[persona], sql) == [(0,)]


# --- failing ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def hidden_row(raw):
    """An order of another region than Europe."""
    ((order,),) = raw(f"select order_id from {ORDER_FILES} where region = 'US' order by total_amount desc, order_id limit 1")
    return {"order": order}


FAILING = [
    "select sum(1 / (order_id - {order})) from orders.orders",
    "select sum(1 / (case when region = 'US' then 0 else 1 end)) from orders.orders",
    "select count(*) from orders.orders where 1 / (order_id - {order}) > 100",
    "select sum(cast(case when region <> 'EU' then 'x' else '1' end as int)) from orders.orders",
    (
        "select sum(cast(order_id - {order} + 127 as tinyint)) from orders.orders where order_id between {order} "
        "and {order} + 1 or order_id between {order} - 255 and {order} - 1"
    ),
    "select sum(cast(case when region = 'US' then 1000 else 1 end as tinyint)) from orders.orders",
    "select max(cast(concat('1', case when order_id = {order} then 'x' else '' end) as bigint)) from orders.orders",
    (
        "select count(*) from orders.orders "
        "where cast(case when order_id = {order} then 'no date' else '2026-01-01' end as date) > date '2025-01-01'"
    ),
    "select count(*) from orders.orders o join (values (1)) v(a) on 1 / (o.order_id - {order}) <> v.a",
    "select max(s) from (select sum(1 / (order_id - {order})) over (order by order_id) s from orders.orders) w",
    "select count(*) from orders.orders group by 1 / (order_id - {order}) having count(*) > 100000000",
    "select order_id from orders.orders order by 1 / (order_id - {order}), order_id limit 3",
    "select count(*) filter (where 1 / (order_id - {order}) = 0) from orders.orders",
]


@pytest.mark.parametrize("template", FAILING)
def test_a_hidden_row_makes_nothing_fail(cursors, hidden_row, template):
    sql = template.format(**hidden_row)
    clear = ask(cursors["steward"], sql)
    seen = ask(cursors["analyst"], sql)
    assert isinstance(seen, list), seen
    assert isinstance(clear, str), f"for who sees the row it must fail: {clear}"


@pytest.mark.parametrize(
    "template",
    [
        "select cast({column} as int) from customers.profiles",
        "select count(*) from customers.profiles where cast({column} as int) = 1",
        "select sum(cast({column} as decimal(5, 2))) from customers.profiles",
        "select max(cast({column} as date)) from customers.profiles",
        "select cast({column} as timestamp) from customers.profiles order by 1 limit 1",
        "select to_timestamp({column}) from customers.profiles",
        "select arrow_cast({column}, 'Int8') from customers.profiles limit 5000",
        "select cast(customer_id as int) from customers.profiles where {column} is not null",
        "select 1 / (length({column}) - length({column})) from customers.profiles",
        "select interval '1 day' * cast({column} as int) from customers.profiles",
    ],
)
@pytest.mark.parametrize("column", ["full_name", "email", "phone", "customer_id"])
def test_an_error_over_masked_values_shows_none_of_the_real_ones(cursors, raw, template, column):
    """Statements that fail on some value: what the error shows is no value of the file."""
    said = ask(cursors["analyst"], template.format(column=column))
    assert isinstance(said, str), said
    values = {value for row in raw(f"select customer_id, full_name, email, phone from {PROFILE_FILE}") for value in row if value}
    assert not any(value in said for value in values), said


# --- tokens -----------------------------------------------------------------------------------------------------------
def test_tokens_join_across_domains_as_the_identifiers_do(cursors):
    for sql in (
        "select count(*) from customers.profiles p join marketing.touches t on p.customer_id = t.customer_id",
        (
            "select count(*) from customers.profiles p left "
            "join marketing.touches t on p.customer_id = t.customer_id where t.customer_id is null"
        ),
        (
            "select count(*) from marketing.touches t full join orders.orders o on t.customer_id = o.customer_id "
            "and o.created_at > t.at"
        ),
        (
            "select count(*) from customers.profiles where customer_id in (select customer_id "
            "from marketing.touches) and region = 'US'"
        ),
        (
            "select p.region, t.channel, count(*), count(distinct t.customer_id) from customers.profiles p "
            "join marketing.touches t on p.customer_id = t.customer_id group by 1, 2 order by 1, 2"
        ),
        "select n, count(*) from (select customer_id, count(*) n from orders.orders group by 1) group by 1 order by 1",
    ):
        clear, tokens = ask(cursors["steward"], sql), ask(cursors["marketer"], sql)
        assert clear == tokens and clear[0][0] not in (0, None), sql


def test_tokens_are_not_the_identifiers(cursors, raw):
    cursors["marketer"].execute("select customer_id from customers.profiles")
    tokens = {token for (token,) in cursors["marketer"].fetchall()}
    identifiers = {identifier for (identifier,) in raw(f"select customer_id from {PROFILE_FILE}")}
    assert len(tokens) == len(identifiers) == 50_000 and not tokens & identifiers
    assert not any(identifier in token for token in list(tokens)[:500] for identifier in list(identifiers)[:500])
