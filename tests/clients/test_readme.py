"""The README's snippets, as they are printed but for the port, and its policy with what `explain` says of it."""

import os
import re
import subprocess
import sys

import pytest

from command import ROOT, weft
from java import JDBC

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.S | re.M)


def ran(demo, command, **more):
    """What a command prints when the analyst's token is in the environment."""
    done = subprocess.run(
        command, env={**os.environ, "WEFT_TOKEN": demo.passwords["analyst"]}, capture_output=True, text=True, timeout=120, **more
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def at(demo, snippet):
    """The snippet, where the test's server listens."""
    assert "127.0.0.1:50051" in snippet
    return snippet.replace("127.0.0.1:50051", demo.url.removeprefix("grpc://"))


@pytest.fixture(scope="module")
def shipped(demo):
    return demo.rows("steward", "select count(*) from orders.orders where region = 'EU' and status = 'SHIPPED'")[0][0]


def test_python(demo, shipped):
    adbc, plain = blocks("python")
    assert ran(demo, [sys.executable, "-c", at(demo, adbc)]) == f"[{{'region': 'EU', 'orders': {shipped}}}]\n"
    answer = ran(demo, [sys.executable, "-c", at(demo, plain)])
    # A few people have no address, or no day of birth.
    person = r"\{'email': ('\*\*\*@[\w.]+'|None), 'birth_date': (datetime.date\(\d+, 1, 1\)|None)\}"
    assert re.fullmatch(rf"\[{person}, {person}, {person}\]\n", answer), answer


def test_java(demo, shipped, tmp_path):
    source = tmp_path / "Ask.java"
    source.write_text(at(demo, blocks("java")[0]), encoding="utf-8")
    command = next(block for block in blocks("sh") if block.startswith("java "))
    command = command.replace("tests/jdbc/driver", str(JDBC / "driver"))
    assert ran(demo, ["bash", "-c", command], cwd=tmp_path) == f"EU {shipped}\n"


def test_shell(demo, tmp_path):
    asked = next(block for block in blocks("sh") if "WEFT_TOKEN" in block)
    statements = re.findall(r'^weft sql --url (\S+) -c "(.*)"$', at(demo, asked), re.M)
    shown = []
    for url, sql in statements:
        code, out, said = weft("sql", "--url", url, "-c", sql, cwd=tmp_path, WEFT_TOKEN=demo.passwords["analyst"])
        assert code == 0, said
        shown.append(out)
    people, tables = shown
    assert people.count("| EU ") == 3 and "***@" in people
    assert "profiles" in tables and "salaries" not in tables


def test_an_own_mesh(tmp_path):
    """The commands of the section, and the policy and explanation that the README shows."""
    own = next(block for block in blocks("sh") if block.startswith("weft init"))
    assert weft("init", tmp_path / "shop")[0] == 0
    shop = tmp_path / "shop"
    lines = [line.partition("  #")[0].strip() for line in own.splitlines()]
    assert lines[0] == "weft init shop && cd shop" and lines[-1] == "weft serve"
    for line in lines[1:-1]:
        words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line.partition("     #")[0])]
        code, _, said = weft(*words[1:], cwd=shop)
        assert code == 0, said

    def rules(text):
        return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]

    board, domain = (block for block in blocks("yaml"))
    assert rules(board) == rules((shop / "catalog/_governance/board.policy.yaml").read_text())
    assert rules(domain) == rules((shop / "catalog/shop/policy.yaml").read_text())
    code, out, _ = weft("policy", "explain", "--as", "analyst", "shop.orders", cwd=shop)
    shown, end = blocks("text")[0].split("…\n")
    assert code == 0 and out.startswith(shown) and end == ""
