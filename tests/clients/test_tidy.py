"""The house keeps its shape: floors, lengths, names, dependencies."""

import re
import subprocess
import tomllib

import pytest

from command import ROOT

CRATES = ROOT / "crates"
FLOORS = {
    7: ["weft"],
    6: ["weft-flight"],
    5: ["weft-engine"],
    4: ["weft-govern"],
    3: ["weft-catalog", "weft-scan", "weft-delta", "weft-iceberg", "weft-iceberg-rest", "weft-iceberg-sql"],
    2: ["weft-contract", "weft-policy", "weft-auth", "weft-storage", "weft-port"],
    1: ["weft-model", "weft-proto"],
}
FLOOR = {crate: floor for floor, crates in FLOORS.items() for crate in crates}
# For tests and benchmarks: stands beside the floors, and no crate of a floor names it.
TESTKIT = "weft-testkit"
# Where most days' work happens; they build without DataFusion.
LIGHT = ["weft-policy", "weft-contract", "weft-model", "weft-auth", "weft-storage", "weft-catalog", "weft-proto"]
LINES_MAX = 500
EMPTY_NAMES = re.compile(r"(?:^|[_-])(?:utils?|helpers?|managers?|common|misc)(?:[_-]|$)")


def manifest(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


MANIFESTS = {path.parent.name: manifest(path) for path in CRATES.glob("*/Cargo.toml")}
LOCKED = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]


def needs(crate, *kinds):
    """The names of what a crate depends on."""
    return {name for kind in kinds or ("dependencies",) for name in MANIFESTS[crate].get(kind, {})}


def files(*patterns):
    """What is in the repository, generated files left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if "/generated/" not in line and (ROOT / line).exists()]


def test_every_crate_has_a_floor():
    assert set(MANIFESTS) == set(FLOOR) | {TESTKIT}
    for folder, one in MANIFESTS.items():
        assert one["package"]["name"] == folder
    map_of_the_house = (CRATES / "README.md").read_text(encoding="utf-8")
    drawn = {crate: int(floor) for floor, crate in re.findall(r"^\| (\d) \| `([\w-]+)` \|", map_of_the_house, re.M)}
    assert drawn == FLOOR


@pytest.mark.parametrize("crate", FLOOR)
def test_dependencies_point_down(crate):
    ours = {name for name in needs(crate, "dependencies", "dev-dependencies", "build-dependencies") if name.startswith("weft")}
    assert [name for name in sorted(ours) if FLOOR.get(name, 9) >= FLOOR[crate]] == []


@pytest.mark.parametrize("crate", LIGHT)
def test_light_crates_build_without_datafusion(crate):
    """Neither by themselves nor through another package."""
    by_name = {}
    for package in LOCKED:
        by_name.setdefault(package["name"], []).append(package)
    seen, ahead = set(), [*needs(crate, "dependencies", "build-dependencies")]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            further = needs(name) if name in MANIFESTS else None
            for package in by_name.get(name, []):
                ahead += further if further is not None else [one.split(" ")[0] for one in package.get("dependencies", [])]
    assert len(seen) > 3 and [name for name in sorted(seen) if name.startswith("datafusion")] == []


def test_only_the_engine_knows_the_facade():
    assert [crate for crate in sorted(FLOOR) if "datafusion" in needs(crate)] == ["weft-engine"]


@pytest.mark.parametrize("name", ["sqlparser", "datafusion", "arrow", "parquet", "object_store", "tonic", "prost"])
def test_there_is_one_of(name):
    versions = [package["version"] for package in LOCKED if package["name"] == name]
    assert len(versions) == 1, versions


def test_dependencies_are_declared_once_and_used():
    root = manifest(ROOT / "Cargo.toml")
    members = [*MANIFESTS.values(), manifest(ROOT / "tests/Cargo.toml"), manifest(ROOT / "benches/Cargo.toml")]
    used = set()
    for member in members:
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, how in member.get(kind, {}).items():
                assert how.get("workspace") is True, f"{member['package']['name']} declares {name} itself"
                used.add(name)
    assert sorted(set(root["workspace"]["dependencies"]) - used) == []


@pytest.mark.parametrize("folder", [*sorted(f"crates/{crate}" for crate in MANIFESTS), "tests", "benches"])
def test_dependencies_are_named_by_the_code(folder):
    """A dependency that no file of the crate names is a leftover."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.rs"))
    named = re.sub(r"^\s*//.*$", "", sources, flags=re.M)
    kinds = ("dependencies", "dev-dependencies", "build-dependencies")
    declared = {name for kind in kinds for name in manifest(ROOT / folder / "Cargo.toml").get(kind, {})}
    assert [name for name in sorted(declared) if not re.search(rf"\b{name.replace('-', '_')}\b", named)] == []


def test_no_plan_leaves_the_process():
    """Plans are shipped by `datafusion-proto`, which would leave the deleted rows of files behind: files' extensions have no
    place in its messages. Whoever adds it adds a codec that carries them, and a test that says so."""
    assert not [package["name"] for package in LOCKED if package["name"].startswith("datafusion-proto")]


def test_files_are_short():
    long = {str(path.relative_to(ROOT)): lines for path in files("*.rs", "*.py") if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_MAX}
    assert long == {}


def test_names_say_something():
    named = [path.relative_to(ROOT) for path in files("*.rs", "*.py", "*.java")]
    assert [str(path) for path in named if any(EMPTY_NAMES.search(part) for part in [path.stem, *path.parts[:-1]])] == []
    modules = [(str(path.relative_to(ROOT)), name) for path in files("*.rs") for name in re.findall(r"^\s*(?:pub(?:\([\w ]+\))? )?mod (\w+)", path.read_text(encoding="utf-8"), re.M)]
    assert [one for one in modules if EMPTY_NAMES.search(one[1])] == []


def test_every_file_says_what_it_is():
    spoken = [path for path in files("*.rs") if path.name != "tests.rs"]
    silent = [str(path.relative_to(ROOT)) for path in spoken if not path.read_text(encoding="utf-8").startswith("//!")]
    assert silent == []
    brief = {}
    for crate in MANIFESTS:
        lines = (CRATES / crate / "src/lib.rs").read_text(encoding="utf-8").splitlines()
        head = next((number for number, line in enumerate(lines) if not line.startswith("//!")), len(lines))
        if head < 3:
            brief[crate] = head
    assert brief == {}, "lib.rs says where the crate stands and in which order to read it"


def test_crates_take_the_workspaces_lints():
    assert [crate for crate, one in sorted(MANIFESTS.items()) if one.get("lints", {}).get("workspace") is not True] == []
