"""Asks Weft how punctual the airlines are, with nothing but pyarrow: the SQL text is the Flight descriptor's command."""

import argparse
import os
import pathlib

import pyarrow.flight as flight

QUERY = pathlib.Path(__file__).with_name("on_time.sql")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="grpc://127.0.0.1:50051", help="default: %(default)s")
    parser.add_argument("--token", default=os.environ.get("WEFT_TOKEN"), help="a token; default: $WEFT_TOKEN")
    parser.add_argument("--query", type=pathlib.Path, default=QUERY, help="a file with SQL; default: on_time.sql")
    arguments = parser.parse_args()
    if not arguments.token:
        parser.error("a token is needed: --token or WEFT_TOKEN")
    options = flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {arguments.token}".encode())])
    with flight.connect(arguments.url) as client:
        info = client.get_flight_info(flight.FlightDescriptor.for_command(arguments.query.read_bytes()), options)
        for endpoint in info.endpoints:
            print(client.do_get(endpoint.ticket, options).read_all().to_pandas().to_string(index=False))


if __name__ == "__main__":
    main()
