"""Writes the tables twice, in plain folders and through a REST catalog, what Spark itself reads of them, and `manifest.json`:
write.py JARS FOLDER CATALOG [NAME ...], CATALOG being its address.

`FOLDER/plain/NAME` is a table, `FOLDER/expected/plain/NAME.parquet` its rows; those of the catalog lie where it says."""

import concurrent.futures
import json
import pathlib
import shutil
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import deleted  # noqa: E402
import evolved  # noqa: E402
import iceberg_names  # noqa: E402
import kept  # noqa: E402
import kinds  # noqa: E402
import session  # noqa: E402
import spread  # noqa: E402
import unread  # noqa: E402
from laying import LAID, Table  # noqa: E402

MODULES = [kinds, spread, deleted, evolved, kept, unread]
MASKED = "***"
# Versions of a table that are asked for, at most, by number and by time each.
VERSIONS = 4


def settings(folder, address):
    catalog = "org.apache.iceberg.spark.SparkCatalog"
    said = {"plain": {"type": "hadoop", "warehouse": folder / "plain"}, "rest": {"type": "rest", "uri": address}}
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        **{f"spark.sql.catalog.{name}": catalog for name in said},
        **{f"spark.sql.catalog.{name}.{key}": str(value) for name, more in said.items() for key, value in {**more, "cache-enabled": "false"}.items()},
        # Instants as everybody reads them.
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    }


def some(several):
    """The first, the last, and some between."""
    return [several[at] for at in sorted({place * (len(several) - 1) // (VERSIONS - 1) for place in range(VERSIONS)})] if several else []


class Answers:
    """Where what Spark reads of one table is kept."""

    def __init__(self, table, recipe, folder):
        self.table, self.recipe, self.folder = table, recipe, folder

    def keep(self, name, select="*", at="", where=""):
        """Rows as one file."""
        beside = self.folder / f"{name}.parts"
        self.table.spark.sql(f"SELECT {select} FROM {self.table.full} {at} {where}").coalesce(1).write.parquet(str(beside))
        (part,) = beside.glob("part-*.parquet")
        part.rename(self.folder / f"{name}.parquet")
        shutil.rmtree(beside)
        return name

    def where(self):
        """For each condition the numbers of its rows. Conditions are computed, as Iceberg's library leaves out files that hold such
        rows where it is asked for NaN, for zeros of either sign, and for the least numbers where partitions truncate them."""
        conditions = self.recipe.where
        if not conditions:
            return {}
        found = self.table.spark.sql(f"SELECT id, {', '.join(f'({condition})' for condition in conditions)} FROM {self.table.full}").collect()
        found.sort(key=lambda row: (row[0] is None, row[0]))
        return {condition: [row[0] for row in found if row[at]] for at, condition in enumerate(conditions, 1)}

    def as_now(self, name, snapshot):
        """A version in the columns of today, which Spark has for branches alone."""
        self.table.alter(f"CREATE BRANCH of_then AS OF VERSION {snapshot}")
        self.keep(name, at="VERSION AS OF 'of_then'")
        self.table.alter("DROP BRANCH of_then")
        return name

    def older(self):
        """Clauses behind the table's name, and the files of their rows. A tag whose name is a number is none that can be asked for."""
        history, refs = self.table.history(), self.table.refs()
        asked = [(f"version as of {snapshot}", snapshot) for snapshot in some(sorted({snapshot for snapshot, _ in history}))]
        asked += [(f"timestamp as of '{moment}'", [one for one, since in history if since <= moment][-1]) for _, moment in some(history)]
        asked += [(f"version as of '{name}'", None if kind == "BRANCH" else snapshot) for name, kind, snapshot in refs if not name.isdigit()]
        for number, (clause, snapshot) in enumerate(asked):
            file = f"{self.table.name}@{number}"
            if self.recipe.evolved and snapshot is not None:
                yield clause, self.as_now(file, snapshot)
            else:
                yield clause, self.keep(file, at=clause)

    def governed(self):
        rows, masked = self.recipe.governed
        columns = [f"'{MASKED}' AS {name}" if name == masked else name for name in self.table.spark.table(self.table.full).columns]
        return {"rows": rows, "masked": masked, "file": self.keep(f"{self.table.name}@some", ", ".join(columns), where=f"WHERE {rows}")}


def one(spark, catalog, name, folder):
    """A table, its rows, and its entry in the manifest."""
    began, recipe, spark = time.monotonic(), LAID[name], session.beside(spark)
    table = Table(spark, catalog, name)
    answers = Answers(table, recipe, folder / "expected" / catalog)
    recipe.make(table)
    assert not recipe.holds or recipe.holds <= table.kinds(), table.kinds()
    said = {"fields": table.fields(), "folder": table.folder, "gone": table.gone, "says": recipe.says}
    if table.answers:
        said["answers"] = table.answers
    else:
        answers.keep(name, "id, s" if name == iceberg_names.VARIANT else "*")
        said["where"] = answers.where()
        said["older"] = list(answers.older()) if recipe.dated else []
        said["governed"] = answers.governed() if recipe.governed else None
    return {**said, "seconds": round(time.monotonic() - began, 1)}


def tried(spark, catalog, name, folder):
    """What cannot be made leaves the others be, and fails the tests of it."""
    try:
        return one(spark, catalog, name, folder)
    except Exception as error:
        print(f"{catalog} {name}: {error}", file=sys.stderr)
        return {"failed": str(error)[:2000]}


def main(jars, folder, address, *only):
    assert sorted(LAID) == sorted(iceberg_names.ALL), sorted(set(LAID) ^ set(iceberg_names.ALL))
    assert {name for name in LAID if LAID[name].where} == set(iceberg_names.CONDITIONED)
    assert {name for name in LAID if LAID[name].dated} == set(iceberg_names.DATED)
    assert {name for name in LAID if LAID[name].governed} == set(iceberg_names.GOVERNED)
    folder = pathlib.Path(folder).resolve()
    for catalog in ("plain", "rest"):
        (folder / "expected" / catalog).mkdir(parents=True)
    spark = session.begun(jars, folder, settings(folder, address))
    spark.sql("CREATE NAMESPACE IF NOT EXISTS rest.shop")
    wanted = [(catalog, name) for name in only or LAID for catalog in ("plain", "rest")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = dict(zip(wanted, pool.map(lambda pair: tried(spark, *pair, folder), wanted)))
    manifest = {catalog: {name: entry for (here, name), entry in made.items() if here == catalog} for catalog in ("plain", "rest")}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    spark.stop()


main(*sys.argv[1:])
