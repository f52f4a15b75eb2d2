"""`weft validate`: every complaint at its place, whole."""

import json
import shutil

import pytest

from command import RETAIL, ROOT, weft


@pytest.fixture
def mesh(tmp_path):
    """A copy of the retail mesh, without data."""
    return shutil.copytree(RETAIL, tmp_path / "retail")


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new))


def test_a_mesh_without_faults(mesh):
    assert weft("validate", mesh) == (0, "10 products: 0 errors, 0 warnings\n", "")
    code, out, _ = weft("validate", "--output", "json", mesh)
    assert (code, json.loads(out)) == (0, {"findings": [], "errors": 0, "warnings": 0})


def test_every_complaint_names_its_place(mesh):
    change(mesh / "orders" / "policy.yaml", "allow: read, rows: \"region = 'EU'\"", "allow: read, rows: \"regio = 'EU'\"")
    change(mesh / "inventory" / "stock" / "stock.odps.yaml", "status: active", "status: live")
    code, out, err = weft("validate", mesh)
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[2:4] == [
        f"{mesh}/inventory/stock/stock.odps.yaml:6:9: error[W121]: the status `live` means nothing to Weft",
        "  hint: Write one of proposed, draft, active, deprecated, retired.",
    ]
    assert lines[4].startswith(f"{mesh}/orders/policy.yaml:5:5: error[POL-008]: ") and "`regio`" in lines[4]
    assert lines[-1] == "10 products, 1 broken: 4 errors, 1 warning"
    code, out, _ = weft("validate", "--output", "csv", mesh / "inventory")
    assert code == 1
    assert out.splitlines()[0] == "file,line,column,severity,code,message,hint"
    assert out.splitlines()[2].startswith(f"{mesh}/inventory/stock/stock.odps.yaml,6,9,error,W121,the status `live` ")
    assert len(out.splitlines()) == 3


def test_only_what_was_asked_about_is_listed(mesh):
    change(mesh / "inventory" / "stock" / "stock.odps.yaml", "status: active", "status: live")
    assert weft("validate", mesh / "orders") == (0, "2 products: 0 errors, 0 warnings\n", "")
    assert weft("validate", "orders/policy.yaml", cwd=mesh)[0] == 0
    code, out, _ = weft("validate", "stock.odps.yaml", cwd=mesh / "inventory" / "stock")
    assert code == 1 and out.startswith("stock.odps.yaml:6:9: error[W121]: "), out


def test_a_broken_board_is_told_whatever_was_asked_about(mesh):
    change(mesh / "_governance" / "board.policy.yaml", "delegate: confidential", "delegate: secret")
    code, out, _ = weft("validate", mesh / "orders")
    assert code == 1 and f"{mesh}/_governance/board.policy.yaml:7:11: error[POL-003]: " in out, out


def test_users_are_judged_with_their_mesh(mesh):
    change(mesh / "users.yaml", "  - name: outsider\n", "  - name: outsider\n    password: hunter2hunter2\n")
    code, out, _ = weft("validate", mesh)
    assert code == 1
    assert f"{mesh}/users.yaml:34:15: error[AUTH-U003]: the password of user `outsider` is not an argon2id PHC string" in out
    assert "hunter2" not in out
    assert weft("validate", "users.yaml", cwd=mesh)[1].startswith("users.yaml:34:15: error[AUTH-U003]: ")


def test_warnings_fail_when_they_shall(mesh):
    change(mesh / "inventory" / "stock" / "stock.odps.yaml", "tags: [stock]", 'tags: [stock]\ncustomProperties: [{property: sqlName, value: stock}]')
    code, out, _ = weft("validate", mesh)
    assert code == 0 and "warning[W306]" in out and out.endswith("10 products: 0 errors, 1 warning\n")
    assert weft("validate", "--strict", mesh)[0] == 1


