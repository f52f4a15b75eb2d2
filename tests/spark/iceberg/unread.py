"""Tables that are refused by the name of what is wrong with them, or but for a column."""

from laying import MERGE_ON_READ, table

OUTSIDE = "lies outside of the table's own folder"


@table(says=OUTSIDE)
def bad_elsewhere(t):
    """Files where the table's settings say, which is not where the table is."""
    t.create("id INT")
    t.properties(write__object_storage__enabled="true", write__data__path=f"{t.folder}_data")
    t.insert("(1), (2)")


@table(says="its data is in ORC, and data in Parquet is read", holds=[(0, "ORC")])
def bad_orc(t):
    t.create("id INT, s STRING", write__format__default="orc")
    t.insert("(1, 'a'), (2, 'b')")


@table(says="its data is in AVRO, and data in Parquet is read", holds=[(0, "AVRO")])
def bad_avro(t):
    """Beside data in Parquet."""
    t.create("id INT, s STRING")
    t.insert("(1, 'a')")
    t.properties(write__format__default="avro")
    t.insert("(2, 'b')")


@table(says="deletes in ORC are not read", holds=[(1, "ORC")])
def bad_orc_deletes(t):
    t.create("id INT, s STRING", write__delete__format__default="orc", **MERGE_ON_READ)
    t.insert("(1, 'a'), (2, 'b')")
    t.sql("DELETE FROM {t} WHERE id = 1")


@table()
def variant(t):
    t.create("id INT, v VARIANT, s STRING", version=3, **MERGE_ON_READ)
    t.sql("""INSERT INTO {t} SELECT /*+ COALESCE(1) */ col1, parse_json(col2), col3 FROM VALUES (1, '{"a": 1, "b": ["x", null]}', 's1'), (2, '"text"', 's2'), (3, 'null', 's3')""", "DELETE FROM {t} WHERE id = 3")
