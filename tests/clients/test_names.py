"""What files call a column: other names at every depth."""

import re

import pyarrow as pa
import pyarrow.parquet as pq

from command import weft

RUN = ["--domain", "d", "--product", "p", "--into", "mesh", "--reader", "r", "--classification", "public"]


def imported(folder, change):
    """Imports `t` and changes the text of its contract."""
    code, _, err = weft("import", "t", *RUN, cwd=folder)
    assert code == 0, err
    path = folder / "mesh/d/p/p-v1.odcs.yaml"
    path.write_text(change(path.read_text()))


def asked(folder, sql):
    code, out, err = weft("sql", "--catalog", "mesh", "--user", "u", "--roles", "r", "--output", "csv", "-c", sql, cwd=folder)
    return out if code == 0 else err


def write(folder, **tables):
    (folder / "t").mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / "t" / f"{name}.parquet")


def test_names_inside_of_columns(tmp_path):
    """In structs, in lists of them and in the values of maps; what a file calls by a served name is another thing."""
    home = pa.struct([("zip_code", pa.string()), ("city", pa.string()), ("zip", pa.int32())])
    schema = pa.schema([("id", pa.int32()), ("home", home), ("past", pa.list_(home)), ("at", pa.map_(pa.string(), home))])
    here = {"zip_code": "1010", "city": "Wien", "zip": 5}
    rows = [{"id": 1, "home": here, "past": [here, None], "at": [("x", here)]}, {"id": 2, "home": None, "past": None, "at": None}]
    write(tmp_path, a=pa.Table.from_pylist(rows, schema))

    def change(text):
        text, found = re.subn(r'( +)- name: "zip"\n.*\n.*\n', "", text)
        assert found == 3
        return re.sub(r'( +)- name: "zip_code"', r'\1- name: "zip"\n\1  physicalName: "zip_code"', text)

    imported(tmp_path, change)
    sql = "select id, home['zip'] as a, past[1]['zip'] as b, past[1]['city'] as c, at['x']['zip'] as d from d.p order by id"
    assert asked(tmp_path, sql) == "id,a,b,c,d\n1,1010,1010,Wien,1010\n2,,,,\n"
    assert asked(tmp_path, "select id from d.p where home['zip'] = '1010'") == "id\n1\n"
    assert asked(tmp_path, "select count(home) as n, count(home['zip']) as m from d.p") == "n,m\n1,1\n"


def test_a_name_that_no_file_uses_is_no_null(tmp_path):
    write(tmp_path, a=pa.table({"home": [{"zip": "1"}]}), b=pa.table({"home": [{"city": "x"}]}))
    imported(tmp_path, lambda text: text.replace('name: "zip"', 'name: "postcode"'))
    assert "error[WEFT-Q007]: product `d.p` is broken" in asked(tmp_path, "select * from d.p")
    code, out, err = weft("validate", "--bind", "mesh", cwd=tmp_path)
    assert code == 1 and "column `home` declares `postcode`, and no file holds that" in out + err, out + err
