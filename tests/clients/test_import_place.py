"""Where `weft import` writes, what it lets a mesh read, and what it shows of folders whose names carry values."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import weft


def data(path, rows=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": pa.array(range(rows), pa.int64())}), path)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- the configuration ------------------------------------------------------------------------------------------------
def test_roots_are_named_and_everything_else_in_the_file_stays(tmp_path):
    for name in "abc":
        data(tmp_path / name / f"{name}.parquet")
    code, out, err = weft("import", "a/a.parquet", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert f"wrote mesh/weft.yaml, which lets every contract of the mesh read below\n  {tmp_path}/a\n" in out
    path = tmp_path / "mesh" / "weft.yaml"
    text = path.read_text()
    assert text.endswith(f'version: 1\nmesh:\n  catalog: .\nstorage:\n  local_roots:\n    - "{tmp_path}/a"\n')
    edited = text.replace("  catalog: .\n", "  catalog: .\n  name: acme # ours\n").replace(
        "storage:\n", 'limits: {rows: 1000}\n# where data lies\nstorage:\n  bindings:\n    - {name: all, prefix: /, domains: ["*"]}\n'
    )
    edited = edited.replace("prefix: /", f"prefix: {tmp_path}/a")
    path.write_text(edited)
    code, _, err = weft("import", "b/b.parquet", "--into", "mesh", cwd=tmp_path)
    assert code == 2 and "WEFT-S004" in err and path.read_text() == edited
    edited = edited.replace(f"prefix: {tmp_path}/a", f"prefix: {tmp_path}")
    edited = edited.replace("  local_roots:\n", f'  local_roots:\n    - "{tmp_path}"\n')
    path.write_text(edited)
    assert weft("import", "b/b.parquet", "--into", "mesh", cwd=tmp_path)[0] == 0
    assert path.read_text() == edited, "what is covered is not added"
    edited = edited.replace(f'    - "{tmp_path}"\n', "").replace('    - {name: all', '    - {name: all').replace(f"prefix: {tmp_path},", f"prefix: {tmp_path}/a,")
    edited = edited[: edited.index("  bindings")] + edited[edited.index("  local_roots") :]
    path.write_text(edited)
    code, out, err = weft("import", "c/c.parquet", "--into", "mesh", "--output", "json", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert json.loads(out)["roots"] == [f"{tmp_path}/c"] and json.loads(out)["configuration"] == "mesh/weft.yaml"
    assert path.read_text() == edited.replace(f'    - "{tmp_path}/a"\n', f'    - "{tmp_path}/a"\n    - "{tmp_path}/c"\n')
    assert weft("sql", "--catalog", "mesh", "--user", "u", "-c", "select 1", cwd=tmp_path)[0] == 0


def test_an_address_says_which_binding_it_lacks(tmp_path):
    for location, prefix in {
        "s3://lake/d/t/": "s3://lake/d/t/",
        "s3://lake/d/t.parquet": "s3://lake/d/",
        "gs://lake/d/*.parquet": "gs://lake/d/",
    }.items():
        assert weft("import", location, "--domain", "d", "--product", "t", "--into", "mesh", cwd=tmp_path) == (
            2,
            "",
            f"error[WEFT-S004]: looking at the location: location `{location}` lies outside of what domain `d` may use\n"
            "  hint: Ask the operator for an entry of `storage.bindings` that lists the domain.\n"
            f'  hint: No binding leads to an object store: add `{{name: d, prefix: "{prefix}", domains: [d], credentials: anonymous}}` to `storage.bindings` of weft.yaml; docs/configuration.md has the other credentials.\n',
        )


# --- where it writes --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", ["../..", "../evil", "a/b", "/etc", ".hidden", "a\\b", "_governance", "weft", ""])
def test_a_path_is_no_name(tmp_path, domain):
    data(tmp_path / "t.parquet")
    code, out, err = weft("import", "t.parquet", "--domain", domain, "--into", "mesh", cwd=tmp_path)
    shown = domain.replace("\\", "\\\\")
    assert (code, out) == (2, "")
    assert err == f"error: `{shown}` cannot be the name of a domain\n  hint: A name has letters and digits, begins with a letter, and is no path.\n"
    code, _, err = weft("import", "t.parquet", "--product", "../evil", "--into", "mesh", cwd=tmp_path)
    assert code == 2 and err.startswith("error: `../evil` cannot be the name of a product\n  hint: A name is no path")
    assert files(tmp_path) == ["t.parquet"]


@pytest.mark.parametrize("link", ["d", "d/t", "d/t/t-v1.odcs.yaml", "d/t/t.odps.yaml"])
@pytest.mark.parametrize("dangling", [False, True])
def test_nothing_is_written_through_a_link(tmp_path, link, dangling):
    """Whether the link leads to something or not: neither read, nor written, nor replaced."""
    data(tmp_path / "t.parquet")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if link.endswith(".yaml"):
        elsewhere = elsewhere / "file"
        if not dangling:
            elsewhere.write_text("mine\n")
    elif dangling:
        elsewhere.rmdir()
    at = tmp_path / "mesh" / link
    at.parent.mkdir(parents=True)
    at.symlink_to(elsewhere)
    before = files(tmp_path)
    for write in ([], ["--write"]):
        code, out, err = weft("import", "t.parquet", "--domain", "d", "--into", "mesh", *write, cwd=tmp_path)
        assert (code, out) == (2, "")
        assert err == f"error: `{at}` is a link, and an import writes through none\n  hint: Put a folder or file in its place, or name the folder that it leads to with --into.\n"
    assert files(tmp_path) == before and at.is_symlink()


@pytest.mark.parametrize("link", ["weft.yaml", "_governance"])
def test_the_configuration_and_the_board_are_no_way_out(tmp_path, link):
    data(tmp_path / "t.parquet")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mesh").mkdir()
    target = tmp_path / "elsewhere" / "weft.yaml" if link == "weft.yaml" else tmp_path / "elsewhere"
    (tmp_path / "mesh" / link).symlink_to(target)
    code, _, err = weft("import", "t.parquet", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    assert code == 2 and f"/{link}` is a link" in err.replace("`mesh", "`/mesh"), err
    assert list((tmp_path / "elsewhere").iterdir()) == [] and files(tmp_path / "mesh") == []


def test_a_mesh_may_be_reached_by_a_link(tmp_path):
    data(tmp_path / "t.parquet")
    (tmp_path / "real").mkdir()
    (tmp_path / "mesh").symlink_to(tmp_path / "real")
    assert weft("import", "t.parquet", "--domain", "d", "--into", "mesh", cwd=tmp_path)[0] == 0
    assert files(tmp_path / "real") == ["_governance/board.policy.yaml", "d/t/t-v1.odcs.yaml", "d/t/t.odps.yaml", "weft.yaml"]


# --- values in the names of folders -----------------------------------------------------------------------------------
def test_values_of_folders_are_shown_nowhere(tmp_path):
    data(tmp_path / "t" / "who=SECRET1" / "day=2031-07-09" / "a.parquet")
    data(tmp_path / "t" / "who=SECRET2" / "day=2031-07-10" / "b.parquet")
    code, out, err = weft("import", "t", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    assert (code, err) == (0, "")
    written = "".join((tmp_path / "mesh" / name).read_text() for name in files(tmp_path / "mesh"))
    assert "SECRET" not in out + written and "2031" not in out + written
    assert '"who"' in written and "who" in out
    # What goes wrong with them says no more.
    data(tmp_path / "t" / "who=SECRET3" / "c.parquet")
    code, out, err = weft("import", "t", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    assert (code, out) == (2, "") and "SECRET" not in err and "who=…" in err, err
    (tmp_path / "t" / "who=SECRET3" / "c.parquet").write_bytes(b"no parquet at all")
    code, out, err = weft("import", "t", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    assert code == 2 and "SECRET" not in out + err, err
    (tmp_path / "t" / "who=SECRET3" / "c.parquet").unlink()
    (tmp_path / "t" / "who=SECRET3").rmdir()
    (tmp_path / "t" / "who=SECRET1" / "day=2031-07-09" / "a.parquet").write_bytes(b"PAR1")
    code, out, err = weft("import", "t", "--domain", "d", "--into", "mesh", cwd=tmp_path)
    assert code == 2 and "SECRET" not in out + err and "2031" not in out + err, err
