"""Whether two engines answered alike."""

import decimal

import pyarrow.types

# Relative, for numbers that were divided or averaged, which engines do in different types.
TOLERANCE = 1e-6


def disagreement(left, right):
    """How two answers differ; None when they do not. The order of rows does not count."""
    if (left.num_rows, left.num_columns) != (right.num_rows, right.num_columns):
        return f"{left.num_rows} rows of {left.num_columns} columns, and {right.num_rows} of {right.num_columns}"
    steps = [step(*types) for types in zip(left.schema.types, right.schema.types)]
    for one, other in zip(ordered(left, steps), ordered(right, steps)):
        if not all(alike(*cells) for cells in zip(one, other, steps)):
            return f"{one}, and {other}"
    return None


def step(left, right):
    """By how much two numbers may differ whatever their size: a decimal was rounded at its last digit. None when the
    column holds no such numbers."""
    kinds = (left, right)
    if not any(pyarrow.types.is_decimal(kind) or pyarrow.types.is_floating(kind) for kind in kinds):
        return None
    return max((10.0**-kind.scale for kind in kinds if pyarrow.types.is_decimal(kind) and kind.scale > 2), default=0.0)


def ordered(answer, steps):
    """Rows, sorted by what is exact before what is not."""
    rows = list(zip(*(column.to_pylist() for column in answer.columns)))
    exact = [at for at, one in enumerate(steps) if one is None]
    rough = [at for at, one in enumerate(steps) if one is not None]
    return sorted(rows, key=lambda row: ([str(row[at]) for at in exact], [float("-inf") if row[at] is None else float(row[at]) for at in rough]))


def alike(left, right, step):
    if step is None or left is None or right is None:
        return left == right
    if isinstance(left, decimal.Decimal) and isinstance(right, decimal.Decimal) and left == right:
        return True
    left, right = float(left), float(right)
    return abs(left - right) <= max(step, TOLERANCE * max(abs(left), abs(right)))
