"""`weft policy`: decisions explained, rules checked, suites run, meshes compared."""

import json
import shutil

import pytest

from command import RETAIL, ROOT, weft


@pytest.fixture
def mesh(tmp_path):
    """A copy of the retail mesh, without data."""
    return shutil.copytree(RETAIL, tmp_path / "retail")


def change(path, old, new, times=1):
    text = path.read_text()
    assert text.count(old) == times, f"{path} holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new))


def explain(*arguments):
    code, out, err = weft("policy", "explain", "--catalog", RETAIL, *arguments)
    assert (code, err) == (0, ""), err
    return out


def test_an_explanation_says_what_holds_why_and_what_would_change_it():
    out = explain("--as", "analyst", "marketing.campaigns")
    mesh = (ROOT / "catalogs" / "retail").resolve()
    assert out.splitlines()[:5] == [
        f"analyst (groups: eu-analysts, staff; region: EU; purpose: reporting), rules of {mesh}",
        "marketing.campaigns 1.0.0 (campaigns): readable",
        "  because domain analysts-read-campaigns grants all rows (marketing/policy.yaml:6:5)",
        "rows: all",
        "  to change: A `restrict` rule of the board or the domain would take rows away.",
    ]
    assert (
        "  budget: masked as null\n"
        "    because board default:confidential masks (_governance/board.policy.yaml:6:58)\n"
        "    to change: Rule `stewards` (_governance/board.policy.yaml:24:5) shows it to group `data-stewards`.\n"
        "    to change: Rule `team-sees-budgets` (marketing/policy.yaml:11:5) shows it to group `marketing-team`.\n"
    ) in out


def test_rows_and_closed_products_say_who_would_open_them():
    out = explain("--as", "analyst", "orders.orders")
    assert (
        "rows: region = 'EU'\n"
        "  because domain analysts-read-europe grants rows region = 'EU' (orders/policy.yaml:5:5)\n"
        "  to change: The group or role `crm_reader` would open all rows (orders/orders/orders-v2.odcs.yaml:108:5).\n"
        "  to change: Rule `stewards-read` (orders/policy.yaml:6:5) lets read group `data-stewards`.\n"
        "  to change: Rule `fraud-desk-reads` (orders/policy.yaml:7:5) lets read group `fraud-investigators`.\n"
    ) in out
    out = explain("--as", "outsider", "hr.salaries")
    assert out.splitlines()[1:3] == [
        "hr.salaries 1.0.0 (salaries): not readable",
        "  because board salaries-are-payroll-only denies (_governance/board.policy.yaml:41:5)",
    ]
    assert "columns:" not in out


def test_purpose_and_day_count():
    def email(*arguments):
        found = json.loads(explain("--output", "json", *arguments, "customers.profiles"))
        [column] = [column for column in found["columns"] if column["name"] == "email"]
        return found["principal"]["name"], found["purpose"], column["shown"]

    assert email("--as", "fraud", "--purpose", "fraud") == ("fraud", "fraud", "clear")
    assert email("--as", "fraud") == ("fraud", None, "masked as email_domain")
    assert email("--as", "fraud", "--purpose", "fraud", "--on", "2100-01-01")[2] == "masked as email_domain"
    assert email("--user", "me", "--groups", "fraud-investigators,x", "--purpose", "fraud") == ("me", "fraud", "clear")
    assert email("--roles", "crm_reader") == ("someone", None, "masked as email_domain")
    code, out, err = weft("policy", "explain", "--catalog", RETAIL, "--as", "analyst", "--purpose", "fraud", "orders.orders")
    assert (code, out) == (2, "")
    assert err == "error: purpose `fraud` is not permitted to user `analyst`; permitted are reporting\n"


def test_an_explanation_as_csv():
    lines = explain("--as", "outsider", "--output", "csv", "inventory.products").splitlines()
    assert lines[0] == "column,shown,because,to_change"
    [cost] = [line for line in lines if line.startswith("unit_cost,")]
    assert cost.startswith("unit_cost,hidden,") and "domain costs-stay-inside hides (inventory/policy.yaml:10:5)" in cost


