"""Iceberg tables that Spark writes, in plain folders and through a REST catalog, and what Spark itself reads of them:
tests/spark/iceberg. Minutes, so only with WEFT_SLOW=1."""

import json
import os
import re
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rest_catalogs
import sparks
from catalogued import Catalogued
from command import weft
from meshes import USERS
from reading import imported, rows

sys.path.append(str(sparks.SPARK / "iceberg"))

from iceberg_names import ALL, CONDITIONED, DATED, GONE, GOVERNED, NANOSECONDS, READ, REFUSED, VARIANT  # noqa: E402

pytestmark = pytest.mark.skipif("WEFT_SLOW" not in os.environ, reason="writes tables with Spark for minutes")
MASKED = "***"
# Who reads everything, who reads some rows and one column masked, and who reads nothing.
READER, OTHER, STRANGER = "reader", "other", "stranger"
LEFT_OUT = ["variant"]


def rules(product, governed, readers, others):
    """Of a product, beside that readers read it: who sees what of it."""
    yield f'{{id: the-past-of-{product}, match: {{product: d.{product}}}, to: {readers}, allow: history}}'
    if governed:
        column = f"match: {{product: d.{product}, column: {governed['masked']}}}"
        yield f"{{id: some-of-{product}, match: {{product: d.{product}}}, to: {others}, allow: read, rows: {json.dumps(governed['rows'])}}}"
        yield f'{{id: {product}-masked, {column}, mask: {{action: constant, value: "{MASKED}"}}}}'
        yield f"{{id: {product}-clear, {column}, to: {readers}, clear: true}}"


class Plain:
    """A mesh for each table that was asked for, as `weft import` makes it of the table's folder. In questions, `{t}` is the table."""

    def __init__(self, folder, manifest):
        self.folder, self.manifest, self.meshes = folder, manifest, {}

    def imported(self, name):
        """The exit code and the words of the import."""
        if name not in self.meshes:
            mesh = self.folder / "meshes" / name
            self.meshes[name] = mesh, *imported(self.folder / "plain" / name, mesh)
            if self.meshes[name][1] == 0:
                said = rules("p", self.manifest[name].get("governed"), "{roles: [r]}", "{roles: [others]}")
                (mesh / "d" / "policy.yaml").write_text("apiVersion: weft/v1\nkind: Policy\nrules:\n" + "".join(f"  - {rule}\n" for rule in said))
        return self.meshes[name]

    def ask(self, name, sql, who=READER):
        """A table, or what is said instead."""
        mesh, code, _, err = self.imported(name)
        if code != 0:
            return err
        role = {READER: "r", OTHER: "others", STRANGER: "none"}[who]
        code, _, err = weft("sql", "--catalog", mesh, "--user", "u", "--roles", role, "-c", sql.replace("{t}", "d.p"), "-o", mesh / "out.parquet")
        return pq.read_table(mesh / "out.parquet") if code == 0 else err


class Named:
    """One mesh over all tables, which a catalog knows by their names."""

    def __init__(self, folder, manifest, server):
        folder.mkdir()
        self.own, self.manifest = Catalogued(folder, server), manifest
        made = {name: entry for name, entry in manifest.items() if "failed" not in entry}
        further = [rule for name, entry in made.items() for rule in rules(name, entry.get("governed"), "{groups: [readers]}", "{groups: [others]}")]
        for name, entry in made.items():
            self.own.product(name, [field for field in entry["fields"] if field["type"] not in LEFT_OUT], name=name, rules=further)
        self.own.mesh.write("users.yaml", USERS + f"  - {{name: {OTHER}, groups: [others], roles: [], purposes: [], attributes: {{}}}}\n")

    def ask(self, name, sql, who=READER):
        out = self.own.folder / "out.parquet"
        code, _, err = self.own.run("sql", "--as", who, "-c", sql.replace("{t}", f"d.{name}"), "-o", out)
        return pq.read_table(out) if code == 0 else err


class Written:
    """What Spark wrote, what it reads of it, and two ways to ask Weft for it."""

    def __init__(self, folder, server):
        self.folder, self.manifest = folder, json.loads((folder / "manifest.json").read_text())
        self.doors = {"plain": Plain(folder, self.manifest["plain"]), "rest": Named(folder / "named", self.manifest["rest"], server)}

    def ask(self, where, name, sql="select * from {t}", who=READER):
        """A table, or what is said instead."""
        return self.doors[where].ask(name, sql, who)

    def read(self, *question, **more):
        """A table."""
        found = self.ask(*question, **more)
        assert isinstance(found, pa.Table), found
        return found

    def expected(self, where, file):
        return pq.read_table(self.folder / "expected" / where / f"{file}.parquet")

    def numbers(self, where, name, conditions, who=READER):
        """For each condition, the numbers in the column `id` of its rows."""
        union = " union all ".join(f'select {at} as "?", id from {{t}} where {condition}' for at, condition in enumerate(conditions))
        found = {at: [] for at, _ in enumerate(conditions)}
        for row in self.read(where, name, union, who=who).to_pylist():
            found[row["?"]].append(row["id"])
        return {condition: sorted(found[at], key=lambda number: (number is None, number)) for at, condition in enumerate(conditions)}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("spark"), tmp_path_factory.mktemp("catalog")
    (home / "warehouse").mkdir()
    with rest_catalogs.catalog(home) as server:
        sparks.written("iceberg/write.py", "iceberg", folder / "written", server.url)
        yield Written(folder / "written", server)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def each(names):
    """Tables by their names, where each of them lies."""
    return pytest.mark.parametrize(("where", "name"), [(where, name) for name in names for where in ("plain", "rest")])


