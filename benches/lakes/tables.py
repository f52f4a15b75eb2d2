"""The tables of TPC-H in a format of tables: links to the Parquet files, which of their rows are deleted, what footers say."""

import contextlib
import os
import random
import shutil
from typing import NamedTuple

from places import TABLES

# One row of so many is deleted.
SHARE = 20
SEED = 4


def none(rows, dice):
    """No row is deleted."""
    return []


def clustered(rows, dice, share=SHARE):
    """One run of rows, anywhere in the file."""
    gone = rows // share
    first = dice.randrange(rows - gone + 1)
    return range(first, first + gone)


def scattered(rows, dice, share=SHARE):
    """Rows anywhere."""
    return dice.sample(range(rows), rows // share)


def lay(root, data, laid):
    """Tables below a folder, made anew, each variant by a function of its own; says what there is of each."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(root)
    return {variant: {table: one(data / table, root / variant / table) for table in TABLES} for variant, one in laid.items()}


def parquet(source):
    """The files of a table."""
    files = sorted(source.glob("*.parquet"))
    assert files, f"{source} holds no Parquet files"
    return files


def gone(file, rows, variant):
    """The rows of a file that are deleted: the same in every run."""
    return variant(rows, random.Random(f"{SEED} {file.parent.name} {file.name}"))


def linked(file, place):
    """The same file under another name; a copy where the two cannot share it."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


class Column(NamedTuple):
    """What the row groups of a file say of a column, all together."""

    name: str
    least: object
    greatest: object
    nulls: int
    bytes: int


def columns(footer):
    parts = [footer.row_group(at) for at in range(footer.num_row_groups)]
    for at in range(footer.num_columns):
        chunks = [part.column(at) for part in parts]
        known = [chunk.statistics for chunk in chunks]
        yield Column(
            chunks[0].path_in_schema, min(one.min for one in known), max(one.max for one in known), sum(one.null_count for one in known),
            sum(chunk.total_compressed_size for chunk in chunks),
        )  # fmt: skip
