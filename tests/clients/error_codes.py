"""Every code that Weft says, taken from the sources, as the tables of docs/errors.md.

`python tests/clients/error_codes.py` writes the file anew; test_docs.py fails when it is not what the sources say.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRATES = ROOT / "crates"
FILE = ROOT / "docs" / "errors.md"
CODE = re.compile(r'"((?:WEFT-[A-Z]|ODCS-E|ODPS-E|AUTH-U|POL-|CAT-|CONF-|BIND-|W)[0-9]{3})"')

# Findings whose sources have a message for every case and no sentence for all of them.
MEANINGS = {
    "AUTH-U001": "`users.yaml` is no YAML, or holds keys or values that do not exist.",
    "AUTH-U002": "A user's name is missing, reserved, too long, doubled or has characters that a name cannot have.",
    "AUTH-U003": "A user's password is no argon2id PHC string, or costs too much to check.",
    "AUTH-U004": "A user's password is hashed with less memory than advised.",
    "BIND-001": "No server of the contract belongs to an environment of the mesh, so there is nothing to open.",
    "CAT-001": "A hidden file is ignored.",
    "CAT-002": "A link leads out of the mesh, or cannot be followed.",
    "CAT-003": "A file is larger than the bound.",
    "CAT-004": "A file cannot be read, or is no regular file.",
    "CAT-005": "A file lies where its kind is not read.",
    "CAT-006": "A product's file does not lie in the folder of its domain.",
    "CAT-007": "A file or product no longer loads; what was loaded last is served.",
    "CAT-008": "A policy file vanished; its last rules stay in force.",
    "CAT-009": "A `domain.yaml` is not valid.",
    "CAT-014": "The board's policy is not valid; its last valid rules stay in force.",
    "CAT-015": "`defaultVersion` names a version that is not in service.",
    "CAT-016": "The query file of a derived product is not there.",
    "CONF-001": "The configuration is not valid.",
}

SECTIONS = [
    ("WEFT-Q", "Statements", "crates/weft-engine/src/error.rs"),
    ("WEFT-G", "The enforcement point", "crates/weft-govern/src/error.rs"),
    ("WEFT-F", "Arrow Flight SQL", "crates/weft-flight/src/error.rs"),
    ("WEFT-A", "Credentials", "crates/weft-auth/src/error.rs"),
    ("WEFT-P", "Reading a port", "crates/weft-port/src/error.rs"),
    ("WEFT-S", "Storage", "crates/weft-storage/src/error.rs"),
    ("WEFT-C", "The catalog", "crates/weft-catalog/src/error.rs"),
]

# Errors that others carry, which have codes of their own.
INNER = {"crates/weft-storage/src/error.rs": [("crates/weft-storage/src/catalog.rs", "CatalogFault")]}

HEAD = """# Codes

Every error and every finding has a code that stays. An error of a statement reaches a client as a gRPC status, a message
of one clause, a hint where there is something to do, and the code with its SQLSTATE in `google.rpc.ErrorInfo` (`reason`,
domain `weft`) and in the message. A finding of `weft validate`, `weft policy check` or the server's log stands with its
file, line and column. A *reference* in a message (`g000017`, `e000003`) finds the cause in the server's log, where it stays.

