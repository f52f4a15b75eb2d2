"""What metadata keeps: branches, tags, snapshots and how long they are kept; how it is packed."""

import time

from laying import MERGE_ON_READ, POSITIONS, table


@table(evolved=True)
def branches_and_tags(t):
    """A branch with rows of its own, and columns changed in between."""
    t.create("id INT, s STRING")
    t.insert("(1, 'a')")
    t.alter("CREATE TAG `v1` RETAIN 100 DAYS", "CREATE BRANCH dev", "CREATE TAG `12345`")
    t.insert("(2, 'b')")
    t.sql("INSERT INTO {t}.branch_dev VALUES (10, 'dev')")
    t.alter("ADD COLUMN x INT")
    t.insert("(3, 'c', 3)")
    t.alter("CREATE TAG `tag with space/and-slash`", "RENAME COLUMN s TO renamed")
    t.gone = ["version as of 4711", "version as of '12345'", "version as of 'nope'", "timestamp as of '2001-01-01 00:00:00.000'"]


@table(dated=True)
def branch_alone(t):
    """No row is in the table itself."""
    t.create("id INT")
    t.alter("CREATE BRANCH b")
    t.sql("INSERT INTO {t}.branch_b VALUES (1)")


@table(dated=True)
def branch_published(t):
    """One that the table went on to."""
    t.create("id INT")
    t.insert("(1)")
    t.alter("CREATE BRANCH b")
    t.sql("INSERT INTO {t}.branch_b VALUES (2)", f"CALL {t.catalog}.system.fast_forward('{t.named}', 'main', 'b')")


@table()
def expired(t):
    """Old snapshots, and the files that only they had."""
    t.create("id INT", **MERGE_ON_READ)
    t.insert("(0), (1)", "(2), (3)")
    old = t.current()
    t.sql("DELETE FROM {t} WHERE id IN (0, 3)")
    t.call("rewrite_data_files", "options => map('rewrite-all', 'true')")
    t.insert("(100)")
    time.sleep(1.1)
    t.call("expire_snapshots", f"older_than => TIMESTAMP '{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}', retain_last => 2")
    t.gone = [f"version as of {old}"]


@table(dated=True)
def rolled_back(t):
    """And gone on from there; for a while, the table was another."""
    t.create("id INT")
    t.insert("(1)")
    first = t.current()
    for number in (2, 3):
        # Times of milliseconds that differ.
        time.sleep(0.05)
        t.insert(f"({number})")
    time.sleep(0.05)
    t.sql(f"CALL {t.catalog}.system.rollback_to_snapshot('{t.named}', {first})")
    time.sleep(0.05)
    t.insert("(4)")


@table()
def staged(t):
    """One snapshot that was published, and one that was not."""
    t.create("id INT", write__wap__enabled="true")
    t.insert("(1)")
    with t.settings(spark__wap__id="w1"):
        t.insert("(2)")
    found = t.sql("SELECT snapshot_id FROM {t}.snapshots WHERE summary['wap.id'] = 'w1'").collect()[0][0]
    t.insert("(3)")
    t.sql(f"CALL {t.catalog}.system.cherrypick_snapshot('{t.named}', {found})")
    with t.settings(spark__wap__id="w2"):
        t.insert("(4)")


@table(dated=True)
def packed(t):
    """Metadata as it is and then packed, manifests packed in every way, and data too."""
    t.create("id INT, s STRING", write__avro__compression_codec="uncompressed", write__parquet__compression_codec="uncompressed")
    t.insert("(1, 'a')")
    t.properties(write__metadata__compression_codec="gzip")
    for at, (manifests, data) in enumerate([("snappy", "snappy"), ("zstd", "zstd"), ("gzip", "gzip"), ("gzip", "lz4")], 2):
        t.properties(write__avro__compression_codec=manifests, write__parquet__compression_codec=data)
        t.insert(f"({at}, 'b')")


@table(where=["p = 1"], holds=[POSITIONS])
def manifests_rewritten(t):
    """Many versions of metadata, the older ones removed; manifests merged, and rewritten after deletes."""
    t.create("id INT, p INT", by="p", write__metadata__delete_after_commit__enabled="true", write__metadata__previous_versions_max=2, commit__manifest__min_count_to_merge=2, **MERGE_ON_READ)
    t.insert(*(f"({at * 2}, {at % 2}), ({at * 2 + 1}, {at % 2})" for at in range(4)))
    t.sql("DELETE FROM {t} WHERE id IN (1, 4)")
    t.call("rewrite_manifests")
    t.insert("(100, 1)")
    t.sql("DELETE FROM {t} WHERE id = 6", "DELETE FROM {t} WHERE p = 0")


@table()
def empty(t):
    t.create("id INT, s STRING")


@table(dated=True)
def emptied(t):
    t.create("id INT, s STRING")
    t.insert("(1, 'a')")
    t.sql("DELETE FROM {t}")
