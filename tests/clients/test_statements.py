"""SHOW and DESCRIBE answer from what the caller may see, and from nothing else."""

import adbc_driver_manager
import pytest

from meshes import Mesh
from servers import serving


def refusal(demo, persona, sql):
    with pytest.raises(adbc_driver_manager.Error) as refused:
        demo.rows(persona, sql)
    return refused.value.status_code, str(refused.value)


def test_tables_and_domains(demo):
    assert {(domain, table) for domain, table, *_ in demo.rows("outsider", "show tables") if domain != "information_schema"} == {
        ("inventory", "products"), ("inventory", "products_v1")
    }
    assert demo.rows("outsider", "show schemas") == [("information_schema",), ("inventory",)]
    assert demo.rows("analyst", "show tables from customers like 'prof%'")[0][:3] == ("customers", "profiles", "TABLE")
    assert demo.rows("outsider", "show tables from customers") == []
    assert demo.rows("outsider", "show tables like '%'' or ''1''=''1'") == [], "a pattern is a pattern"


def test_describe(demo):
    analyst = {column: (kind, masked) for column, kind, _, masked, _ in demo.rows("analyst", "describe customers.profiles")}
    steward = {column: (kind, masked) for column, kind, _, masked, _ in demo.rows("steward", "show columns from customers.profiles")}
    assert analyst["email"][1] is True and steward["email"][1] is False
    assert "street" not in analyst["address"][0] and "street" in steward["address"][0]
    assert demo.rows("analyst", "desc information_schema.schemata")[0][0] == "catalog_name"
    for form in ("describe {}", "desc {}", "show columns from {}"):
        hidden = refusal(demo, "outsider", form.format("hr.salaries"))
        missing = refusal(demo, "outsider", form.format("hr.salariez"))
        assert hidden == (missing[0], missing[1].replace("salariez", "salaries"))
        assert "table `hr.salaries` does not exist" in hidden[1]


def test_settings(demo):
    assert demo.rows("analyst", "show purpose") == [("purpose", "reporting")]
    assert demo.rows("fraud", "show purpose", purpose="fraud") == [("purpose", "fraud")]
    assert demo.rows("outsider", "show purpose") == [("purpose", None)]
    assert demo.rows("outsider", "show session_user") == [("session_user", "outsider")]


@pytest.mark.parametrize("sql", ["show all", "show functions", "show processlist", "set purpose = 'fraud'", "show tables where table_name = 'x'"])
def test_other_forms_are_refused(demo, sql):
    _, text = refusal(demo, "outsider", sql)
    assert "is not supported" in text and "Hint: " in text


