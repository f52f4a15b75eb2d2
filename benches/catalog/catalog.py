"""How long a server over a large mesh takes to start, to take up a changed file, and to list its tables with schemas.

    python benches/catalog/catalog.py WEFT [--domains 100] [--products 100] [--columns 20] [--repeat 5]

Needs what `tests/requirements.txt` lists. Prints one JSON object: seconds, MiB, and counts.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "clients"))

import pyarrow.flight
from commands import Flight, command
from meshes import write_many
from servers import free_address, serving


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weft", help="the binary")
    for name, default in (("domains", 100), ("products", 100), ("columns", 20), ("repeat", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    os.environ["WEFT_BIN"] = asked.weft
    with tempfile.TemporaryDirectory(prefix="weft-catalog-") as folder:
        print(json.dumps(measure(pathlib.Path(folder), asked), indent=2))


def measure(folder, asked):
    mesh = write_many(folder / "mesh", asked.domains, asked.products, asked.columns)
    began = time.monotonic()
    admin = free_address()
    with serving(folder, folder / "mesh", ["reader", "stranger"], ["no longer carries the tag"], admin={"listen": admin}) as server:
        told = {"products": asked.domains * asked.products, "load": os.getloadavg()[0], "start_s": time.monotonic() - began}
        told["memory_after_start_mib"] = memory(server)
        for user in ("reader", "stranger"):
            took = [tables(server, user) for _ in range(1 + asked.repeat)]
            told[user] = {
                "tables": took[0][1], "answer_mib": took[0][2] / 2**20, "first_s": took[0][0],
                "repeated_s": statistics.median(seconds for seconds, *_ in took[1:]),
            }
        told["memory_after_listing_mib"] = memory(server)
        told["storage_requests"] = metric(admin, "weft_storage_requests_total")
        told["reload_s"] = statistics.median(reload(server, admin, mesh, asked, turn) for turn in range(asked.repeat))
        took = [tables(server, "reader")[0] for _ in range(2)]
        told["after_reload"] = {"first_s": took[0], "repeated_s": took[1]}
        return told


def tables(server, user):
    """Seconds, rows and bytes of GetTables with schemas: GetFlightInfo and DoGet to the last batch."""
    flight = Flight(server, user)
    descriptor = pyarrow.flight.FlightDescriptor.for_command(command("CommandGetTables", _5=True))
    began = time.monotonic()
    info = flight.client.get_flight_info(descriptor, flight.options)
    answer = flight.client.do_get(info.endpoints[0].ticket, flight.options).read_all()
    return time.monotonic() - began, answer.num_rows, answer.nbytes


def reload(server, admin, mesh, asked, turn):
    """Seconds from writing a contract anew to its being in force."""
    before = metric(admin, "weft_catalog_epoch")
    mesh.many("d007", "p0007", asked.columns, tags=[f"turn-{turn}"])
    began = time.monotonic()
    while metric(admin, "weft_catalog_epoch") == before:
        time.sleep(0.005)
    return time.monotonic() - began


def metric(admin, name):
    with urllib.request.urlopen(f"http://{admin}/metrics", timeout=10) as answer:
        [value] = re.findall(rf"^{name} (\d+)$", answer.read().decode(), re.MULTILINE)
    return int(value)


def memory(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return {key: int(value) // 1024 for key, value in re.findall(r"(VmRSS|VmHWM):\s+(\d+) kB", status)}


if __name__ == "__main__":
    main()
