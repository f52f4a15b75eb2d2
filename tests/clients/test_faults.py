"""Stores that fail: the right answer, or soon an error that says whether another try can help."""

import random
import re
import time

import pytest

from lakes import ROWS, asked, imported, lake, mesh, put, table
from stores import SECRET


def storm(*faults, share):
    dice = random.Random(11)
    return lambda number, request: dice.choice(faults) if dice.random() < share else None


@pytest.mark.parametrize("fault", [503, 500, 429, "reset", "short"])
def test_what_passes_is_tried_again(fault, s3, proxy, tmp_path):
    """A third of all requests fails, in one way or another, and every row comes all the same."""
    put(s3.files, "lake/d/storm/a.parquet", table(), row_group_size=5_000)
    mesh(tmp_path, [lake(proxy.url)], retries=20, connect_time=2)
    assert imported(tmp_path, "s3://lake/d/storm")[0] == 0
    proxy.fault = storm(fault, share=0.3)
    found, err = asked(tmp_path, "select count(*) as n, sum(id) as s, count(distinct noise) as d from d.t")
    assert found == [{"n": ROWS, "s": ROWS * (ROWS - 1) // 2, "d": ROWS}], err


# Streams fail beside each other, and each has a reference of its own.
AWAY = re.compile(
    r"^error\[WEFT-G004\]: the storage of product `d.t` failed \(reference (g\d{6})\)\n"
    r"  hint: Try again; if it stays so, ask the owners of `d.t` and name the reference \1.\n",
    re.M,
)
FOR_GOOD = [503, "reset", "short", "hang", 404, 403]


@pytest.mark.parametrize("fault", FOR_GOOD)
def test_what_stays_wrong_ends_in_time(fault, s3, proxy, tmp_path):
    """The store answers until the data is asked for, and then no more: an error, soon, that says what may help."""
    put(s3.files, "lake/d/gone/a.parquet", table(), row_group_size=5_000)
    mesh(tmp_path, [lake(proxy.url)], retries=2, retry_time=3, request_time=1, connect_time=1)
    assert imported(tmp_path, "s3://lake/d/gone")[0] == 0
    size = s3.files.get_file_info("lake/d/gone/a.parquet").size
    tail = re.compile(rf"bytes=\d+-{size - 1}")
    proxy.fault = lambda number, request: fault if request.range and not tail.fullmatch(request.range) else None
    began = time.monotonic()
    code, err = asked(tmp_path, "select sum(id) as s, count(distinct noise) as d from d.t")
    assert code == 1 and AWAY.search(err), err
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("fault", FOR_GOOD)
def test_a_store_that_is_away_from_the_start(fault, s3, proxy, tmp_path):
    """Nobody knows what a listing would have said: the product is not called broken, nor empty."""
    put(s3.files, "lake/d/away/a.parquet", table(10))
    mesh(tmp_path, [lake(proxy.url)], retries=2, retry_time=3, request_time=1, connect_time=1)
    assert imported(tmp_path, "s3://lake/d/away")[0] == 0
    proxy.fault = lambda number, request: fault
    began = time.monotonic()
    code, err = asked(tmp_path, "select count(*) as n from d.t")
    assert code == 1 and AWAY.search(err), err
    # Whoever runs the command has no other log: what the store said is said to them.
    assert re.search(r"^`d.t` cannot be read: reading `s3://lake/d/away` failed: .*\(reference g000001\)$", err, re.M), err
    assert SECRET not in err and time.monotonic() - began < 15
    proxy.fault = None
    assert asked(tmp_path, "select count(*) as n from d.t")[0] == [{"n": 10}]


def test_damage_on_the_way_is_no_wrong_answer(s3, proxy, tmp_path):
    """Bits that flip between the store and us: pages have checksums, and what does not decode is an error."""
    put(s3.files, "lake/d/flip/a.parquet", table(5_000), row_group_size=1_000, write_page_checksum=True, write_statistics=False)
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, "s3://lake/d/flip")[0] == 0
    seen = set()
    for turn in range(12):
        proxy.fault = lambda number, request, turn=turn: "flip" if request.range and number % 3 == turn % 3 else None
        found, err = asked(tmp_path, "select count(*) as n, sum(id) as s, count(distinct noise) as d from d.t")
        if found == 1:
            assert re.search(r"error\[WEFT-(G001|G004|Q007)\]", err), err
            seen.add("error")
        else:
            assert found == [{"n": 5_000, "s": 12_497_500, "d": 5_000}]
            seen.add("rows")
    assert "error" in seen


def test_files_that_vanish_and_listings_that_lag(s3, proxy, tmp_path):
    """What a listing still shows and the store no longer has is an error that a later try does not meet."""
    for name in "ab":
        put(s3.files, f"lake/d/lag/{name}.parquet", table(10))
    mesh(tmp_path, [lake(proxy.url)])
    assert imported(tmp_path, "s3://lake/d/lag")[0] == 0
    proxy.fault = lambda number, request: 404 if "b.parquet" in request.path else None
    code, err = asked(tmp_path, "select count(*) as n from d.t")
    assert code == 1 and "WEFT-G004" in err, err
    s3.files.delete_file("lake/d/lag/b.parquet")
    proxy.fault = None
    assert asked(tmp_path, "select count(*) as n from d.t")[0] == [{"n": 10}]
