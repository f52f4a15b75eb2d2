"""The Spark that writes the tables, set up for many small statements rather than for few large ones."""

import pathlib

from pyspark.sql import SparkSession

# Instants are shown, written and read in one zone; nothing is wider than the two cores a test may count on; small commits
# are over before code generation and the optimizing compiler have paid for themselves.
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    # Spark's own default, spelled out because much here is about it.
    "spark.sql.parquet.outputTimestampType": "INT96",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
DELTA = {
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
}


def begun(jars, folder, further):
    """A session with further settings; what it leaves behind besides tables lies in the folder."""
    builder = SparkSession.builder.master("local[2]").appName("weft")
    builder = builder.config("spark.jars", ",".join(map(str, sorted(pathlib.Path(jars).glob("*.jar")))))
    builder = builder.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
    for key, value in {**SETTINGS, **further}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def beside(spark):
    """A session with settings of its own, for tables that are made at the same time."""
    other = spark.newSession()
    # Delta and Iceberg ask for the active session where they were given none.
    spark._jvm.org.apache.spark.sql.SparkSession.setActiveSession(other._jsparkSession)
    return other
