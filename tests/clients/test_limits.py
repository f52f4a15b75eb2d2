"""Answers larger than memory: streamed, left early, sorted beyond the disk that is allowed. The process keeps to its limit."""

import os
import re
import time
import urllib.request

import adbc_driver_manager
import pyarrow.flight
import pytest

from commands import Flight
from servers import free_address, serving
from watch import Watch

MIB = 2**20
MEMORY = 512 * MIB
# What the process may hold beside what statements reserve.
BESIDE = 300 * MIB
SLOW = "WEFT_SLOW" in os.environ
TIMES = 5_000 if SLOW else 200
SPILL = (1024 if SLOW else 128) * MIB
CROSS = f"select i.* from orders.order_items i, generate_series(1, {TIMES})"


@pytest.fixture
def served(demo, tmp_path):
    limits = {"memory": MEMORY, "statement_memory": MEMORY // 2}
    admin = free_address()
    with serving(tmp_path, demo.mesh, ["steward"], limits=limits, spill={"max": SPILL}, admin={"listen": admin}) as server:
        server.admin = admin
        yield server


def idle(server):
    """Waits until nothing of any statement is left; says what was."""
    held = {}
    for _ in range(100):
        with urllib.request.urlopen(f"http://{server.admin}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        held = {name: int(value) for name, value in re.findall(r"^(weft_(?:statements_running|memory_reserved_bytes|spill_bytes)) (\d+)$", text, re.MULTILINE)}
        assert len(held) == 3
        if not any(held.values()):
            return held
        time.sleep(0.1)
    return held


def test_answers_larger_than_memory(served):
    [(items,)] = served.rows("steward", "select count(*) from orders.order_items")
    with Watch(served.process) as watch:
        with served.connect("steward") as connection, connection.cursor() as cursor:
            cursor.execute(CROSS)
            reader, read = cursor.fetch_record_batch(), 0
            while read < items * TIMES // 100:
                read += reader.read_next_batch().num_rows
            reader.close()
        assert not any(idle(served).values())
        assert served.rows("steward", "select count(*) from orders.order_items") == [(items,)]
        with pytest.raises(adbc_driver_manager.Error) as refused:
            served.rows("steward", CROSS + " order by i.quantity, i.order_id")
        assert f"the statement's spill exceeds spill.max = {SPILL} bytes [WEFT-Q011]" in str(refused.value)
        assert not any(idle(served).values())
        assert served.rows("steward", "select count(*) from orders.order_items") == [(items,)]
    print(f"read {read} rows of {items * TIMES}; the process held {watch.most // MIB} MiB at most")
    assert watch.most < MEMORY + BESIDE, f"{watch.most // MIB} MiB"


# What no operator reserves memory for: each of these filled gigabytes in seconds.
UNTOLD = {
    "a list that a join repeats": (
        "select count(array_length(a)) from (select range(0, 100000 + v) a from generate_series(1, 2) s(v)) x cross join generate_series(1, 16384) t(v)",
        "what a join or an unnest repeats",
    ),
    "a list that a condition repeats": (
        "select count(array_length(a)) from (select range(0, 100000 + v) a, v from generate_series(1, 2) s(v)) x join generate_series(1, 16384) t(w) on v < w",
        "what a join or an unnest repeats",
    ),
    "a list beside an unnested one": (
        "select count(array_length(a)) from (select range(0, 100000 + v) a, unnest(range(0, 100000 + v)) b from generate_series(1, 2) s(v)) x",
        "what a join or an unnest repeats",
    ),
    "a window over everything": (
        "select count(s) from (select sum(v) over () s from generate_series(1, 2000000000) t(v)) q",
        "limits.statement_memory",
    ),
    "a window over values": (
        "select count(s) from (select sum(v) over (order by v range between 1000000000 preceding and current row) s from generate_series(1, 2000000000) t(v)) q",
        "limits.statement_memory",
    ),
    "a window that looks far ahead": (
        "select count(s) from (select lead(v, 2000000000) over (order by v) s from generate_series(1, 2000000000) t(v)) q",
        "the offset 2000000000 of a window exceeds 1000000 rows",
    ),
    "a recursion that grows": (
        "with recursive r as (select 1 x union all select x + 1 from r, generate_series(1, 1000)) select count(*) from r",
        "limits.statement_memory",
    ),
    "a pattern a row": (
        "select count(regexp_count('aaaa', concat('\\w{40}\\w{40}\\w{40}\\w{40}', cast(v as varchar)))) from generate_series(1, 16384) t(v)",
        "`regexp_count` with a pattern that is not the same for every row",
    ),
    "a pattern a row in an operator": (
        "select count('aaaa' ~ concat('\\w{40}\\w{40}\\w{40}\\w{40}', cast(v as varchar))) from generate_series(1, 16384) t(v)",
        "`~` with a pattern that is not the same for every row",
    ),
    "wildcards": (
        "select " + ",".join(["*"] * 300_000) + " from orders.order_items a, orders.order_items b",
        "a statement with more than 2000 wildcards",
    ),
    # And what gives its thread back to nobody.
    "an edit distance": (
        "select count(levenshtein(rpad('a', 300000 + v), rpad('b', 300000 + v, 'b'))) from (select v from generate_series(1, 200000) t(v) where v % 6000 = 1) x",
        "what `levenshtein` compares for one batch exceeds 1000000000 pairs",
    ),
    "an edit distance of constants": (
        "select levenshtein(rpad('a', 10000000), rpad('b', 10000000, 'b'))",
        "what `levenshtein` compares for one batch exceeds 1000000000 pairs",
    ),
    "lists in lists": (
        "select count(array_has_all(range(0, 100000 + v), range(1, 100000 + v))) from generate_series(1, 4) t(v)",
        "what `array_has_all` compares for one batch",
    ),
}


def test_what_no_pool_knows_of_is_bounded(served):
    for name, (sql, reason) in UNTOLD.items():
        with Watch(served.process) as watch, pytest.raises(adbc_driver_manager.Error) as refused:
            served.rows("steward", sql)
        assert reason in str(refused.value), f"{name}: {refused.value}"
        assert not any(idle(served).values()), name
        assert watch.most < MEMORY + BESIDE, f"{name}: {watch.most // MIB} MiB"
    with Watch(served.process) as watch:
        flight = Flight(served, "steward")
        long = f"select count(*) from orders.order_items where quantity in ({', '.join(map(str, range(50_000)))})"
        for _ in range(10):
            flight.client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(long), flight.options)
    assert watch.most < MEMORY + BESIDE, f"plans that wait: {watch.most // MIB} MiB"
    assert served.rows("steward", "select count(*) from (select lag(v, 3) over (order by v) s, row_number() over () from generate_series(1, 1000) t(v)) q") == [(1000,)]
    assert served.rows("steward", "select max(levenshtein(name, 'kitten')) from inventory.products")[0][0] > 3
    assert served.rows("steward", "select count(*) from (select array_agg(product_id) a from inventory.products) x cross join generate_series(1, 10)") == [(10,)]
    assert served.rows("steward", "select x.a[1], u from (select [1, 2] a, unnest([3, 4]) u) x order by u") == [(1, 3), (1, 4)]
    assert served.rows("steward", "select count(*) from inventory.products where regexp_like(name, '^[A-Z]')")[0][0] > 0
