#!/usr/bin/env python3
"""Compares Weft's verdict about contract and product files with that of the standards' own validators.

usage: mutants.py [--lint] [--odcslint] [--sample N] FIXTURES -- weft validate --output json

FIXTURES is a folder of `*.odcs.yaml` and `*.odps.yaml` files. Every file is taken apart: one change at a time to
one key of one object. Each mutant is judged by

  schema    the JSON Schema that datacontract-cli or dataproduct-cli ships for the file's own `apiVersion`, with
            `unevaluatedProperties`, and datacontract-cli's rules about enumerated values: the reference;
  lint      the tools' own lint entry points, for the record: datacontract-cli leaves `unevaluatedProperties` out and
            only warns about the unknown keys it notices;
  odcslint  the third linter: what only its assertion of `format: uri` and `format: date` finds is left out, for the
            schema merely annotates formats;
  weft      the command behind `--`, followed by files: findings whose code begins with ODCS- or ODPS- are its verdict on the
            standard, findings whose code begins with W are its own.

Needs datacontract-cli 1.2.8, dataproduct-cli 0.3.2 and, for `--odcslint`, odcslint 0.3.0.
The order and content of the mutants depend on nothing but the fixtures.
"""

import argparse
import collections
import concurrent.futures
import copy
import importlib.resources
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml
from datacontract.data_contract import DataContract
from datacontract.lint.constraints import enum_value_errors
from datacontract.lint.resolve import ODCS_SCHEMA_VERSIONS, _SafeLoaderNoTimestamp
from dataproduct.lint.schema import schema_version_for
from dataproduct.lint.validate import parse_yaml
from jsonschema.validators import validator_for

BATCH = 200


def load(text):
    """Reads YAML as datacontract-cli does: dates stay texts, duplicate keys are errors."""
    return yaml.load(text, Loader=_SafeLoaderNoTimestamp)


def validators():
    """Two validators per schema file, made once: without `unevaluatedProperties`, then with it.

    The first is quick and only ever finds less, so that most invalid mutants need not wait for the second.
    """
    made = {}

    def of(package, name):
        if name not in made:
            text = importlib.resources.files(package).joinpath("schemas", name).read_text(encoding="utf-8")
            whole = json.loads(text)
            loose = json.loads(
                text, object_hook=lambda o: {k: v for k, v in o.items() if k != "unevaluatedProperties"}
            )
            made[name] = [validator_for(schema)(schema) for schema in (loose, whole)]
        return made[name]

    return of


VALIDATOR = validators()


def schema_verdict(kind, text):
    """The reference: None when valid, else the first reason. Each tool reads YAML its own way."""
    try:
        document = parse_yaml(text) if kind == "odps" else load(text)
    except Exception as error:  # the tools treat every parser error alike
        return "YAML: " + (str(error) or getattr(error, "reason", "") or type(error).__name__).splitlines()[0]
    if not isinstance(document, dict):
        return "no mapping"
    if kind == "odps":
        version = schema_version_for(document.get("apiVersion"))
        pair = VALIDATOR("dataproduct", f"odps-{version}.schema.json")
    else:
        declared = document.get("apiVersion")
        version = ODCS_SCHEMA_VERSIONS.get(declared if isinstance(declared, str) else None, "3.2.0")
        pair = VALIDATOR("datacontract", f"odcs-{version}.schema.json")
    for validator in pair:
        for error in validator.iter_errors(document):
            return f"{error.json_path}: {error.message[:160]}"
    if kind == "odcs":
        for error in enum_value_errors(document):
            return error.reason
    return None


def lint_verdict(kind, path):
    """What the tool's lint command says: None when it passes without a warning about unknown fields."""
    if kind == "odps":
        from dataproduct.data_product import DataProduct

        checks = DataProduct(str(path)).lint().checks
        bad = [c for c in checks if str(getattr(c.result, "value", c.result)) in ("error", "failed")]
        return bad[0].reason if bad else None
    run = DataContract(data_contract_file=str(path), inline_references=False).lint()
    bad = [c for c in run.checks if str(getattr(c.result, "value", c.result)) in ("error", "failed", "warning")]
    return (bad[0].reason or bad[0].name) if bad else None


def paths(node, at=()):
    """Every mapping and list item below a node, in file order."""
    yield at, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from paths(value, (*at, index))


def put(document, at, change):
    """A copy of the document with a change at one place; `change` gets the parent and the last step."""
    copied = copy.deepcopy(document)
    parent = copied
    for step in at[:-1]:
        parent = parent[step]
    change(parent, at[-1])
    return copied


def assign(value):
    return lambda parent, step: parent.__setitem__(step, value)


