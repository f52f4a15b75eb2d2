"""Logs: checkpoints of every kind, what they spare, and what is left of a log that was cleaned."""

import json
import re

from making import DELETING, table

STATISTICS = {"both": ("true", "true"), "structs": ("true", "false"), "text": ("false", "true"), "neither": ("false", "false")}


@table(older=[0, 2, 4], gone=[77], compared=["id", "s", "p"])
def plain(t):
    """What many others are copies of: versions 1 to 4 add a file each, version 5 deletes rows of all."""
    t.create("id BIGINT, s STRING, p STRING, n STRUCT<day: DATE, at: TIMESTAMP>", by="p", **DELETING)
    for file in range(4):
        row = f"id, concat('c{file}-', id), 'p {file % 2}', named_struct('day', date_add(DATE'2020-01-01', int(id)), 'at', timestamp_micros(id * 1000001))"
        t.sql(f"INSERT INTO {{t}} SELECT /*+ COALESCE(1) */ {row} FROM range({file * 10}, {file * 10 + 10})")
    t.sql("DELETE FROM {t} WHERE id % 10 = 3")


def longer(t):
    """What happens after a checkpoint: deleted rows, and one more file."""
    t.sql("DELETE FROM {t} WHERE id % 10 = 4", "INSERT INTO {t} VALUES (1000, 'last', 'p 1', null)")


def cleaned(t):
    """A checkpoint, and no commit before it."""
    t.checkpoint()
    t.cleaned(below=t.last())


@table(of="plain", older=[6], gone=[2])
def checkpoint_and_more(t):
    cleaned(t)
    longer(t)


@table(of="plain", older=[3])
def checkpoint_and_everything(t):
    """No commit is gone."""
    t.checkpoint()
    longer(t)


@table(of="plain", same=True)
def checkpoint_alone(t):
    cleaned(t)


@table(of="plain")
def checkpoint_without_hint(t):
    cleaned(t)
    (t.log / "_last_checkpoint").unlink()
    longer(t)


@table(of="plain")
def checkpoint_in_parts(t):
    with t.settings(spark__databricks__delta__checkpoint__partSize="2"):
        cleaned(t)
    assert len(list(t.log.glob("*.checkpoint.*.*.parquet"))) > 1
    longer(t)


@table(older=[3])
def checkpoints_by_interval(t):
    t.create("id BIGINT, s STRING", checkpointInterval="2")
    for number in range(5):
        t.sql(f"INSERT INTO {{t}} SELECT id, '{number}' FROM range({number * 10}, {number * 10 + 5})")
    assert len(list(t.log.glob("*.checkpoint.parquet"))) == 2


def with_statistics(kind, structs, text):
    def make(t):
        t.properties(checkpoint__writeStatsAsStruct=structs, checkpoint__writeStatsAsJson=text)
        cleaned(t)
        t.sql("INSERT INTO {t} VALUES (1000, 'last', 'p 1', null)")

    table(name=f"statistics_{kind}", of="plain", compared=["id", "s", "p"])(make)


def with_sidecars(form):
    def make(t):
        t.properties(checkpointPolicy="v2", checkpoint__writeStatsAsStruct="true")
        with t.settings(spark__databricks__delta__checkpointV2__topLevelFileFormat=form, spark__databricks__delta__checkpoint__partSize="2"):
            cleaned(t)
        assert len(list((t.log / "_sidecars").glob("*.parquet"))) > 1 and list(t.log.glob(f"*.checkpoint.*.{form}"))
        longer(t)
        t.append("SELECT 777L AS id, 'p 0' AS p", txnAppId="app", txnVersion="3")

    table(name=f"sidecars_{form}", of="plain", compared=["id", "p"])(make)


for name, (structs, text) in STATISTICS.items():
    with_statistics(name, structs, text)
for form in ("json", "parquet"):
    with_sidecars(form)