def test_names_that_cannot_be_explained():
    def refused(*arguments):
        code, out, err = weft("policy", "explain", "--catalog", RETAIL, *arguments)
        assert (code, out) == (2, "")
        return err

    assert refused("--as", "analyst", "orders.ordres") == (
        "error: no product is called `orders.ordres`; did you mean `orders.orders`?\n"
    )
    assert refused("--as", "analyst", "orders") == "error: `orders` lacks its domain; products are named as DOMAIN.PRODUCT\n"
    assert refused("--as", "analist", "orders.orders") == (
        "error: no user `analist` in the users file; it lists analyst, fraud, marketer, outsider, steward; did you mean "
        "`analyst`?\n"
    )
    assert refused("--as", "analyst", "--on", "soon", "orders.orders") == "error: `soon` is not a day such as 2027-03-31\n"
    assert refused("--attributes", "region", "orders.orders") == "error: `--attributes region` is not NAME=VALUE\n"


def test_a_broken_product_says_why(mesh):
    change(mesh / "inventory" / "stock" / "stock.odps.yaml", "status: active", "status: live")
    code, out, err = weft("policy", "explain", "--catalog", mesh, "--as", "analyst", "inventory.stock")
    assert (code, err) == (1, "")
    assert out.startswith(f"{mesh}/inventory/stock/stock.odps.yaml:6:9: error[W121]: the status `live` means nothing")
    assert out.endswith("inventory.stock is broken, so that nobody can read it: 1 error, 0 warnings\n")


def test_rules_are_checked(mesh):
    check = lambda *arguments: weft("policy", "check", "--catalog", mesh, *arguments)
    assert check("--strict") == (0, "rules over 10 products: 0 errors, 0 warnings\n", "")
    board = mesh / "_governance" / "board.policy.yaml"
    board.write_text(board.read_text() + '  - {id: typo, match: {product: "orders.ordres"}, hide: true}\n')
    code, out, _ = check()
    assert code == 0
    assert out == (
        f"{board}:42:5: warning[POL-017]: rule `typo` names `orders.ordres`, which no product is\n"
        "  hint: It has no effect; look for a typing error, or remove it.\n"
        "rules over 10 products: 0 errors, 1 warning\n"
    )
    assert check("--strict")[0] == 1
    change(mesh / "orders" / "policy.yaml", "rows: \"region = 'EU'\"", "rows: \"region = 5\"")
    code, out, _ = check("--output", "json")
    found = json.loads(out)
    assert code == 1 and found["errors"] >= 1
    assert any(f["code"] == "POL-008" and f["file"] == f"{mesh}/orders/policy.yaml" and f["line"] == 5 for f in found["findings"])
    change(board, "delegate: confidential", "delegate: secret")
    code, out, _ = check()
    assert code == 1 and f"{board}:7:11: error[POL-003]" in out and out.endswith("\n") and "does not compile: " in out, out


def test_the_suite_of_the_retail_mesh_holds():
    code, out, err = weft("policy", "test", "--catalog", RETAIL)
    assert (code, err) == (0, "")
    passed, rest = out.split(" ", 1)
    assert int(passed) >= 60 and rest == "passed, 0 failed\n"


def test_an_expectation_that_is_not_met_says_why(mesh, tmp_path):
    suite = tmp_path / "suite.md"
    suite.write_text(
        "| persona | product | column | expect |\n|---|---|---|---|\n"
        "| analyst | customers.profiles | email | clear |\n"
        "| outsider | orders.orders | | readable |\n"
        "| outsider | orders.orders | order_id | hidden |\n"
        "| analyst | orders.orders | | nothing |\n"
        "| analyst | orders.orders | | columns order_id |\n"
    )
    code, out, err = weft("policy", "test", "--catalog", mesh, suite)
    assert (code, err) == (1, "")
    assert out == (
        f"{suite}:3: analyst, customers.profiles, column email: expected clear, got masked as email_domain\n"
        "  because board emails masks as email_domain (_governance/board.policy.yaml:17:5)\n"
        f"{suite}:4: outsider, orders.orders: expected readable, got nothing\n"
        f"{suite}:6: analyst, orders.orders: expected nothing, got readable, rows region = 'EU'\n"
        "  because domain analysts-read-europe grants rows region = 'EU' (orders/policy.yaml:5:5)\n"
        f"{suite}:7: analyst, orders.orders: expected columns order_id, got columns order_id, customer_id, region, status, "
        "total_amount, currency, created_at, metadata\n"
        "  because domain analysts-read-europe grants rows region = 'EU' (orders/policy.yaml:5:5)\n"
        "1 passed, 4 failed\n"
    )
    code, out, _ = weft("policy", "test", "--catalog", mesh, "--output", "json", suite)
    found = json.loads(out)
    assert code == 1 and (found["passed"], found["failed"]) == (1, 4)
    assert found["cases"][2]["passed"] and found["cases"][0]["got"] == "masked as email_domain"


