"""Asks Weft how punctual the airlines are, through the ADBC driver for Flight SQL."""

import argparse
import os
import pathlib

import adbc_driver_flightsql.dbapi as flightsql
from adbc_driver_flightsql import DatabaseOptions

QUERY = pathlib.Path(__file__).with_name("on_time.sql")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="grpc://127.0.0.1:50051", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("WEFT_TOKEN"), help="a token; default: $WEFT_TOKEN")
    parser.add_argument("--query", type=pathlib.Path, default=QUERY, help="a file with SQL; default: on_time.sql")
    arguments = parser.parse_args()
    if not arguments.token:
        parser.error("a token is needed: --token or WEFT_TOKEN")
    options = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {arguments.token}"}
    with flightsql.connect(arguments.url, db_kwargs=options, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute(arguments.query.read_text(encoding="utf-8"))
            print(cursor.fetch_arrow_table().to_pandas().to_string(index=False))


if __name__ == "__main__":
    main()
