"""`weft import`: the contract of data that is there, its second run, and what it proposes."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from command import weft

MAILS = [f"someone{at}@mail.example" for at in range(40)] + ["nobody"] * 10


def people(path):
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), False, metadata={"comment": "The key."}),
            pa.field("contact", pa.string()),
            pa.field("BirthDate", pa.date32()),
            pa.field("home", pa.struct([("zip_code", pa.string())])),
        ]
    )
    rows = [{"id": at, "contact": mail, "BirthDate": None, "home": None} for at, mail in enumerate(MAILS)]
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def test_a_product_of_a_file(tmp_path):
    """The contract passes, says what the file says, and tags carry their reasons and no value."""
    people(tmp_path / "people.parquet")
    code, out, err = weft("import", "people.parquet", "--domain", "crm", "--reader", "clerk", "--classification", "internal", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out == (
        "crm.people: people.parquet (1 file, 50 rows): written\n"
        "  id         BIGINT        never NULL\n"
        "  contact    VARCHAR       pii:email (values:email: 40 of 50 values)\n"
        "  BirthDate  DATE          pii:birth_date (name:birth)\n"
        "  home       STRUCT<zip_code VARCHAR>  pii:address (name:address)\n"
        f"  wrote {tmp_path}/mesh/crm/people/people.odps.yaml\n"
        f"  wrote {tmp_path}/mesh/crm/people/people-v1.odcs.yaml\n"
        f"wrote mesh/weft.yaml, which lets every contract of the mesh read below\n  {tmp_path}\n"
    )
    contract = (tmp_path / "mesh/crm/people/people-v1.odcs.yaml").read_text()
    assert "someone" not in contract and "someone" not in out
    assert '        name: "id"\n        logicalType: integer\n        physicalType: bigint\n        description: "The key."\n        required: true\n' in contract
    assert weft("validate", "--strict", "--bind", "mesh", cwd=tmp_path)[::2] == (0, "")
    ask = ["sql", "--catalog", "mesh", "--user", "u", "--output", "csv", "-c", "select count(*) as n, max(id) as m from crm.people"]
    assert weft(*ask, "--roles", "clerk", cwd=tmp_path)[:2] == (0, "n,m\n50,49\n")
    code, _, err = weft(*ask, "--roles", "other", cwd=tmp_path)
    assert code == 1 and "WEFT-Q" in err


def test_a_second_run_shows_what_changed_and_keeps_what_the_owner_said(tmp_path):
    people(tmp_path / "people.parquet")
    run = ["import", "people.parquet", "--domain", "crm", "--into", "mesh"]
    assert weft(*run, "--reader", "clerk", "--classification", "internal", cwd=tmp_path)[0] == 0
    path = tmp_path / "mesh/crm/people/people-v1.odcs.yaml"
    edited = path.read_text().replace('        tags: ["pii:birth_date"]\n', "").replace("The key.", "The number on the card.")
    path.write_text(edited)
    code, out, _ = weft(*run, cwd=tmp_path)
    assert (code, path.read_text()) == (0, edited), out
    assert out.startswith("crm.people: people.parquet (1 file, 50 rows): unchanged\n")
    table = pq.read_table(tmp_path / "people.parquet").append_column("extra", pa.array([1] * 50, pa.int32()))
    pq.write_table(table, tmp_path / "people.parquet")
    code, out, _ = weft(*run, cwd=tmp_path)
    assert (code, path.read_text()) == (1, edited)
    assert '+        name: "extra"\n+        logicalType: integer\n+        physicalType: int\n' in out
    assert out.endswith("Nothing was written; --write writes what is shown.\n")
    code, out, _ = weft(*run, "--output", "json", cwd=tmp_path)
    found = json.loads(out)["products"][0]
    assert (code, found["outcome"], found["columns"][-1]["name"]) == (1, "not written", "extra")
    assert weft(*run, "--write", cwd=tmp_path)[0] == 0
    kept = path.read_text()
    assert 'name: "extra"' in kept and "The number on the card." in kept and "pii:birth_date" not in kept and 'role: "clerk"' in kept
    assert weft(*run, cwd=tmp_path)[0] == 0


def test_several_locations(tmp_path):
    people(tmp_path / "a.parquet")
    people(tmp_path / "b.parquet")
    code, out, err = weft("import", "a.parquet", "b.parquet", "--into", "mesh", "--output", "json", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert [(one["domain"], one["product"], one["outcome"]) for one in json.loads(out)["products"]] == [
        ("imported", "a", "written"),
        ("imported", "b", "written"),
    ]
    code, _, err = weft("import", "a.parquet", "b.parquet", "--product", "x", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (2, "error: --product names one product, and there are several locations\n  hint: Import them one by one, or leave --product out.\n")
    code, _, err = weft("import", "a.parquet", "./a.parquet", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (2, "error: two locations would become the product `a`\n  hint: Import them one by one, each with a --product of its own.\n")


def test_what_is_not_imported(tmp_path):
    """Other formats are named, and nothing is written."""
    for name in ("deep/delta", "lakes/iceberg", "hudi"):
        (tmp_path / name).mkdir(parents=True)
        people(tmp_path / name / "part.parquet")
    (tmp_path / "deep" / "delta" / "_delta_log").mkdir()
    (tmp_path / "deep" / "delta" / "_delta_log" / "0.json").write_text("{}")
    (tmp_path / "lakes" / "iceberg" / "metadata").mkdir()
    (tmp_path / "lakes" / "iceberg" / "metadata" / "v1.metadata.json").write_text("{}")
    (tmp_path / "hudi" / ".hoodie").mkdir()
    (tmp_path / "hudi" / ".hoodie" / "hoodie.properties").write_text("")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").mkdir()
    for location, says in {
        "deep": f"below `{tmp_path}/deep` lies a Delta table, and others may\n  hint: Import each by its own folder, the one that holds `_delta_log`.\n",
        "lakes": f"below `{tmp_path}/lakes` lies an Iceberg table, and others may\n  hint: Import each by its own folder, the one that holds `metadata`.\n",
        "hudi": f"`{tmp_path}/hudi` holds a Hudi table, which this version does not read\n  hint: Import its files alone with --format parquet; rows that the table deleted will be there.\n",
        "t.csv": f"`{tmp_path}/t.csv` holds `t.csv`, which is no Parquet file by its name\n  hint: Name the Parquet files with a pattern such as 'folder/*.parquet', or say --format parquet.\n",
    }.items():
        assert weft("import", location, "--into", "mesh", cwd=tmp_path) == (2, "", "error: " + says)
    for location, format in (("empty", "parquet"), ("deep/delta", "delta")):
        code, _, err = weft("import", location, "--into", "mesh", cwd=tmp_path)
        assert (code, err) == (2, f"error[WEFT-P002]: reading the data: no {format} data at `{tmp_path}/{location}`\n")
    code, _, err = weft("import", "nowhere", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (2, "error: looking for `nowhere`: No such file or directory (os error 2)\n")
    assert list((tmp_path / "mesh").iterdir()) == []


def test_a_configuration_that_is_ones_own_is_not_touched(tmp_path):
    people(tmp_path / "people.parquet")
    (tmp_path / "mesh").mkdir()
    own = "version: 1\nmesh: {catalog: .}\n"
    (tmp_path / "mesh" / "weft.yaml").write_text(own)
    code, _, err = weft("import", "people.parquet", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (
        2,
        f"error: `{tmp_path}` lies in no folder that this mesh may read\n  hint: Add it to weft.yaml: `storage: {{local_roots: [{tmp_path}]}}`.\n",
    )
    assert (tmp_path / "mesh" / "weft.yaml").read_text() == own
