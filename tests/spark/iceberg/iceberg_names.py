"""The names of all tables, for whoever writes them and whoever asks for them: tests are listed before anything is written."""

READ = """
types_one types_two types_three nested odd_names required marks
part_identity part_floats part_bucket part_truncate part_years part_months part_days part_hours part_signs part_void part_evolved
part_dropped part_renamed part_promoted part_inside object_storage
positions_by_file positions_by_partition positions_in_groups vectors vectors_of_many merged copied_on_write keys keys_in_partitions
compacted deletes_rewritten upgraded rows_numbered
columns_changed columns_made_again names_swapped columns_promoted nested_changed defaults defaults_deleted replaced
branches_and_tags branch_alone branch_published expired rolled_back staged packed manifests_rewritten empty emptied
""".split()

# Those of which Spark says which rows a condition has.
CONDITIONED = """
types_one types_two types_three required marks
part_identity part_floats part_bucket part_truncate part_years part_months part_days part_hours part_signs part_void part_evolved
part_dropped part_renamed part_promoted part_inside object_storage
positions_by_file positions_by_partition positions_in_groups vectors vectors_of_many copied_on_write keys keys_in_partitions
deletes_rewritten upgraded rows_numbered
columns_changed columns_made_again names_swapped columns_promoted defaults defaults_deleted replaced manifests_rewritten
""".split()

# Those whose older versions are asked for.
DATED = """
part_evolved positions_by_file vectors merged copied_on_write keys compacted deletes_rewritten upgraded rows_numbered columns_changed
names_swapped columns_promoted nested_changed branches_and_tags branch_alone branch_published rolled_back packed emptied
""".split()

# Those of which some versions are not to be read.
GONE = "part_renamed columns_made_again branches_and_tags expired".split()

# Those of which somebody sees some rows, and one column masked.
GOVERNED = "part_evolved positions_by_file vectors keys columns_changed".split()

REFUSED = "bad_elsewhere bad_orc bad_avro bad_orc_deletes".split()

# Read by Iceberg's library, and not by Spark.
NANOSECONDS = "nanoseconds"

# Read but for a column that is left out, and said to be.
VARIANT = "variant"

ALL = [*READ, *REFUSED, NANOSECONDS, VARIANT]