This page is written by `tests/clients/error_codes.py` from the sources.
"""


def sources():
    """The text of each Rust source that is no test."""
    for path in sorted(CRATES.glob("*/src/**/*.rs")):
        if "generated" not in path.parts and path.name != "tests.rs" and "tests" not in path.parts:
            yield path, path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]


def codes_in_sources():
    """Every code between quotation marks, and those that macros put together."""
    codes = {code for _, text in sources() for code in CODE.findall(text)}
    return codes | {code for code, _ in standards()}


def sentence(text):
    text = " ".join(text.split())
    return text if text.endswith(".") else text + "."


def errors(path, enum="Error"):
    """[(code, status, SQLSTATE, meaning)] of an enum of errors."""
    text = (ROOT / path).read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    made = r'Code::new\(\s*"(WEFT-\w+)",\s*Kind::(\w+),\s*"(\w+)"\s*\)'
    named = dict((name, rest) for name, *rest in re.findall(rf"const (\w+): Code = {made};", text))
    body = re.search(rf"pub enum {enum} \{{\n(.*?)\n\}}", text, re.S).group(1)
    said = {}
    for docs, name in re.findall(r"((?:^    ///.*\n)+)(?:^    #\[.*\n)+^    (\w+)", body, re.M):
        said[name] = " ".join(line.strip().removeprefix("///").strip() for line in docs.splitlines())
    arms = re.search(r"fn code\(&self\) -> Code \{\s*match self \{(.*?)\n        \}\n    \}", text, re.S).group(1)
    found = {}
    arm = re.compile(r"((?:\|?\s*Self::\w+(?: \{ \.\. \}|\(_\))?\s*)+)=>\s*\{?\s*(Code::new\([^)]*\)|[A-Z_]+\b)")
    for variants, what in arm.findall(arms):
        code = re.match(made, what).groups() if what.startswith("Code") else tuple(named[what])
        meanings = [sentence(said[variant]) for variant in re.findall(r"Self::(\w+)", variants)]
        found.setdefault(code, []).extend(meanings)
    return [(*code, " ".join(meanings)) for code, meanings in sorted(found.items())]


def standards():
    """[(code, meaning)] of the contract crate: what standards ask for, then Weft's own rules."""
    text = (CRATES / "weft-contract/src/codes.rs").read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    pairs = re.findall(r'^    [A-Z_]+ "(\d{3})" "(.*)";$', text, re.M)
    for prefix in ("ODCS-E", "ODPS-E"):
        yield from ((prefix + number, meaning) for number, meaning in pairs)
    yield from sorted(re.findall(r'^    [A-Z_]+ "(W\d{3})" "(.*)";$', text, re.M))


def policies():
    """[(code, meaning)] of the policy crate."""
    text = (CRATES / "weft-policy/src/complaint.rs").read_text(encoding="utf-8")
    for meaning, code in re.findall(r'^/// (.*)\npub\(crate\) const \w+: &str = "(POL-\d+)";$', text, re.M):
        yield code, meaning


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def page():
    """The whole of docs/errors.md."""
    parts = [HEAD, "## Errors\n"]
    for _, title, path in SECTIONS:
        listed = errors(path) + [one for inner, enum in INNER.get(path, []) for one in errors(inner, enum)]
        rows = [(f"`{code}`", status, state, meaning) for code, status, state, meaning in listed]
        parts += [f"### {title}\n", table(("code", "status", "SQLSTATE", "meaning"), rows)]
    parts.append("## Findings\n")
    contract = list(standards())
    shared = [(f"`{a}`, `ODPS-E{a[-3:]}`", meaning) for a, meaning in contract if a.startswith("ODCS")]
    parts += ["### A file against its standard (ODCS, ODPS)\n", table(("code", "meaning"), shared)]
    own = [(f"`{code}`", meaning) for code, meaning in contract if code.startswith("W")]
    parts += ["### Contracts and products, by Weft's own rules\n", table(("code", "meaning"), own)]
    parts += ["### Policy\n", table(("code", "meaning"), [(f"`{code}`", meaning) for code, meaning in policies()])]
    rest = [(f"`{code}`", meaning) for code, meaning in sorted(MEANINGS.items())]
    parts += ["### Files of the mesh, users, configuration\n", table(("code", "meaning"), rest)]
    return "\n".join(parts)


def codes_on_page(text):
    return set(re.findall(r"`((?:WEFT-[A-Z]|ODCS-E|ODPS-E|AUTH-U|POL-|CAT-|CONF-|BIND-|W)[0-9]{3})`", text))


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
