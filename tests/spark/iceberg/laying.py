"""What every Iceberg table is made with: statements, procedures, Iceberg's own library; and the list of what is made."""

import contextlib
import json

LAID = {}
MERGE_ON_READ = {"write__delete__mode": "merge-on-read", "write__update__mode": "merge-on-read", "write__merge__mode": "merge-on-read"}
# What files are written as, however few rows they have: one file for each statement.
ONE = "/*+ COALESCE(1) */"
# Kinds of files that delete rows, by what they hold and how.
POSITIONS, VECTORS, KEYS = (1, "PARQUET"), (1, "PUFFIN"), (2, "PARQUET")


class Recipe:
    """How a table is made, and what is asked of it.

    `where` are conditions, for which numbers in the column `id` are noted; `dated` says that older versions are asked for, and
    `evolved` that they are in the columns of today; `governed` is a condition on rows and a column of text that a mask
    covers; `holds` are kinds of files that it has at last, as it would not show what it is named for without them; `says` is what
    the refusal of a table that cannot be read contains."""

    def __init__(self, make, where=(), dated=False, evolved=False, governed=None, holds=(), says=None):
        self.make, self.dated, self.evolved, self.governed, self.says = make, dated or evolved, evolved, governed, says
        self.where, self.holds = list(where), set(holds)


def table(*, name=None, **how):
    """Notes how a table is made, under the function's name if no other is given."""

    def note(make):
        called = name or make.__name__
        assert called not in LAID, called
        LAID[called] = Recipe(make, **how)
        return make

    return note


class Table:
    """A table that is being made, in a catalog. In statements, `{t}` stands for it.

    `folder` is where it lies; `gone` are versions of which a reader has to say that they are not there; `answers` are rows that
    Spark cannot read."""

    def __init__(self, spark, catalog, name):
        self.spark, self.catalog, self.name = spark, catalog, name
        self.named = {"plain": name, "rest": f"shop.{name}"}[catalog]
        self.full, self.folder = f"{catalog}.{self.named}", None
        self.gone, self.answers = [], None

    def sql(self, *statements):
        for statement in statements:
            found = self.spark.sql(statement.replace("{t}", self.full))
        return found

    def create(self, columns, by=None, version=2, **properties):
        """An empty table; in properties, `__` is a dot and `_` a hyphen."""
        properties = {"format-version": version, **spelt(properties)}
        listed = ", ".join(f"'{key}'='{value}'" for key, value in properties.items())
        self.sql(f"CREATE TABLE {{t}} ({columns}) USING iceberg {f'PARTITIONED BY ({by})' if by else ''} TBLPROPERTIES ({listed})")
        self.folder = self.java.location()

    def properties(self, **properties):
        listed = ", ".join(f"'{key}'='{value}'" for key, value in spelt(properties).items())
        self.sql(f"ALTER TABLE {{t}} SET TBLPROPERTIES ({listed})")

    def insert(self, *values):
        """Commits of one file each."""
        for rows in values:
            self.sql(f"INSERT INTO {{t}} SELECT {ONE} * FROM VALUES {rows}")

    def alter(self, *changes):
        self.sql(*(f"ALTER TABLE {{t}} {change}" for change in changes))

    def call(self, procedure, arguments=""):
        return self.sql(f"CALL {self.catalog}.system.{procedure}(table => '{self.named}'{', ' if arguments else ''}{arguments})")

    @contextlib.contextmanager
    def settings(self, **settings):
        """Settings of the session for a while."""
        settings = {key.replace("__", "."): value for key, value in settings.items()}
        for key, value in settings.items():
            self.spark.conf.set(key, value)
        yield
        for key in settings:
            self.spark.conf.unset(key)

    # What the table knows of itself.

    def history(self):
        """Snapshots that were the table's, in their order, and the times since which they were."""
        found = self.spark.sql(f"SELECT snapshot_id, date_format(made_current_at, 'yyyy-MM-dd HH:mm:ss.SSS') FROM {self.full}.history ORDER BY made_current_at")
        return [(row[0], row[1]) for row in found.collect()]

    def current(self):
        return self.java.currentSnapshot().snapshotId()

    def refs(self):
        return [(row[0], row[1], row[2]) for row in self.spark.sql(f"SELECT name, type, snapshot_id FROM {self.full}.refs WHERE name <> 'main'").collect()]

    def kinds(self):
        """Of files: what they hold (0 for rows), and how."""
        return {(row[0], row[1]) for row in self.spark.sql(f"SELECT content, file_format FROM {self.full}.files").collect()}

    def fields(self):
        """The columns as metadata spells them."""
        return json.loads(self.iceberg.SchemaParser.toJson(self.java.schema()))["fields"]

    # Iceberg's library, for what Spark has no statement for.

    @property
    def iceberg(self):
        return self.spark._jvm.org.apache.iceberg

    @property
    def types(self):
        return self.iceberg.types.Types

    @property
    def java(self):
        """The table, loaded anew."""
        return self.iceberg.spark.Spark3Util.loadIcebergTable(self.spark._jsparkSession, self.full)

    def writer(self, name, partition, keys=()):
        """Of data, or of deletes by the columns of keys; and the schema of what it writes."""
        java, schema = self.java, self.java.schema()
        builder = self.iceberg.data.GenericFileWriterFactory.Builder(java)
        parquet = self.iceberg.FileFormat.PARQUET
        if keys:
            schema = self.iceberg.Schema([schema.findField(key) for key in keys])
            ids = self.spark._sc._gateway.new_array(self.spark._jvm.int, len(keys))
            for at, key in enumerate(keys):
                ids[at] = schema.findField(key).fieldId()
            builder = builder.deleteFileFormat(parquet).equalityFieldIds(ids).equalityDeleteRowSchema(schema)
        else:
            builder = builder.dataFileFormat(parquet).dataSchema(schema)
        out = java.encryption().encrypt(java.io().newOutputFile(f"{self.folder}/data/{name}.parquet"))
        part = self.iceberg.DataFiles.data(java.spec(), partition) if partition else None
        made = builder.build()
        return (made.newEqualityDeleteWriter if keys else made.newDataWriter)(out, java.spec(), part), schema

    def filled(self, writer, schema, columns, rows):
        for values in rows:
            record = self.iceberg.data.GenericRecord.create(schema)
            for column, value in zip(columns, values):
                record.setField(column, value)
            writer.write(record)
        writer.close()
        return writer

    def data(self, name, columns, rows, partition=None):
        """A file of rows. Numbers are INTs."""
        return self.filled(*self.writer(name, partition), columns, rows).toDataFile()

    def deletes(self, name, keys, rows, partition=None):
        """A file that deletes the rows whose columns have these values."""
        return self.filled(*self.writer(name, partition, keys), keys, rows).toDeleteFile()

    def append(self, *files):
        change = self.java.newAppend()
        for file in files:
            change.appendFile(file)
        change.commit()

    def change(self, *deletes, rows=()):
        """Deletes and files of rows in one commit."""
        change = self.java.newRowDelta()
        for file in rows:
            change.addRows(file)
        for file in deletes:
            change.addDeletes(file)
        change.commit()

    def literal(self, value):
        return self.iceberg.expressions.Expressions.lit(value)


def spelt(properties):
    return {key.replace("__", ".").replace("_", "-"): value for key, value in properties.items()}
