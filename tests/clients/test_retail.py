"""Every answer of `tests/retail/expected.json` over ADBC: worked out by DuckDB and by hand, never by Weft."""

import contextlib
import datetime
import decimal
import json
import pathlib
import re
import subprocess
import sys

import pytest

from refusals import missing_table, refused

RETAIL = pathlib.Path(__file__).resolve().parents[1] / "retail"
ANSWERS = json.loads((RETAIL / "expected.json").read_text(encoding="utf-8"))

# What asks for a column that the persona does not have. The words are those for a column that nobody has.
NO_COLUMN = {
    "SELECT count(address['street']) AS n FROM customers.profiles": "field street not found in struct [WEFT-Q005]",
    "SELECT unit_cost FROM inventory.products": "no field named unit_cost [WEFT-Q005]",
    "SELECT count(*) AS n FROM inventory.products WHERE unit_cost > 10": "no field named unit_cost [WEFT-Q005]",
}


def cases():
    for number, one in enumerate(ANSWERS):
        words = f"{one['persona']}-{one['purpose'] or 'no purpose'}-{one['shows']}-{number}".replace(" ", "_")
        yield pytest.param(one, id=words)


@pytest.fixture(scope="module")
def cursor(demo):
    """One connection per persona and purpose, for all questions."""
    with contextlib.ExitStack() as stack:
        cursors = {}

        def of(persona, purpose):
            if (persona, purpose) not in cursors:
                connection = stack.enter_context(demo.connect(persona, purpose))
                cursors[persona, purpose] = stack.enter_context(connection.cursor())
            return cursors[persona, purpose]

        yield of


def plain(value):
    """A value as the file of answers holds it."""
    if isinstance(value, (decimal.Decimal, datetime.date, datetime.datetime)):
        return str(value)
    return value


@pytest.mark.parametrize("one", list(cases()))
def test_an_answer(cursor, one):
    asked = cursor(one["persona"], one["purpose"])
    if "error" in one:
        found = refused(asked.execute, one["sql"])
        if one["sql"] in NO_COLUMN:
            assert (found.grpc, found.text) == ("InvalidArgument", NO_COLUMN[one["sql"]])
        else:
            names = re.findall(r"(?:FROM|JOIN) (\w+\.\w+)", one["sql"])
            assert (found.grpc, found.text) in [("NotFound", missing_table(name)) for name in names]
        return
    asked.execute(one["sql"])
    assert [column[0] for column in asked.description] == one["columns"]
    assert [[plain(value) for value in row] for row in asked.fetchall()] == one["rows"]


def test_the_answers_are_those_of_the_generated_files(demo):
    """The file of answers, worked out anew over what this demo generated; integrity.py looks at the files first."""
    done = subprocess.run(
        [sys.executable, RETAIL / "expected.py", demo.mesh, "--check"], capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{len(ANSWERS)} answers\n", "")


def test_there_is_an_answer_for_every_persona_and_table():
    asked = {(one["persona"], one["purpose"]) for one in ANSWERS}
    assert len(ANSWERS) == 309 and len(asked) == 7
    for persona in asked:
        counts = [one for one in ANSWERS if (one["persona"], one["purpose"]) == persona and one["shows"] == "how many rows exist"]
        assert len(counts) == 11
