"""docs/policy.md: every mask of its table is applied to its value, and its policies are judged as valid."""

import json
import re

import pyarrow
import pyarrow.parquet
import pytest

from command import ROOT, weft
from meshes import BOARD, Mesh

GUIDE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\{action: .*?\})` \| (\S+) \| (?:`(.*?)`|NULL) \| (?:`(.*?)`|NULL) \|$", re.M)
TYPES = {
    "string": ("string", pyarrow.string()),
    "bigint": ("integer", pyarrow.int64()),
    "date": ("date", pyarrow.date32()),
    "timestamp": ("timestamp", pyarrow.timestamp("us")),
    "decimal(12,2)": ("number", pyarrow.decimal128(12, 2)),
}


@pytest.fixture
def mesh(tmp_path):
    return Mesh(tmp_path / "mesh")


def test_masks_show_what_the_guide_says(mesh, tmp_path):
    rows = [(mask, kind, value or None, shown or None) for mask, kind, value, shown in ROW.findall(GUIDE)]
    assert len(rows) == len(re.findall(r"^\| `\{action", GUIDE, re.M)) > 30
    columns, properties, rules = {}, [], []
    for number, (mask, kind, value, _) in enumerate(rows):
        name = f"c{number}"
        logical, arrow = TYPES[kind]
        columns[name] = pyarrow.array([value], pyarrow.string()).cast(arrow)
        column = {"name": name, "logicalType": logical, "physicalType": kind, "classification": "internal"}
        if "token" in mask:
            column |= {"unique": True, "customProperties": [{"property": "tokenDomain", "value": "customer", "vendor": "weft"}]}
        properties.append(column)
        rules.append(f"  - {{id: r{number}, match: {{column: {name}}}, mask: {mask}}}\n")
    (tmp_path / "mesh/data/shop").mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "mesh/data/shop/masked.parquet")
    schema = [{"name": "masked", "physicalType": "table", "logicalType": "object", "properties": properties}]
    mesh.product("shop", "masked", contract={"schema": schema})
    mesh.write("_governance/board.policy.yaml", BOARD.replace("rules: []\n", "rules:\n" + "".join(rules)))
    (tmp_path / "token.key").write_text("5a" * 32, encoding="utf-8")
    settings = {"version": 1, "mesh": {"catalog": "mesh"}, "keys": {"token": {"file": "token.key"}}}
    (tmp_path / "weft.yaml").write_text(json.dumps(settings), encoding="utf-8")
    asked = ", ".join(f"cast({name} as varchar) as {name}" for name in columns)
    code, out, said = weft("sql", "--as", "reader", "--output", "json", "-c", f"select {asked} from shop.masked", cwd=tmp_path)
    assert code == 0, said
    answer = json.loads(out)[0]
    shown = [(mask, value, answer.get(f"c{number}")) for number, (mask, _, value, _) in enumerate(rows)]
    assert shown == [(mask, value, expected) for mask, _, value, expected in rows]


def test_the_guides_policies_are_valid(mesh):
    board, domain = re.findall(r"^```yaml\n(apiVersion: weft/v1.*?)^```$", GUIDE, re.S | re.M)
    mesh.product("orders", "orders")
    contract = (mesh.root / "orders/orders/orders-v1.odcs.yaml").read_text()
    contract = contract.replace('"name": "id"', '"name": "order_id"').replace('"name": "label"', '"name": "region"')
    mesh.write("orders/orders/orders-v1.odcs.yaml", contract)
    mesh.write("_governance/board.policy.yaml", board)
    mesh.write("orders/policy.yaml", domain)
    code, out, _ = weft("validate", "--output", "json", mesh.root)
    findings = json.loads(out)["findings"]
    assert [finding for finding in findings if finding["severity"] == "error"] == [] and code == 0
