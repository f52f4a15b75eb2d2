"""Iceberg tables with the metadata that Spark writes into a folder: more of every file than a reader's tests need, a summary of
each manifest's partitions, and a hint of the newest version."""

import json

from iceberg_table import Table, avro, entries, pairs, record, single

# What the tests' manifests do not say of a file.
SIZES = [
    (108, "column_sizes", pairs(117, 118, "long"), False), (109, "value_counts", pairs(119, 120, "long"), False),
    (132, "split_offsets", {"type": "array", "items": "long", "element-id": 133}, False), (140, "sort_order_id", "int", False),
]  # fmt: skip
# Spark cuts texts in bounds to so many characters.
TEXT_CHARS = 16


class Spark(Table):
    def manifest(self, files, deletes=False, spec=None, codec="deflate", **more):
        """Writes a manifest of files that are added; what the manifest list says of it."""
        kinds = [(one, self.kind(one["source-id"])) for one in self.spec["fields"]]
        schema = entries(self.version, kinds)
        schema["fields"][-1]["type"]["fields"] += record("more", *SIZES)["fields"]
        said = {"schema": self.metadata["schemas"][-1], "schema-id": 0, "partition-spec": self.spec["fields"], "partition-spec-id": 0, "format-version": self.version}
        header = {**{key: json.dumps(value) for key, value in said.items()}, "content": "deletes" if deletes else "data"}
        snapshot, path = len(self.metadata["snapshots"]) + 1, self.named("metadata", "avro")
        data = avro(schema, [{"status": 1, "snapshot_id": snapshot, "data_file": file} for file in files], codec, header)
        (self.folder / path).write_bytes(data)
        return {
            "manifest_path": self.at(path), "manifest_length": len(data), "partition_spec_id": 0, "content": int(deletes), "added_snapshot_id": snapshot,
            "min_sequence_number": snapshot, "added_files_count": len(files), "added_rows_count": sum(file["record_count"] for file in files),
            "partitions": [summary(kind, [file["partition"][one["name"]] for file in files]) for one, kind in kinds],
            **dict.fromkeys(("existing_files_count", "deleted_files_count", "existing_rows_count", "deleted_rows_count"), 0), **more,
        }  # fmt: skip

    def write(self, **changes):
        super().write(**changes)
        (self.folder / "metadata" / "version-hint.text").write_text(str(self.number))
        return self


def summary(kind, values):
    """What a manifest list says of the values of a partition field: none is NULL."""
    return {"contains_null": False, "contains_nan": False, "lower_bound": single(kind, min(values)), "upper_bound": single(kind, max(values))}


def counts(values):
    """A map from field ids."""
    return [{"key": key, "value": value} for key, value in values.items()]


def least(kind, value):
    return single(kind, value[:TEXT_CHARS] if isinstance(value, str) else value)


def greatest(kind, value):
    """Of a text that is cut, the last character becomes the one after it, so that no text is greater."""
    if isinstance(value, str) and len(value) > TEXT_CHARS:
        value = value[: TEXT_CHARS - 1] + chr(ord(value[TEXT_CHARS - 1]) + 1)
    return single(kind, value)
