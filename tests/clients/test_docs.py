"""The documents say what is so: codes, settings, links."""

import os
import re
import subprocess

import pytest

import error_codes
from command import ROOT, weft

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
BLOCK = re.search(r"^```yaml\n(version: 1 .*?)^```$", CONFIGURATION, re.S | re.M).group(1)


def documents():
    """Every Markdown file that is in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_every_code_is_listed_and_no_other():
    text = error_codes.FILE.read_text(encoding="utf-8")
    assert error_codes.codes_on_page(text) == error_codes.codes_in_sources()
    assert text == error_codes.page(), "run `python tests/clients/error_codes.py`"


def sections(block):
    """The keys of each section; those at the top stand under the empty name."""
    found, section = {"": []}, ""
    for line in block.splitlines():
        if top := re.match(r"(\w+):", line):
            section = top.group(1)
            found[""].append(section)
        elif key := re.match(r"  (\w+):", line):
            found.setdefault(section, []).append(key.group(1))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("documented")
    assert weft("init", path)[0] == 0
    return path


def judged(folder, configuration):
    """What the binary says of a configuration; empty when it takes it."""
    (folder / "weft.yaml").write_text(configuration, encoding="utf-8")
    code, _, said = weft("sql", "-c", "select 1", cwd=folder)
    return "" if code == 0 else said


def test_the_documented_configuration_is_taken_as_it_stands(folder):
    assert judged(folder, BLOCK) == ""


def test_every_setting_is_documented_and_no_other(folder):
    for section, keys in sections(BLOCK).items():
        wrong = f"version: 1\n{section}:\n  none_such: 1\n" if section else "version: 1\nnone_such: 1\n"
        expected = re.search(r"unknown field `none_such`, expected (?:one of )?(.*)", judged(folder, wrong)).group(1)
        assert sorted(keys) == sorted(re.findall(r"\w+", expected.replace(" or ", " "))), section


def test_documented_defaults_are_those_of_a_new_folder(folder, tmp_path):
    assert weft("init", tmp_path)[0] == 0
    template = (tmp_path / "weft.yaml").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"^  # +(\w+): ([^\s{]\S*?)(?: .*)?$", template, re.M))
    assert len(defaults) > 20
    for key, value in defaults.items():
        documented = re.findall(rf"^ +{key}: (\S+?)(?: .*)?$", BLOCK, re.M)
        assert value in documented, f"`{key}` is {value} by default, documented as {documented}"


def test_every_setting_can_come_from_the_environment(tmp_path):
    """All scalars at once, with the values that are documented; and none of them is ignored."""
    scalars = {}
    section = ""
    for line in BLOCK.splitlines():
        if top := re.match(r"(\w+):", line):
            section = top.group(1)
        elif (key := re.match(r"  (\w+): ([^\s{\[]+)(?: .*)?$", line)) and key.group(2) != "./catalog":
            scalars[f"WEFT__{section}__{key.group(1)}".upper()] = key.group(2)
    assert len(scalars) >= 30
    catalog = str(ROOT / "catalogs" / "retail")
    code, _, said = weft("sql", "--catalog", catalog, "-c", "select 1", cwd=tmp_path, **scalars)
    assert code == 0, said
    for name in scalars:
        if not name.endswith(("__NAME", "__CATALOG", "__USERS", "__TOKENS", "__DIR", "__FILE", "__LEVEL")):
            code, _, said = weft("sql", "--catalog", catalog, "-c", "select 1", cwd=tmp_path, **{name: "none such"})
            assert code == 2 and f"the settings of the environment ({name}) are not usable" in said, (name, said)


def test_messages_name_settings_that_are_documented():
    known = {f"{section}.{key}" for section, keys in sections(BLOCK).items() for key in keys}
    known |= set(re.findall(r"^\| `(\w+\.\w+)` \|", CONFIGURATION, re.M))
    names = re.compile(rf"(?:^|[ `\"(])((?:{'|'.join(filter(None, sections(BLOCK)))})\.[a-z_]+)(?=[` ,;)=\"])")
    unknown = []
    for path, text in error_codes.sources():
        said = re.findall(r'"(?:[^"\\]|\\.)*"', re.sub(r"^\s*//.*$", "", text, flags=re.M))
        unknown += [f"{path.relative_to(ROOT)}: {name}" for one in said for name in names.findall(one) if name not in known and not name.endswith(".jsonl")]
    assert unknown == []


def anchors(text):
    """How headings are linked to."""
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_lead_somewhere():
    dead = []
    for file in documents():
        text = file.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            other = file.parent / path if path else file
            if not other.exists() or (anchor and anchor not in anchors(other.read_text(encoding="utf-8"))):
                dead.append(f"{file.relative_to(ROOT)}: {target}")
    assert dead == []


def test_named_files_exist():
    """A path in backticks that begins with a folder of the repository is a path of it."""
    folders = "|".join(sorted(entry.name for entry in os.scandir(ROOT) if entry.is_dir() and entry.name[0] != "."))
    gone = []
    for file in documents():
        for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", file.read_text(encoding="utf-8")):
            if not (ROOT / path).exists() and not (file.parent / path).exists() and file.name != "CHANGELOG.md":
                gone.append(f"{file.relative_to(ROOT)}: {path}")
    assert gone == []


def test_documents_are_about_weft_alone():
    """Nothing of the machine a document was written on: absolute paths are those that every Debian has."""
    everywhere = {"dev", "etc", "proc", "run", "sys", "usr", "var"}
    told = [
        f"{file.relative_to(ROOT)}: /{folder}/"
        for file in documents()
        for folder in re.findall(r"(?<![^\s`\"'(=:])/(\w+)/", file.read_text(encoding="utf-8"))
        if folder not in everywhere
    ]
    assert told == []