def replacements(value):
    """Values of another kind, or of the same kind and wrong, with a word for each."""
    if isinstance(value, bool):
        return [("text for flag", "maybe"), ("quoted flag", "true"), ("number for flag", 1), ("null", None)]
    if isinstance(value, (int, float)):
        return [("text for number", "many"), ("negative", -1), ("fraction", 1.5), ("flag for number", True), ("null", None), ("list for number", [1])]
    if isinstance(value, str):
        return [
            ("number for text", 7),
            ("flag for text", True),
            ("null", None),
            ("list for text", [value]),
            ("mapping for text", {"zz": value}),
            ("another word", "zz-nonsense"),
            ("text with blanks", "a b.c"),
            ("empty text", ""),
        ]
    if isinstance(value, list):
        return [("text for list", "x"), ("mapping for list", {"a": 1}), ("empty list", []), ("null", None), ("doubled", value + value), ("number in list", value + [3])]
    if isinstance(value, dict):
        return [("text for mapping", "x"), ("list for mapping", [value]), ("empty mapping", {}), ("null", None)]
    return [("text for null", "x"), ("list for null", [])]


ADDED = [
    ("zzUnknown", "x"),
    ("mustBe", 1),
    ("mustBeBetween", [1, 2]),
    ("metric", "rowCount"),
    ("logicalTypeOptions", {"format": "i32"}),
    ("properties", [{"name": "n", "logicalType": "string"}]),
    ("items", {"logicalType": "string"}),
    ("vendor", "acme"),
    ("deprecated", True),
    ("from", "a.b"),
    ("to", ["a.b"]),
    ("enum", [{"value": 1}, {"value": 1}]),
    ("id", "an_id"),
    ("query", "SELECT 1"),
    ("port", "5432"),
]

WORDS = {
    "apiVersion": ["v3.2.0", "v3.1.0", "v3.0.2", "v3.0.0", "v2.2.2", "v1.1.0", "v1.0.0", "v0.9.0", "3.2.0", "v9.9.9"],
    "kind": ["DataContract", "DataProduct", "datacontract"],
    "logicalType": ["string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean", "map", "vector", "blob", "text"],
    "type": ["s3", "azure", "local", "iceberg", "custom", "kafka", "postgres", "sftp", "trino", "hive", "gcs", "sql", "text", "library", "foreignKey"],
    "format": ["i32", "f64", "uuid", "csv", "avro"],
}


def tree_mutants(document):
    for at, node in paths(document):
        where = "/".join(str(step) for step in at) or "(root)"
        if at:
            yield f"drop {where}", put(document, at, lambda parent, step: parent.pop(step))
            for word, value in replacements(node):
                yield f"{word}: {where}", put(document, at, assign(value))
            if at[-1] in WORDS:
                for word in WORDS[at[-1]]:
                    if word != node:
                        yield f"{word} at {where}", put(document, at, assign(word))
        if isinstance(node, dict):
            for key, value in ADDED:
                if key not in node:
                    copied = copy.deepcopy(document)
                    target = copied
                    for step in at:
                        target = target[step]
                    target[key] = value
                    yield f"add {key} to {where}", copied
            for key in list(node):
                copied = copy.deepcopy(document)
                target = copied
                for step in at:
                    target = target[step]
                swapped = {(f"{k[:-1]}" if k == key and len(k) > 2 else k): v for k, v in target.items()}
                target.clear()
                target.update(swapped)
                yield f"misspell {where}/{key}", copied


def text_mutants(text):
    lines = text.splitlines()
    yield "empty file", ""
    yield "a list", "- a\n- b\n"
    yield "second document", text + "\n---\na: 1\n"
    yield "unclosed list", text + "\nzz: [1, 2\n"
    yield "unclosed quote", text + "\nzz: \"abc\n"
    yield "stray tab", text + "\n\tzz: 1\n"
    yield "local tag", text.replace("name: ", "name: !local ", 1)
    yield "text tag", text.replace("version: ", "version: !!str ", 1)
    yield "undefined alias", text + "\ntenant2: *nobody\n"
    yield "yes for true", text.replace(": true", ": yes", 1)
    yield "unquoted date", text.replace('dateIn: "2024-05-01"', "dateIn: 2024-05-01", 1)
    yield "merged mapping", text + "\nprice: &p {priceUnit: TB}\nsupport: [{<<: *p, channel: c}]\n"
    yield "unquoted version", text.replace("version: ", "version: 1.0 #", 1)
    for index, line in enumerate(lines):
        if line and not line.startswith((" ", "#", "-")) and ":" in line:
            top = line.split(":", 1)[0]
            yield f"duplicate key {top}", "\n".join([*lines, f"{top}: again", ""])


def mutants(fixtures):
    """(file, change, kind, text) for the fixtures themselves and every mutant of them."""
    for path in sorted(fixtures.rglob("*.o[dc][cp]s.yaml")):
        kind = "odps" if path.name.endswith(".odps.yaml") else "odcs"
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(fixtures))
        yield name, "unchanged", kind, text
        for change, mutant in text_mutants(text):
            yield name, change, kind, mutant
        for change, mutant in tree_mutants(load(text)):
            yield name, change, kind, yaml.safe_dump(mutant, sort_keys=False, allow_unicode=True)


