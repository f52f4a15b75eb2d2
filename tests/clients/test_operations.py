"""What operators do to a running server: look, reload, stop."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import adbc_driver_manager
import pyarrow.flight
import pytest

from commands import Flight
from servers import free_address, serving, token, write_tokens
from test_reload import until

SQL = "select count(*) from inventory.products"


@pytest.fixture
def served(demo, tmp_path):
    """A server over the demo's files with an admin listener on a free port."""
    admin = free_address()
    users = demo.mesh / "users.yaml"
    mine = tmp_path / "users.yaml"
    mine.write_text(users.read_text())
    sections = {"admin": {"listen": admin}, "auth": {"users": "users.yaml"}}
    with serving(tmp_path, demo.mesh, ["outsider", "analyst", "steward"], ANNOUNCED, ends=True, **sections) as server:
        server.admin = f"http://{admin}"
        server.folder = tmp_path
        yield server


ANNOUNCED = ["the users stay as they were", "did not end within"]


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def metrics(server):
    """Every sample, by name with labels."""
    status, text = get(f"{server.admin}/metrics")
    assert status == 200 and text.endswith("# EOF\n")
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def may(server, user):
    try:
        return server.rows(user, SQL) == [(2000,)]
    except adbc_driver_manager.Error as refused:
        assert refused.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
        return False


def test_health_and_metrics(served):
    assert get(f"{served.admin}/livez") == (200, "alive\n")
    assert get(f"{served.admin}/readyz") == (200, "ready\n")
    assert get(f"{served.admin}/nothing")[0] == 404
    before = metrics(served)
    assert before["weft_catalog_products"] == 10 and before["weft_catalog_products_broken"] == 0
    assert served.rows("outsider", SQL) == [(2000,)]
    assert len(served.rows("steward", "select order_id from orders.orders limit 1000")) == 1000
    with pytest.raises(adbc_driver_manager.Error):
        served.rows("outsider", "select * from hr.salaries")
    after = metrics(served)
    assert after['weft_statements_total{outcome="done"}'] == 2
    assert after["weft_rows_returned_total"] == 1001
    assert after['weft_errors_total{code="WEFT-Q003"}'] == 1
    assert sum(count for name, count in after.items() if name.startswith("weft_flight_calls_total") and 'code="NOT_FOUND"' in name) == 1
    assert after["weft_flight_sent_bytes_total"] > 8_000
    assert after["weft_cache_snapshots_asked_total"] >= 2 and "weft_cache_snapshots_bytes" in after
    assert 1 <= after["weft_cache_snapshots_opened_total"] <= after["weft_cache_snapshots_asked_total"]
    assert after["weft_storage_read_bytes_total"] > 0 and after["weft_cache_footers_read_total"] > 0
    for idle in ("weft_statements_running", "weft_statements_waiting", "weft_memory_reserved_bytes", "weft_spill_bytes"):
        assert after[idle] == 0, idle
    text = get(f"{served.admin}/metrics")[1]
    assert not re.search("steward|outsider|salaries|orders", text), "metrics name nobody and nothing"


def test_users_and_tokens_are_read_again(served):
    assert may(served, "outsider")
    users = served.folder / "users.yaml"
    text = users.read_text()
    users.write_text(re.sub(r"(?ms)^  - name: outsider\n.*?(?=^  - name:|\Z)", "", text))
    until(lambda: not may(served, "outsider"))
    assert may(served, "analyst")
    users.write_text("users: [")
    served.process.send_signal(signal.SIGHUP)
    until(lambda: any("the users stay as they were" in str(event["fields"]) for event in served.events("WARN")))
    assert may(served, "analyst") and not may(served, "outsider")
    users.write_text(text)
    until(lambda: may(served, "outsider"))
    # A token that is taken back.
    tokens = served.folder / "tokens.json"
    kept = json.loads(tokens.read_text())["tokens"]
    write_tokens(tokens, [record for record in kept if record["user"] != "analyst"])
    until(lambda: not may(served, "analyst"))
    fresh, record = token("analyst")
    write_tokens(tokens, [*kept, record])
    served.passwords["analyst"] = fresh
    until(lambda: may(served, "analyst"))


LONG = "select i.* from orders.order_items i, generate_series(1, 100000)"