def test_suites_that_cannot_be_run(mesh, tmp_path):
    suite = tmp_path / "suite.md"

    def refused(rows):
        suite.write_text("| persona | product | column | expect |\n|---|---|---|---|\n" + rows)
        code, out, err = weft("policy", "test", "--catalog", mesh, suite)
        assert (code, out) == (2, "")
        return err

    assert refused("") == (
        f"error: the suite `{suite}` has no case; write a table with the headings `persona`, `product`, `expect`\n"
    )
    assert refused("| analyst | orders.ordres | | nothing |\n") == (
        f"error: {suite}:3: no product is called `orders.ordres`; did you mean `orders.orders`?\n"
    )
    assert refused("| analist | orders.orders | | nothing |\n").startswith(f"error: {suite}:3: no user `analist`")
    assert refused("| analyst | orders.orders | id | clear |\n") == f"error: {suite}:3: `orders.orders` has no column `id`\n"
    assert refused("| analyst | orders.orders | | visible |\n").startswith(f"error: {suite}:3: `visible` says nothing about")
    (mesh / "_governance" / "personas.policy.md").unlink()
    code, out, err = weft("policy", "test", "--catalog", mesh)
    assert (code, out, err) == (2, "", f"error: no *.policy.md lies below `{mesh}`; name a file\n")


def test_two_meshes_are_compared(mesh, tmp_path):
    assert weft("policy", "diff", RETAIL, mesh, "--no-gains") == (0, "0 gains, 0 losses, 0 other changes\n", "")
    change(mesh / "orders" / "policy.yaml", "allow: read, rows: \"region = 'EU'\"", "allow: read")
    change(mesh / "customers" / "policy.yaml", "groups: [fraud-investigators]}, allow", "groups: [nobody]}, allow")
    change(mesh / "_governance" / "board.policy.yaml", "keep_first: 1", "keep_first: 2")
    change(mesh / "inventory" / "policy.yaml", "column: unit_cost}, except: {groups: [staff]}", "column: labels}, except: {groups: [staff]}")
    change(mesh / "_governance" / "board.policy.yaml", "purpose: [fraud]}", "purpose: [reporting]}")
    code, out, err = weft("policy", "diff", RETAIL, mesh)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "analyst gains: orders.orders: rows region = 'EU' -> all rows" in lines
    assert "fraud (without a purpose, for reporting) loses: customers.profiles: all rows; 3 columns clear, 7 masked -> nothing" in lines
    assert "fraud (for fraud) loses: customers.profiles: all rows; 9 columns clear, 1 masked -> nothing" in lines
    assert "fraud (for reporting) gains: finance.payments.iban: masked as partial(keep_first 2, keep_last 2, '*', min_hidden 4) -> clear" in lines
    assert "outsider loses: inventory.products.labels: clear -> hidden" in lines
    assert any(line.startswith("marketer changes: customers.profiles.full_name: masked as partial(keep_first 1") for line in lines)
    assert not any(line.startswith("steward") for line in lines)
    code, out, _ = weft("policy", "diff", "--as", "outsider", "--output", "json", RETAIL, mesh)
    found = json.loads(out)
    assert code == 0 and {change["who"] for change in found["changes"]} == {"outsider"}
    assert {change["effect"] for change in found["changes"]} <= {"gains", "loses"} and found["losses"] == 1
    assert weft("policy", "diff", "--no-gains", RETAIL, mesh)[0] == 1
    assert weft("policy", "diff", "--no-gains", "--as", "steward", RETAIL, mesh)[0] == 0
    code, out, _ = weft("policy", "diff", "--groups", "eu-analysts", RETAIL, mesh)
    assert code == 0 and "someone gains: orders.orders: rows region = 'EU' -> all rows" in out
    assert weft("policy", "diff", RETAIL, "/nowhere")[0] == 2


def test_a_user_who_comes_or_goes(mesh):
    change(mesh / "users.yaml", "name: outsider", "name: partner")
    code, out, _ = weft("policy", "diff", RETAIL, mesh)
    assert code == 0
    assert out == (
        "outsider loses: inventory.products: all rows; 8 columns clear, 0 masked -> nothing\n"
        "partner gains: inventory.products: nothing -> all rows; 8 columns clear, 0 masked\n"
        "1 gain, 1 loss, 0 other changes\n"
    )
