"""Delta tables that Spark writes, and what Spark itself reads of them: tests/spark. Minutes, so only with WEFT_SLOW=1."""

import json
import os
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import sparks
from reading import asked, imported, plain, rows

sys.path.append(str(sparks.SPARK))

from names import COMPARED, DATED, READ, REFUSED, VARIANT  # noqa: E402

pytestmark = pytest.mark.skipif("WEFT_SLOW" not in os.environ, reason="writes tables with Spark for minutes")
VALUES = 4
HISTORY = """\
apiVersion: weft/v1
kind: Policy
rules:
  - {id: the-past-too, match: {product: "d.*"}, to: {roles: [r]}, allow: history}
"""


class Written:
    """What Spark wrote, and a mesh for each table that was asked for."""

    def __init__(self, folder):
        self.folder, self.meshes = folder, {}
        self.manifest = json.loads((folder / "manifest.json").read_text())

    def imported(self, name):
        """The exit code and the words of the import; the contract is what it makes."""
        if name not in self.meshes:
            mesh = self.folder / "meshes" / name
            self.meshes[name] = mesh, *imported(self.folder / "tables" / name, mesh)
            if self.meshes[name][1] == 0:
                (mesh / "d" / "policy.yaml").write_text(HISTORY)
        return self.meshes[name]

    def ask(self, name, sql):
        """A table, or what is said instead."""
        mesh, code, _, err = self.imported(name)
        assert code == 0, err
        out = mesh / "out.parquet"
        code, _, err = asked(mesh, sql, out)
        return pq.read_table(out) if code == 0 else err

    def expected(self, name, version=None):
        file = name if version is None else f"{name}@{version}"
        return pq.read_table(self.folder / "expected" / f"{file}.parquet")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark")
    sparks.written("write.py", "jars", folder)
    return Written(folder)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


NAMES = {"float": "REAL", "double": "DOUBLE", "date32[day]": "DATE", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT"}


def literal(value):
    """A value as SQL says it: instants by their number, as literals of them reach no further than nanoseconds do."""
    kind = value.type
    if pa.types.is_timestamp(kind):
        zone = 'Some("UTC")' if kind.tz else "None"
        return f"arrow_cast({value.cast(pa.int64()).as_py()}, 'Timestamp(Microsecond, {zone})')"
    if pa.types.is_string(kind):
        return "'" + value.as_py().replace("'", "''") + "'"
    if pa.types.is_boolean(kind):
        return str(value.as_py())
    if pa.types.is_decimal(kind):
        return f"CAST('{value.as_py():f}' AS DECIMAL({kind.precision}, {kind.scale}))"
    return f"CAST('{value.as_py()}' AS {NAMES[str(kind)]})"


def predicates(table, columns):
    """Comparisons with values that stand in the columns: the least, the largest, and some between."""
    for column in columns:
        name, found = quoted(column), pc.unique(table[column].combine_chunks()).drop_null()
        found = found.take(pc.sort_indices(found))
        if pa.types.is_string(found.type):
            # No command line holds a NUL.
            found = found.filter(pc.invert(pc.match_substring(found, "\0")))
        yield from (f"{name} IS NULL", f"{name} IS NOT NULL")
        for at in sorted({place * (len(found) - 1) // (VALUES - 1) for place in range(VALUES)}) if len(found) else []:
            value = literal(found[at])
            yield from (f"{name} {sign} {value}" for sign in ("=", "<=", ">"))


def lines(found):
    """Rows in an order of their own, without the columns that tests have added."""
    return sorted(json.dumps({name: plain(value) for name, value in row.items() if not name.startswith("?")}, default=str, sort_keys=True) for row in found)


@pytest.mark.parametrize("name", READ)
def test_rows_are_those_that_spark_reads(name, written):
    found, wanted = written.ask(name, "select * from d.p"), written.expected(name)
    assert isinstance(found, pa.Table), found
    assert found.column_names == wanted.column_names
    assert rows(found) == rows(wanted)
    assert written.ask(name, "select count(*) as n from d.p")["n"].to_pylist() == [wanted.num_rows]
    # What the log knows without the files, against the files.
    half = wanted.column_names[::-2]
    projected = written.ask(name, f"select {', '.join(map(quoted, half))} from d.p")
    assert rows(projected) == rows(wanted.select(half))


@pytest.mark.parametrize("name", COMPARED)
def test_files_that_are_left_out_hold_nothing_that_is_asked_for(name, written):
    """A condition that is only computed leaves out no file, and one that is asked for may."""
    asked_for = list(predicates(written.expected(name), written.manifest[name]["compared"]))
    everything = written.ask(name, "select *, " + ", ".join(f"({condition}) as \"?{number}\"" for number, condition in enumerate(asked_for)) + " from d.p")
    assert isinstance(everything, pa.Table), everything
    union = " union all ".join(f'select {number} as "?", * from d.p where {condition}' for number, condition in enumerate(asked_for))
    found = written.ask(name, union)
    assert isinstance(found, pa.Table), found
    all_rows, by_number = everything.to_pylist(), {}
    for row in found.to_pylist():
        by_number.setdefault(row.pop("?"), []).append(row)
    for number, condition in enumerate(asked_for):
        wanted = [row for row in all_rows if row[f"?{number}"]]
        assert lines(by_number.get(number, [])) == lines(wanted), condition


@pytest.mark.parametrize("name", DATED)
def test_older_versions(name, written):
    for version in written.manifest[name]["older"]:
        found, wanted = written.ask(name, f"select * from d.p version as of {version}"), written.expected(name, version)
        assert isinstance(found, pa.Table), (version, found)
        assert rows(found) == rows(wanted.select(found.column_names)), version
        count = written.ask(name, f"select count(*) as n from d.p version as of {version}")
        assert count["n"].to_pylist() == [wanted.num_rows], version


@pytest.mark.parametrize("name", DATED)
def test_versions_that_cannot_be_read(name, written):
    """Cleaned away, never there, or of columns that the contract does not know."""
    for version in [*written.manifest[name]["gone"], 10_000]:
        found = written.ask(name, f"select * from d.p version as of {version}")
        assert "error[WEFT-Q015]" in str(found), (version, found)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named(name, written):
    mesh, code, _, err = written.imported(name)
    if code == 0:
        code, _, err = asked(mesh, "select * from d.p", mesh / "out.parquet")
    assert code != 0 and written.manifest[name]["says"] in err, err


def test_a_variant_is_left_out_by_name(written):
    _, code, out, err = written.imported(VARIANT)
    assert code == 0 and written.manifest[VARIANT]["says"] in out, err
    assert written.ask(VARIANT, "select * from d.p").to_pylist() == [{"id": 1}]