def reading(server):
    """A long answer of which one batch was read."""
    flight = Flight(server, "steward")
    info = flight.client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(LONG), flight.options)
    answer = flight.client.do_get(info.endpoints[0].ticket, flight.options)
    answer.read_chunk()
    return answer


def ends_unread(server, answer, message):
    """Nobody reads, and still it ends: the place is free before the client looks again."""
    until(lambda: metrics(server)["weft_statements_running"] == 0)
    with pytest.raises(pyarrow.lib.ArrowException, match=message):
        answer.read_all()


@pytest.mark.parametrize("change", ["user removed", "group taken away", "token revoked"])
def test_a_running_answer_ends_with_what_let_its_caller_in(served, change):
    answer = reading(served)
    if change == "token revoked":
        kept = json.loads((served.folder / "tokens.json").read_text())["tokens"]
        write_tokens(served.folder / "tokens.json", [record for record in kept if record["user"] != "steward"])
    else:
        users = served.folder / "users.yaml"
        block = re.search(r"(?ms)^  - name: steward\n.*?(?=^  - name:|\Z)", users.read_text()).group(0)
        less = "" if change == "user removed" else re.sub(r"groups: .*", "groups: []", block)
        assert less != block
        users.write_text(users.read_text().replace(block, less))
    ends_unread(served, answer, "what may be read changed while the statement ran .WEFT-Q014.")


def test_an_answer_that_nobody_reads_ends(demo, tmp_path):
    admin = free_address()
    with serving(tmp_path, demo.mesh, ["steward"], limits={"unread_time": "1s"}, admin={"listen": admin}) as server:
        server.admin = f"http://{admin}"
        ends_unread(server, reading(server), "left unread for longer than limits.unread_time = 1 s .WEFT-F013.")


def test_manual_reload_waits_for_sighup(demo, tmp_path):
    with serving(tmp_path, demo.mesh, ["outsider"], mesh={"reload": "manual"}) as server:
        assert may(server, "outsider")
        (tmp_path / "tokens.json").chmod(0o600)
        write_tokens(tmp_path / "tokens.json", [])
        time.sleep(2)
        assert may(server, "outsider"), "nobody asked to read again"
        server.process.send_signal(signal.SIGHUP)
        until(lambda: not may(server, "outsider"))


def test_a_stop_lets_running_statements_end(served):
    """Rows that are still wanted come, all of them; nothing new is taken; then the process ends by itself."""
    rows = []
    begun = threading.Event()

    def read():
        # The driver closes its statement on a server that is gone by then: whoever reads to the end has what was asked for.
        with contextlib.suppress(adbc_driver_manager.Error), served.connect("steward") as connection, connection.cursor() as cursor:
            cursor.execute("select i.order_id from orders.order_items i, generate_series(1, 4)")
            for batch in cursor.fetch_record_batch():
                rows.append(batch.num_rows)
                begun.set()
                if len(rows) < 10:
                    time.sleep(0.05)

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(30)
    served.process.terminate()
    until(lambda: get(f"{served.admin}/readyz") == (503, "not ready\n"))
    reader.join(60)
    items = served_items(served)
    assert sum(rows) == items * 4
    assert served.process.wait(30) == 0


def served_items(server):
    """How many order items there are, by another way: the server is gone."""
    import pyarrow.dataset

    mesh = json.loads((server.folder / "weft.yaml").read_text())["mesh"]["catalog"]
    return pyarrow.dataset.dataset(f"{mesh}/data/orders/order_items", format="parquet").count_rows()


def test_settings_come_from_the_environment(demo, tmp_path):
    environment = {"WEFT__LIMITS__ROWS": "10", "WEFT__LOG__LEVEL": "info"}
    with serving(tmp_path, demo.mesh, ["steward"], environment=environment) as server:
        with pytest.raises(adbc_driver_manager.Error, match=r"the number of rows exceeds limits\.rows = 10"):
            server.rows("steward", "select * from orders.orders")
    wrong = {**os.environ, "WEFT__LIMITS__ROWZ": "10"}
    done = subprocess.run(
        [os.environ["WEFT_BIN"], "serve", "--config", str(tmp_path / "weft.yaml")], env=wrong, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "the settings of the environment (WEFT__LIMITS__ROWZ) are not usable: unknown field `rowz`" in done.stderr
