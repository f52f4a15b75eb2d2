"""`weft import` onto a product that has an owner: what the owner said stays, or nothing is written."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import weft

OWNED = """# The contract of the people team.
apiVersion: v3.2.0
kind: DataContract
id: "urn:weft:dc:crm:people:v1"
name: people
version: 2.3.0
status: active
domain: crm
tags: [gdpr]
description:
  purpose: >
    For letters
    and nothing else.
  limitations: |
    Not for # profiling.
    Ask first.
authoritativeDefinitions:
  - url: https://wiki.example/people
    type: businessDefinition

servers:
  - server: other
    type: postgres
    host: db.example
    port: 5432
    database: crm
    schema: public
    environment: legacy
  - server: data
    type: local
    path: old.parquet # moved
    format: parquet
    roles:
      - {role: loader, access: write}

schema:
  - name: people
    physicalType: table
    logicalType: object
    tags: ["pii:table"]
    description: One row per person.
    authoritativeDefinitions:
      - url: https://wiki.example/row
        type: businessDefinition
    quality:
      - type: text
        description: No duplicates.
    properties:
      - name: number
        physicalName: id
        logicalType: integer
        physicalType: BIGINT
        primaryKey: true
        classification: restricted
        required: true
      # asked for by legal
      - name: contact
        logicalType: string
        tags: [custom] # not pii
        classification: confidential
        customProperties:
          - {property: mask, value: {action: "null"}, vendor: weft}
      - {name: born, physicalName: BirthDate, logicalType: date}
      - name: home
        logicalType: object
        properties:
          - name: zip_code
            logicalType: string
            classification: restricted
            tags: ["pii:zip"]
            description: Five digits.

roles:
  - role: clerk
    access: read
    customProperties:
      - {property: rowFilter, value: "number > 3", vendor: weft}
team:
  name: crm
  members:
    - username: ada@example.com
      role: Owner
price: {priceAmount: 9.50, priceCurrency: EUR, priceUnit: gigabyte}
slaProperties:
  - property: latency
    value: 4
    unit: d
customProperties:
  - property: own
    value: [1, "2", true]