def weft_verdicts(command, files):
    """What Weft says about each file: None when valid, else its first complaint about the standard."""
    verdicts, own = {}, collections.Counter()
    for start in range(0, len(files), BATCH):
        batch = [str(path) for path in files[start : start + BATCH]]
        done = subprocess.run([*command, *batch], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[:400]}")
        for finding in json.loads(done.stdout)["findings"]:
            if finding["code"].startswith("W"):
                own[finding["code"]] += 1
            elif finding["severity"] == "error":
                said = f"{finding['line']}:{finding['column']} {finding['code']} {finding['message']}"
                verdicts.setdefault(finding["file"], said)
    return [verdicts.get(str(path)) for path in files], own


def odcslint_verdicts(files):
    """What odcslint says, by file; what only its assertion of `format: uri` finds is left out."""
    tool = pathlib.Path(sys.executable).with_name("odcslint")
    verdicts = {}
    for path in files:
        # The placeholder is no part of a URI, and where one finding about a server stands the others are left out.
        text = path.read_text(encoding="utf-8")
        if "{model}" in text:
            path.write_text(text.replace("{model}", "model"), encoding="utf-8")
    for start in range(0, len(files), BATCH):
        batch = [str(path) for path in files[start : start + BATCH]]
        command = [str(tool), "check", "--hide-warnings", "--exit-zero", "--output-format", "ndjson", *batch]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"odcslint: {done.stderr[:300]}")
        for line in done.stdout.splitlines():
            finding = json.loads(line)
            if "is not a \"uri\"" not in finding["message"] and "is not a \"date" not in finding["message"]:
                verdicts.setdefault(finding["path"], finding["message"])
    return verdicts


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("--lint", action="store_true", help="also ask the tools' own lint entry points (slow)")
    parser.add_argument("--odcslint", action="store_true", help="also ask odcslint")
    parser.add_argument("--sample", type=int, default=1, help="judge every Nth mutant only")
    options = parser.parse_args(sys.argv[1:split])
    command = sys.argv[split + 1 :] or sys.exit(__doc__)
    seen, cases = set(), []
    for name, change, kind, text in mutants(options.fixtures):
        if (kind, text) not in seen:
            seen.add((kind, text))
            cases.append((name, change, kind, text))
    cases = cases[:: options.sample]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for index, (_, _, kind, text) in enumerate(cases):
            path = pathlib.Path(folder) / f"m{index:05}.{kind}.yaml"
            path.write_text(text, encoding="utf-8")
            files.append(path)
        weft, own = weft_verdicts(command, files)
        # The validators take nearly all of the time, and each mutant by itself.
        with concurrent.futures.ProcessPoolExecutor() as pool:
            kinds, texts = [kind for _, _, kind, _ in cases], [text for _, _, _, text in cases]
            reference = list(pool.map(schema_verdict, kinds, texts, chunksize=8))
        differ = [
            (case, theirs, ours)
            for case, theirs, ours in zip(cases, reference, weft)
            if (theirs is None) != (ours is None)
        ]
        for (name, change, _, _), theirs, ours in differ:
            print(f"{name}: {change}\n  schema: {theirs or 'valid'}\n  weft:   {ours or 'valid'}")
        valid = sum(verdict is None for verdict in reference)
        agree = len(cases) - len(differ)
        print(f"mutants {len(cases)} (valid {valid}, invalid {len(cases) - valid})")
        print(f"weft = schema: {agree} of {len(cases)} ({100 * agree / len(cases):.2f} %), {len(differ)} differ")
        if options.lint:
            theirs = [lint_verdict(kind, path) for (_, _, kind, _), path in zip(cases, files)]
            same = sum((a is None) == (b is None) for a, b in zip(theirs, weft))
            print(f"weft = lint: {same} of {len(cases)} ({100 * same / len(cases):.2f} %)")
            for case, a, b in zip(cases, theirs, weft):
                if (a is None) != (b is None):
                    print(f"  {case[0]}: {case[1]}\n    lint: {(a or 'valid')[:200]}\n    weft: {b or 'valid'}")
        if options.odcslint:
            contracts = [path for path in files if path.name.endswith(".odcs.yaml")]
            theirs = odcslint_verdicts(contracts)
            judged = [(case, theirs.get(str(path)), ours) for case, path, ours in zip(cases, files, weft) if case[2] == "odcs"]
            other = [(case, a, b) for case, a, b in judged if (a is None) != (b is None)]
            for case, a, b in other:
                print(f"  {case[0]}: {case[1]}\n    odcslint: {(a or 'valid')[:200]}\n    weft: {b or 'valid'}")
            same = len(judged) - len(other)
            print(f"weft = odcslint: {same} of {len(judged)} ({100 * same / len(judged):.2f} %)")
    print("weft's own findings:", ", ".join(f"{code} {count}" for code, count in sorted(own.items())))
    sys.exit(agree < 0.99 * len(cases))


if __name__ == "__main__":
    main()