@table(of="plain", same=True)
def sidecars_under_a_classic_name(t):
    """The name of a checkpoint does not say which version its content is of."""
    t.properties(checkpointPolicy="v2")
    with t.settings(spark__databricks__delta__checkpointV2__topLevelFileFormat="parquet"):
        cleaned(t)
    (made,) = t.log.glob("*.checkpoint.*.parquet")
    made.rename(t.log / f"{t.last():020}.checkpoint.parquet")
    (t.log / "_last_checkpoint").unlink()


@table(of="plain", older=[6])
def checkpoints_of_two_schemas(t):
    """Version 6 has a column that the table has no longer."""
    t.checkpoint()
    t.sql("ALTER TABLE {t} ADD COLUMN more STRING")
    t.properties(columnMapping__mode="name")
    t.sql("ALTER TABLE {t} RENAME COLUMN more TO `even more`", "INSERT INTO {t} VALUES (5, 'x', 'p 1', null, 'more')")
    t.checkpoint()
    t.sql("ALTER TABLE {t} DROP COLUMN `even more`", "DELETE FROM {t} WHERE id = 0")


def identity(action):
    """What a later action of the kind stands for: a file with its deleted rows, or what there is one of."""
    (kind, body), = action.items()  # fmt: skip
    if kind in ("add", "remove"):
        vector = body.get("deletionVector") or {}
        return "file", body["path"], vector.get("storageType"), vector.get("pathOrInlineDv"), vector.get("offset")
    return kind, body.get("appId"), body.get("domain")


def compacted(t, first, last):
    """One file for several commits. No writer at hand writes them, so they are made as the protocol has it."""
    kept = {}
    for version in range(first, last + 1):
        kept |= {identity(action): action for action in t.actions(version) if "commitInfo" not in action}
    lines = "".join(json.dumps(action) + "\n" for action in kept.values())
    (t.log / f"{first:020}.{last:020}.compacted.json").write_text(lines, encoding="utf-8")


@table(of="plain", older=[4, 6])
def commits_compacted(t):
    """Over each other, over vectors, and not to the end."""
    longer(t)
    t.sql("UPDATE {t} SET s = 'u' WHERE id % 10 = 5", "OPTIMIZE {t}", "DELETE FROM {t} WHERE id % 10 = 6")
    for first, last in ((1, 7), (3, 5), (8, 9)):
        compacted(t, first, last)


@table(of="plain")
def commits_compacted_around_a_checkpoint(t):
    t.checkpoint()
    longer(t)
    t.append("SELECT 777L AS id, 'p 1' AS p", txnAppId="app", txnVersion="3")
    compacted(t, 3, 6)
    compacted(t, 6, 8)
    t.cleaned(below=3)


@table()
def applications_and_domains(t):
    t.create("id BIGINT, s STRING", cluster="id")
    for number in range(3):
        t.append(f"SELECT {number}L AS id, 'x' AS s", txnAppId="app", txnVersion=str(number))
    t.sql("ALTER TABLE {t} CLUSTER BY (s)")
    t.checkpoint()
    t.sql("ALTER TABLE {t} CLUSTER BY NONE")


def with_bounds(kind, text):
    def make(t):
        """The files keep INT96; the checkpoint has its bounds as the writer was told."""
        t.properties(checkpoint__writeStatsAsStruct="true", checkpoint__writeStatsAsJson=text)
        with t.settings(spark__sql__parquet__outputTimestampType=kind):
            cleaned(t)

    table(name=f"bounds_{re.sub('.*_', '', kind).lower()}_{'beside_text' if text == 'true' else 'alone'}", of="instants", same=True, compared=["at", "local", "day"])(make)


for kind, text in (("INT96", "true"), ("INT96", "false"), ("TIMESTAMP_MICROS", "false")):
    with_bounds(kind, text)


@table(of="types_in_one_file", same=True, compared=["at", "local", "f", "d", "fine"])
def bounds_int96_over_micros(t):
    """INT96 in the checkpoint alone."""
    t.properties(checkpoint__writeStatsAsStruct="true", checkpoint__writeStatsAsJson="false")
    cleaned(t)