# the end
"""


def people(path, *more):
    fields = [("id", pa.int64()), ("contact", pa.string()), ("BirthDate", pa.date32()), ("home", pa.struct([("zip_code", pa.string()), *more]))]
    pq.write_table(pa.schema(fields).empty_table(), path)


def owned(folder, text=OWNED):
    """A mesh with a product that its owner wrote."""
    people(folder / "people.parquet")
    assert weft("import", "people.parquet", "--domain", "crm", "--into", "mesh", cwd=folder)[0] == 0
    path = folder / "mesh" / "crm" / "people" / "people-v1.odcs.yaml"
    path.write_text(text)
    return path


def run(folder, *arguments):
    return weft("import", "people.parquet", "--domain", "crm", "--into", "mesh", *arguments, cwd=folder)


def test_everything_that_the_owner_said_is_carried_over(tmp_path):
    path = owned(tmp_path)
    code, out, err = run(tmp_path, "--write", "--classification", "public", "--reader", "clerk", "--reader", "guest")
    assert (code, err) == (0, "")
    expected = (
        OWNED.replace("path: old.parquet # moved", f'path: "{tmp_path}/people.parquet" # moved')
        .replace("  purpose: >\n    For letters\n    and nothing else.\n", "  purpose: |\n    For letters and nothing else.\n")
        .replace("        required: true\n", "")
        .replace("logicalType: date}", 'logicalType: date, classification: "public"}')
        .replace(
            '            description: Five digits.\n',
            '            description: Five digits.\n        classification: "public"\n',
        )
        .replace('vendor: weft}\nteam:', 'vendor: weft}\n  - role: "guest"\n    access: read\nteam:')
    )
    assert path.read_text().splitlines() == expected.splitlines()
    assert "  note: 2 columns kept another classification than `public`: number, contact\n" in out
    # Nothing has changed since.
    code, out, _ = run(tmp_path)
    assert (code, path.read_text()) == (0, expected)
    assert out.startswith("crm.people: people.parquet (1 file, 0 rows): unchanged\n")


def test_what_grows_is_added_and_labels_inside_stay(tmp_path):
    path = owned(tmp_path)
    assert run(tmp_path, "--write")[0] == 0
    before = path.read_text()
    people(tmp_path / "people.parquet", ("email", pa.string()))
    assert run(tmp_path, "--write")[0] == 0
    added = before.replace(
        "            description: Five digits.\n",
        '            description: Five digits.\n          - name: "email"\n            logicalType: string\n            physicalType: string\n',
    )
    text = path.read_text()
    assert 'tags: ["pii:zip"]' in text and "classification: restricted" in text
    assert [line for line in added.splitlines() if line not in text.splitlines()] == []


def test_what_is_gone_is_not_dropped_by_itself(tmp_path):
    path = owned(tmp_path)
    assert run(tmp_path, "--write")[0] == 0
    before = path.read_text()
    line = before.splitlines().index("      - name: contact") + 1
    inner = before.splitlines().index("          - name: zip_code") + 1
    pq.write_table(pa.table({"id": pa.array([1], pa.int64()), "BirthDate": pa.array([None], pa.date32())}), tmp_path / "people.parquet")
    code, out, err = run(tmp_path, "--write")
    assert (code, out, path.read_text()) == (2, "", before)
    assert err == (
        f"error: the data has no longer what contracts describe: `contact` ({path}:{line}:9), `home.zip_code` ({path}:{inner}:13)\n"
        "  hint: See that the location is the right one; --drop-columns writes the contract without what is gone.\n"
    )
    code, out, err = run(tmp_path)
    assert (code, err, path.read_text()) == (1, "", before)
    assert f"  note: `contact` is gone from the data, and line {line} says something of it; --write wants --drop-columns\n" in out
    assert run(tmp_path, "--write", "--drop-columns")[0] == 0
    text = path.read_text()
    assert "contact" not in text and "zip_code" not in text and "rowFilter" in text and "name: born" in text


def test_a_type_that_changes_its_kind_keeps_labels_or_refuses(tmp_path):
    path = owned(tmp_path)
    assert run(tmp_path, "--write")[0] == 0
    before = path.read_text()
    fields = [("id", pa.int32()), ("contact", pa.string()), ("BirthDate", pa.date32()), ("home", pa.string())]
    pq.write_table(pa.schema(fields).empty_table(), tmp_path / "people.parquet")
    code, _, err = run(tmp_path, "--write")
    assert (code, path.read_text()) == (2, before) and "`home.zip_code`" in err
    assert run(tmp_path, "--write", "--drop-columns")[0] == 0
    text = path.read_text()
    assert "physicalType: int\n        primaryKey: true\n        classification: restricted\n" in text


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("people-v1.odcs.yaml", OWNED.replace("status: active", "status: [active"), ":8:7` is there and cannot be carried over: "),
        ("people-v1.odcs.yaml", OWNED.replace("logicalType: date", "logicalType: dat"), " is there and cannot be carried over: "),
        ("people-v1.odcs.yaml", "a: 1\n", " is there and cannot be carried over: "),
        ("people-v1.odcs.yaml", "", ":1:1` is there and cannot be carried over: the file is empty\n"),
        ("people.odps.yaml", "kind: DataProduct\n\tx: 1\n", " is there and cannot be carried over: "),
    ],
)
@pytest.mark.parametrize("how", [(), ("--write",), ("--write", "--drop-columns")])
def test_what_cannot_be_read_is_not_written_over(tmp_path, file, text, says, how):
    path = owned(tmp_path).with_name(file)
    path.write_text(text)
    code, out, err = run(tmp_path, *how)
    assert (code, out, path.read_text()) == (2, "", text)
    assert err.startswith(f"error: `{path}:") and says in err
    assert err.endswith("\n  hint: Correct the file, `weft validate` says more, or move it away: what it says would be lost otherwise.\n")


def test_several_servers_or_tables_that_could_be_meant(tmp_path):
    path = owned(tmp_path, OWNED.replace("server: data", "server: main"))
    before = path.read_text()
    code, _, err = run(tmp_path, "--write")
    line = before.splitlines().index("  - server: main") + 1
    assert (code, path.read_text()) == (2, before)
    assert err == (
        f"error: `{path}:{line}:5` cannot be carried over: the contract has several servers, none leads to this location and none is called `data`\n"
        "  hint: Import under a --product of its own, or write the contract by hand.\n"
    )


def test_a_product_keeps_its_ports_and_gets_the_one_it_lacks(tmp_path):
    contract = owned(tmp_path, OWNED.replace("version: 2.3.0", "version: 1.0.0"))
    path = contract.with_name("people.odps.yaml")
    text = path.read_text().replace("status: active\n", "status: active\n# ours\ntags: [letters]\nteam: {name: crm}\n")
    path.write_text(text)
    assert run(tmp_path, "--write")[0] == 0
    assert path.read_text() == text
    path.write_text(text[: text.index("\noutputPorts")] + "\n")
    assert run(tmp_path, "--write")[0] == 0
    assert path.read_text().startswith(text[: text.index("\noutputPorts")])
    assert 'contractId: "urn:weft:dc:crm:people:v1"' in path.read_text()
    path.unlink()
    contract.write_text(OWNED)
    assert run(tmp_path, "--write")[0] == 0
    assert "    version: 2.3.0\n" in path.read_text()
    assert weft("validate", "mesh", cwd=tmp_path)[0] == 0


def test_labels_inside_lists_and_maps_survive_a_change_of_type(tmp_path):
    inner = lambda number: pa.struct([("mail", pa.string()), ("n", number)])
    table = lambda number: pa.schema([("l", pa.list_(inner(number))), ("m", pa.map_(pa.string(), inner(number)))]).empty_table()
    pq.write_table(table(pa.int32()), tmp_path / "people.parquet")
    assert run(tmp_path)[0] == 0
    path = tmp_path / "mesh" / "crm" / "people" / "people-v1.odcs.yaml"
    text = path.read_text()
    assert text.count('- name: "mail"\n') == 2
    text = re.sub(r'^( +)- name: "mail"\n', r'\g<0>\1  classification: restricted\n\1  tags: [mine]\n', text, flags=re.M)
    assert text.count("classification: restricted") == 2
    path.write_text(text)
    pq.write_table(table(pa.int64()), tmp_path / "people.parquet")
    assert run(tmp_path, "--write", "--classification", "public")[0] == 0
    expected = text.replace("physicalType: int\n", "physicalType: bigint\n")
    written = [line for line in path.read_text().splitlines() if line != '        classification: "public"']
    assert written == expected.splitlines()


def test_a_location_with_variables_stays_as_it_is_written(tmp_path):
    """As long as it leads to the data that is imported."""
    people(tmp_path / "people.parquet")
    people(tmp_path / "other.parquet")
    assert run(tmp_path)[0] == 0
    config = tmp_path / "mesh" / "weft.yaml"
    config.write_text(config.read_text().replace("catalog: .\n", f"catalog: .\n  variables: {{ROOT: '{tmp_path}'}}\n"))
    path = tmp_path / "mesh" / "crm" / "people" / "people-v1.odcs.yaml"
    text = path.read_text().replace(f'"{tmp_path}/people.parquet"', '"${ROOT}/people.parquet"')
    assert "${ROOT}" in text
    path.write_text(text)
    assert run(tmp_path, "--write")[0] == 0 and path.read_text() == text
    code, _, err = weft("import", "other.parquet", "--product", "people", "--domain", "crm", "--into", "mesh", "--write", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert path.read_text() == text.replace("${ROOT}/people", f"{tmp_path}/other")


def test_proposed_tags_come_once_and_never_replace(tmp_path):
    table = pa.table({"contact": [f"a{at}@mail.example" for at in range(20)], "n": range(20)})
    pq.write_table(table, tmp_path / "people.parquet")
    assert run(tmp_path)[0] == 0
    path = tmp_path / "mesh" / "crm" / "people" / "people-v1.odcs.yaml"
    text = path.read_text().replace('tags: ["pii:email"]', "tags: [ours]")
    path.write_text(text)
    pq.write_table(table.append_column("email", table["contact"]), tmp_path / "people.parquet")
    assert run(tmp_path, "--write")[0] == 0
    assert path.read_text().count("pii:email") == 1 and "tags: [ours]" in path.read_text()