def test_binding_opens_every_table(demo, tmp_path):
    mesh = shutil.copytree(demo.mesh, tmp_path / "retail")
    config = tmp_path / "weft.yaml"
    config.write_text(
        "version: 1\nmesh: {catalog: ./retail}\n"
        'storage: {bindings: [{name: lake, prefix: "./data/{domain}/", domains: ["*"]}]}\n'
    )
    assert weft("validate", "--bind", tmp_path) == (0, "10 products, 11 tables opened: 0 errors, 0 warnings\n", "")
    contract = mesh / "inventory" / "stock" / "stock-v1.odcs.yaml"
    sound = contract.read_text()
    contract.write_text(sound.replace("name: on_hand", "name: in_hand"))
    code, out, _ = weft("validate", "--bind", "--config", config, mesh / "inventory")
    assert code == 1
    assert out == (
        f"{contract}:47:9: error[WEFT-P002]: `inventory.stock` 1.0.0 cannot be opened: column `in_hand` is declared, "
        "and no file column is called `in_hand`\n"
        "  hint: Correct the contract, or have the producer write what it promises.\n"
        "2 products, 2 tables opened: 1 error, 0 warnings\n"
    )
    contract.write_text(sound.replace("./data/inventory/stock", "./data/hr/salaries.parquet").replace("format: iceberg", "format: parquet"))
    code, out, _ = weft("validate", "--bind", "--config", config, mesh / "inventory")
    assert code == 1
    assert out == (
        f"{contract}:13:5: error[WEFT-S004]: `inventory.stock` 1.0.0 cannot be opened: location "
        "`./data/hr/salaries.parquet` lies outside of what domain `inventory` may use\n"
        "  hint: Ask the operator for an entry of `storage.bindings` that lists the domain.\n"
        "2 products, 2 tables opened: 1 error, 0 warnings\n"
    )


def test_files_outside_of_any_mesh(tmp_path):
    for name in ("stock.odps.yaml", "stock-v1.odcs.yaml"):
        shutil.copy(f"{RETAIL}/inventory/stock/{name}", tmp_path)
    product = tmp_path / "stock.odps.yaml"
    assert weft("validate", product) == (0, "1 file: 0 errors, 0 warnings\n", "")
    assert weft("validate", tmp_path) == (0, "2 files: 0 errors, 0 warnings\n", "")
    change(product, "contractId: urn:retail:dc:inventory:stock:v1", "contractId: urn:retail:dc:inventory:stock:v2")
    assert weft("validate", product)[0] == 0, "a file alone is not joined to anything"
    code, out, _ = weft("validate", tmp_path)
    assert code == 1 and "stock.odps.yaml:20:17: error[W501]: " in out and "stock-v1.odcs.yaml" in out, out
    (tmp_path / "anything.yaml").write_text("kind: DataContract\n")
    code, out, _ = weft("validate", "anything.yaml", cwd=tmp_path)
    assert code == 1 and out.startswith("anything.yaml:1:1: error[ODCS-E010]: "), out
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "policy.yaml").write_text(
        "apiVersion: weft/v1\nkind: Policy\n"
        'rules: [{id: a, match: {product: "shop.*"}, to: {groups: [x]}, alow: read}]\n'
    )
    code, out, _ = weft("validate", "shop/policy.yaml", cwd=tmp_path)
    assert code == 1 and "shop/policy.yaml:3:64: error[POL-004]: a rule has no key `alow`\n  hint: Did you mean `allow`?\n" in out
    (tmp_path / "weft.yaml").write_text("version: 1\nmesh: {nmae: x}\n")
    code, out, _ = weft("validate", tmp_path / "weft.yaml")
    assert code == 1 and f"{tmp_path}/weft.yaml:2:8: error[CONF-001]: " in out and "nmae" in out, out


def test_what_cannot_be_judged():
    code, out, err = weft("validate", "/nowhere")
    assert (code, out, err) == (2, "", "error: looking at `/nowhere`: No such file or directory (os error 2)\n")
    code, out, err = weft("validate", ROOT / "LICENSE")
    assert (code, out) == (2, "") and "LICENSE` is nothing that can be judged" in err
    code, out, err = weft("validate")
    assert (code, out) == (2, "")
    assert err == "error: no mesh is named; use --catalog DIR, or `mesh.catalog` in weft.yaml\n"
    code, _, err = weft("validate", "--bind", ROOT / "tests" / "standards" / "wide")
    assert code == 2 and err.startswith("error: --bind opens the tables of a mesh; "), err
