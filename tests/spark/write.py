"""Writes the tables, what Spark itself reads of them, and `manifest.json`: write.py JARS FOLDER.

`FOLDER/tables/NAME` is a table, `FOLDER/expected/NAME.parquet` its rows, and `NAME@3.parquet` those of version 3."""

import concurrent.futures
import json
import pathlib
import shutil
import sys
import time

import deletions
import edited
import evolution
import logs
import mapping
import names
import partitions
import refused
import session
import types_of
import widening
from making import MADE, made

MODULES = [types_of, partitions, deletions, mapping, widening, logs, evolution, edited, refused]
# Instants as everybody reads them, as they are, and columns by their names alone.
PLAIN = {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS", "spark.sql.parquet.fieldId.write.enabled": "false"}


def kept(spark, folder, version, out):
    """Writes the rows that Spark reads as one file."""
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    rows, beside = reader.load(str(folder)), out.with_suffix(".parts")
    before = {key: spark.conf.get(key) for key in PLAIN}
    for key, value in PLAIN.items():
        spark.conf.set(key, value)
    rows.coalesce(1).write.parquet(str(beside))
    for key, value in before.items():
        spark.conf.set(key, value)
    (part,) = beside.glob("part-*.parquet")
    part.rename(out)
    shutil.rmtree(beside)


def one(spark, name, folder):
    """A table, its rows, and its entry in the manifest."""
    began, recipe = time.monotonic(), MADE[name]
    spark = session.beside(spark)
    table, says = made(spark, name, folder / "tables")
    if recipe.same:
        shutil.copy(folder / "expected" / f"{recipe.of}.parquet", folder / "expected" / f"{name}.parquet")
    elif not says:
        kept(spark, table.folder, None, folder / "expected" / f"{name}.parquet")
    for version in recipe.older:
        kept(spark, table.folder, version, folder / "expected" / f"{name}@{version}.parquet")
    seconds = round(time.monotonic() - began, 1)
    return {"older": recipe.older, "gone": recipe.gone, "compared": recipe.compared, "says": says, "seconds": seconds}


def tried(spark, name, folder):
    """What cannot be made leaves the others be."""
    try:
        return one(spark, name, folder)
    except Exception as error:
        print(f"{name}: {error}", file=sys.stderr)
        return {"failed": str(error)[:2000]}


def rounds(wanted):
    """Names, those first that others are copies of."""
    ready = set()
    while left := [name for name in wanted if name not in ready]:
        now = [name for name in left if MADE[name].of is None or MADE[name].of in ready]
        yield now
        ready.update(now)


def main(jars, folder, *only):
    assert sorted(MADE) == sorted(names.ALL), sorted(set(MADE) ^ set(names.ALL))
    assert {name for name in MADE if MADE[name].compared} == set(names.COMPARED)
    assert {name for name in MADE if MADE[name].older or MADE[name].gone} == set(names.DATED)
    folder = pathlib.Path(folder).resolve()
    for part in ("tables", "expected"):
        (folder / part).mkdir(parents=True)
    spark, manifest = session.begun(jars, folder, session.DELTA), {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for now in rounds(only or list(MADE)):
            manifest |= zip(now, pool.map(lambda name: tried(spark, name, folder), now))
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    spark.stop()
    return [name for name, entry in manifest.items() if "failed" in entry]


sys.exit(1 if main(*sys.argv[1:]) else 0)