CHAINS = {
    "sums": ("1", "+1", 4_900 // 2),
    "alternatives": ("1=1", " or 1=2", 4_900 // 4),
    "negations of sums": ("1", "-(-1)", 4_900 // 3),
    "casts": ("1", "::int", 4_900 // 2),
    "texts": ("'a'", "||'b'", 4_900 // 2),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_the_longest_chains_are_answered(demo, chain):
    first, more, count = CHAINS[chain]
    assert len(demo.rows("outsider", f"select {first}{more * count} as x")) == 1
    if chain == "sums":
        table = demo.rows("outsider", f"select count(*) from inventory.products where ({first}{more * (count - 20)}) is not null")
        assert table == [(2000,)]


def test_planning_that_takes_too_long_gives_its_place_back(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    mesh.product("sales", "orders")
    mesh.data("data/sales/orders.parquet")
    # Two places, of which one principal has one: were it kept, the next statement would wait in vain.
    limits = {"planning_time": "1s", "queue_wait": "5s"}
    with serving(tmp_path, tmp_path / "mesh", ["reader"], limits=limits) as server:
        for chain in ("[1]" + "||[2]" * 1_200, "[1]" + "||2" * 2_400, "[1]" + "[1:1]" * 900):
            _, text = refusal(server, "reader", f"select {chain} as x")
            assert "the statement took longer than limits.planning_time = 1 s [WEFT-Q012]" in text, text[:300]
            assert server.rows("reader", "select count(*) from sales.orders") == [(3,)]


def test_a_longer_chain_is_refused_and_the_server_lives(demo):
    for sql in (
        "select 1" + "+1" * 200_000,
        "select 1" + " or true" * 60_000,
        "select 1" + " union all select 1" * 20_000,
        "select " + "-" * 5_000 + "1",
        "select " + "(" * 10_000 + "1" + ")" * 10_000,
        "select " + "not " * 20_000 + "true",
        "select " + "case when true then " * 5_000 + "1" + " end" * 5_000,
        "select " + "[" * 5_000 + "]" * 5_000,
        "select a" + ".b" * 50_000 + " from inventory.products",
        "select * from inventory.products p" + " join inventory.products q on true" * 3_000,
        "with a as (" * 2_000 + "select 1" + ") select 1" * 2_000,
    ):
        _, text = refusal(demo, "outsider", sql)
        assert "WEFT-Q00" in text, text[:300]
    assert demo.rows("outsider", "select 1") == [(1,)]


LARGE = [
    "repeat('x', 1000000000)", "lpad('x', 1000000000)", "rpad('x', 2000000000)", "array_length(array_repeat(1, 1000000000))",
    "array_length(array_repeat(array_repeat(array_repeat('x', 2000), 2000), 2000))", "array_length(range(0, 1000000000000))",
    "length(replace(repeat('a', 1000000), 'a', repeat('b', 1000000)))", "length(array_to_string(range(0, 1000000), repeat('b', 1000000)))",
    "length(regexp_replace(repeat('a', 1000000), 'a', repeat('b', 1000000), 'g'))", "cardinality(array_resize([1], 1000000000, 1))",
]


@pytest.mark.parametrize("expression", LARGE)
def test_a_value_larger_than_memory_is_refused(demo, expression):
    for sql in (f"select {expression}", f"select max({expression}) from inventory.products"):
        _, text = refusal(demo, "outsider", sql)
        assert "makes of one batch exceeds 67108864 bytes" in text, text[:300]
    assert demo.rows("outsider", "select 1") == [(1,)]


def test_growing_step_by_step_is_refused_too(demo):
    for step in ("x || x", "concat(x, x)", "concat_ws('', x, x)", "replace(x, 'a', 'aaaa')", "encode(x, 'hex')"):
        levels = [f"a{n} as (select {step} as x from a{n - 1})" for n in range(1, 40)]
        sql = "with a0 as (select name as x from inventory.products), " + ", ".join(levels) + " select max(length(x)) from a39"
        refusal(demo, "outsider", sql)
    assert demo.rows("outsider", "select 'a' || 1 || null, 'a' || 1, repeat('ab', 2), [1] || [2]") == [(None, "a1", "abab", [1, 2])]


@pytest.mark.parametrize(
    ("sql", "bound"),
    [
        ("select count(*) from (select unnest(range(1, 100000)) u from generate_series(1, 10000000))", "the constants that stand in every row"),
        ("select repeat('x', 100000), value from generate_series(1, 100000000)", "the constants that stand in every row"),
        ("select approx_percentile_cont(0.5, 2000000000) within group (order by value) from generate_series(1, 1000000)", "centroids"),
        ("with c0 as (select 1 a)" + "".join(f", c{n} as (select x.a from c{n - 1} x join c{n - 1} y on x.a = y.a)" for n in range(1, 14)) + " select * from c13", "copies of WITH"),
        ("select 1 from generate_series(1, 2) group by cube(" + ", ".join(f"value + {n}" for n in range(20)) + ")", "grouping sets"),
        ("select " + ",".join(["*"] * 1_900) + " from inventory.products a, inventory.products b", "wildcards that name more than 2000 tables"),
        ("select " + "array[" * 120 + "]" * 120, "more than 12 deep"),
        ("select " + "cast(" * 40 + "!" + " as int)" * 40, "more than 12 deep"),
    ],
)
def test_plans_that_would_not_fit_are_refused(demo, sql, bound):
    _, text = refusal(demo, "outsider", sql)
    assert bound in text, text[:300]


def test_now_is_now(demo):
    assert demo.rows("outsider", "select now() > timestamp '2020-01-01', current_date > date '2020-01-01'") == [(True, True)]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select v::varchar ~ '(' from generate_series(1, 3) t(v)", "the regular expression is not valid: unclosed group [WEFT-Q006]"),
        (r"select regexp_like(v::varchar, '(\w{0,500}a){3}b') from generate_series(1, 3) t(v)", "the regular expression is too large once compiled [WEFT-Q006]"),
        ("select sum(name) from inventory.products", "[FlightSQL] function 'sum' failed to match any signature [WEFT-Q005]"),
    ],
)
def test_a_callers_mistake_is_not_an_internal_error(demo, sql, says):
    _, text = refusal(demo, "outsider", sql)
    assert says in text, text
