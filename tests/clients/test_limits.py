"""Answers larger than memory: streamed, left early, sorted beyond the disk that is allowed. The process keeps to its limit."""

import os
import re
import threading
import time
import urllib.request

import adbc_driver_manager
import pytest

from servers import free_address, serving

MIB = 2**20
MEMORY = 512 * MIB
# What the process may hold beside what statements reserve.
BESIDE = 300 * MIB
SLOW = "WEFT_SLOW" in os.environ
TIMES = 5_000 if SLOW else 200
SPILL = (1024 if SLOW else 128) * MIB
CROSS = f"select i.* from orders.order_items i, generate_series(1, {TIMES})"


@pytest.fixture
def served(demo, tmp_path):
    limits = {"memory": MEMORY, "statement_memory": MEMORY // 2}
    admin = free_address()
    with serving(tmp_path, demo.mesh, ["steward"], limits=limits, spill={"max": SPILL}, admin={"listen": admin}) as server:
        server.admin = admin
        yield server


class Watch:
    """The most memory a process held while it was watched."""

    def __init__(self, process):
        self.status = f"/proc/{process.pid}/status"
        self.most = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.over.wait(0.01):
            with open(self.status, encoding="ascii") as status:
                found = re.search(r"VmRSS:\s+(\d+) kB", status.read())
            self.most = max(self.most, int(found[1]) * 1024 if found else 0)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def idle(server):
    """Waits until nothing of any statement is left; says what was."""
    held = {}
    for _ in range(100):
        with urllib.request.urlopen(f"http://{server.admin}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        held = {name: int(value) for name, value in re.findall(r"^(weft_(?:statements_running|memory_reserved_bytes|spill_bytes)) (\d+)$", text, re.MULTILINE)}
        assert len(held) == 3
        if not any(held.values()):
            return held
        time.sleep(0.1)
    return held


def test_answers_larger_than_memory(served):
    [(items,)] = served.rows("steward", "select count(*) from orders.order_items")
    with Watch(served.process) as watch:
        with served.connect("steward") as connection, connection.cursor() as cursor:
            cursor.execute(CROSS)
            reader, read = cursor.fetch_record_batch(), 0
            while read < items * TIMES // 100:
                read += reader.read_next_batch().num_rows
            reader.close()
        assert not any(idle(served).values())
        assert served.rows("steward", "select count(*) from orders.order_items") == [(items,)]
        with pytest.raises(adbc_driver_manager.Error) as refused:
            served.rows("steward", CROSS + " order by i.quantity, i.order_id")
        assert f"the statement's spill exceeds spill.max = {SPILL} bytes [WEFT-Q011]" in str(refused.value)
        assert not any(idle(served).values())
        assert served.rows("steward", "select count(*) from orders.order_items") == [(items,)]
    print(f"read {read} rows of {items * TIMES}; the process held {watch.most // MIB} MiB at most")
    assert watch.most < MEMORY + BESIDE, f"{watch.most // MIB} MiB"