@each(ALL)
def test_its_files_lie_where_they_are_asked_for(where, name, written):
    """So that tables of the one kind are not mistaken for those of the other."""
    entry = written.manifest[where][name]
    assert "failed" not in entry, entry["failed"]
    lies = {"plain": str(written.folder / "plain" / name), "rest": f"{written.doors['rest'].own.server.warehouse}/shop/{name}"}
    assert entry["folder"].removeprefix("file:") == lies[where].removeprefix("file:")


def test_a_mesh_over_all_tables_of_the_catalog_is_valid(written):
    """Until they are opened."""
    code, out, _ = written.doors["rest"].own.run("validate")
    assert code == 0, out


@each(READ)
def test_rows_are_those_that_spark_reads(where, name, written):
    found, wanted = written.read(where, name), written.expected(where, name)
    assert found.column_names == wanted.column_names
    assert rows(found) == rows(wanted)
    assert written.read(where, name, "select count(*) as n from {t}")["n"].to_pylist() == [wanted.num_rows]
    half = wanted.column_names[::-2]
    assert rows(written.read(where, name, f"select {', '.join(map(quoted, half))} from {{t}}")) == rows(wanted.select(half))


@each(CONDITIONED)
def test_conditions_have_the_rows_that_spark_says(where, name, written):
    """Whatever files are left out for them."""
    wanted = written.manifest[where][name]["where"]
    assert written.numbers(where, name, list(wanted)) == wanted


@each(DATED)
def test_older_versions(where, name, written):
    """By number, by time, by branch and by tag."""
    for clause, file in written.manifest[where][name]["older"]:
        found, wanted = written.read(where, name, f"select * from {{t}} {clause}"), written.expected(where, file)
        assert found.column_names == wanted.column_names, clause
        assert rows(found) == rows(wanted), clause
        assert written.read(where, name, f"select count(*) as n from {{t}} {clause}")["n"].to_pylist() == [wanted.num_rows], clause


@each(GONE)
def test_versions_that_cannot_be_read(where, name, written):
    """Expired, never there, or of columns that the contract does not know."""
    clauses = written.manifest[where][name]["gone"]
    assert clauses
    for clause in clauses:
        assert "error[WEFT-Q015]" in str(written.ask(where, name, f"select * from {{t}} {clause}")), clause


@each(GOVERNED)
def test_who_sees_some_rows_and_a_mask(where, name, written):
    entry = written.manifest[where][name]
    governed, columns = entry["governed"], [field["name"] for field in entry["fields"]]
    everything, wanted = written.expected(where, name), written.expected(where, governed["file"])
    assert 0 < wanted.num_rows < everything.num_rows and wanted.column_names == columns
    found = written.read(where, name, who=OTHER)
    assert found.column_names == columns and rows(found) == rows(wanted)
    # By what is shown, and by nothing else.
    shown = f"select count(*) as n from {{t}} where {governed['masked']} = '{MASKED}'"
    assert written.read(where, name, shown, who=OTHER)["n"].to_pylist() == [wanted.num_rows]
    assert written.read(where, name, shown)["n"].to_pylist() == [0]
    mine = set(wanted["id"].to_pylist())
    conditions = {condition: numbers for condition, numbers in entry["where"].items() if not re.search(rf"\b{governed['masked']}\b", condition)}
    assert written.numbers(where, name, list(conditions), who=OTHER) == {condition: [number for number in numbers if number in mine] for condition, numbers in conditions.items()}
    assert "does not exist" in written.ask(where, name, who=STRANGER)
    for clause, _ in entry["older"]:
        assert "error[WEFT-" in str(written.ask(where, name, f"select * from {{t}} {clause}", who=OTHER)), clause


@each([NANOSECONDS])
def test_nanoseconds_and_times_are_those_that_icebergs_library_reads(where, name, written):
    found = written.read(where, name)
    assert [found.schema.field(column).type for column in ("tn", "tz")] == [pa.timestamp("ns"), pa.timestamp("ns", "UTC")]
    plain = [found["id"], *(found[column].cast(pa.int64()) for column in ("tn", "tz")), found["tm"].cast(pa.time64("ns")).cast(pa.int64())]
    assert sorted(zip(*(column.to_pylist() for column in plain))) == sorted(map(tuple, written.manifest[where][name]["answers"]))


@each(REFUSED)
def test_what_cannot_be_read_is_named(where, name, written):
    assert written.manifest[where][name]["says"] in str(written.ask(where, name))


@each([VARIANT])
def test_a_variant_is_left_out_by_name(where, name, written):
    if where == "plain":
        _, code, out, err = written.doors[where].imported(name)
        assert code == 0 and "`v`" in out, (out, err)
    assert rows(written.read(where, name)) == rows(written.expected(where, name))
