"""What a caller may not see of an Iceberg table does not show in how its rows come."""

import pytest

from iceberg_table import House, Table, field, part

FIELDS = [field(1, "id", "long"), field(2, "band", "string"), field(3, "day", "date")]
BANDS = ["1-HIGH", "2-LOW", "3-MID"]
MASK = '{id: bands, match: {product: "d.p", column: "band"}, to: {groups: [readers]}, mask: {action: constant, value: "***"}}'


def laid(root, transform, inside, rules, number_of_files, rows):
    own = House(root, FIELDS, rules=rules)
    table = Table(own.folder, FIELDS, [part(2, transform)])
    files = []
    for at, band in enumerate(BANDS):
        value = {"identity": band, "truncate[3]": band[:3]}[transform]
        for number in range(number_of_files):
            first = at * 100_000 + number * rows
            values = [{"id": one, "band": band} for one in range(first, first + rows)]
            files.append(table.file(values, without=() if inside else ("band",), partition={"part": value}, name=f"data/part={value}/{number:03}.parquet"))
    table.commit(*files)
    return own


def together(ids):
    """How many of a thousand rows are followed by one of the same band. Three alike and mixed: about 333."""
    return sum(one // 100_000 == other // 100_000 for one, other in zip(ids, ids[1:])) * 1000 // len(ids)


@pytest.mark.parametrize(("files", "rows"), [(1, 20_000), (40, 25)])
@pytest.mark.parametrize(("transform", "inside"), [("identity", True), ("identity", False), ("truncate[3]", True)])
def test_rows_do_not_show_which_partition_they_are_from(transform, inside, files, rows, tmp_path):
    """Whether or not files hold the column that puts rows into them, and whatever is made of it."""
    plain = laid(tmp_path / "plain", transform, inside, [], files, rows)
    masked = laid(tmp_path / "masked", transform, inside, [MASK], files, rows)
    ids = lambda own: [row["id"] for row in own.ask("select id, band from d.p")]  # noqa: E731
    seen, hidden = ids(plain), ids(masked)
    assert sorted(seen) == sorted(hidden) and len(seen) == len(BANDS) * files * rows
    assert together(seen) > 900
    assert together(hidden) < 600, together(hidden)
    assert {row["band"] for row in masked.ask("select distinct band from d.p")} == {"***"}
    assert masked.ask("select count(*) as n from d.p where band = '1-HIGH'") == [{"n": 0}]
    assert {row["band"]: row["n"] for row in plain.ask("select band, count(*) as n from d.p group by band")} == dict.fromkeys(BANDS, files * rows)
