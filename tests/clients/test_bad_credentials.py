"""Tickets and passwords that are not right: one answer whatever is wrong with them, and patience that ends."""

import json
import re
import time

import adbc_driver_flightsql.dbapi as flight_sql
import adbc_driver_manager
import argon2
import pyarrow.flight
import pytest

from meshes import Mesh
from refusals import refused
from servers import serving, token, write_tokens

PASSWORD = "correct horse battery"
REFUSED = (
    "the credential was not accepted [WEFT-A001]\n"
    "Hint: Check the user name and the password or token; tokens expire."
)
# How many wrong passwords one user may send from one address, and how long one takes to be forgiven.
BURST, SECONDS = 10, 6


@pytest.fixture
def mesh(tmp_path):
    mesh = Mesh(tmp_path / "mesh")
    for domain in ("shop", "ware"):
        mesh.product(domain, "good")
        mesh.data(f"data/{domain}/good.parquet")
    return mesh


# --- tickets ----------------------------------------------------------------------------------------------------------
def bearer(text):
    return pyarrow.flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {text}".encode())])


def ask(server, secret, sql=b"select * from shop.good"):
    """The ticket for a statement, and when it ends."""
    with pyarrow.flight.connect(server.url) as client:
        info = client.get_flight_info(pyarrow.flight.FlightDescriptor.for_command(sql), bearer(secret))
        return info.endpoints[0].ticket, info.endpoints[0].expiration_time


def redeem(server, ticket, secret):
    """How many rows a ticket gives; else the error, its kind and text."""
    with pyarrow.flight.connect(server.url) as client:
        try:
            return client.do_get(ticket, bearer(secret)).read_all().num_rows
        except pyarrow.lib.ArrowException as error:
            # pyarrow adds what its own layers saw, which differs by timing.
            return type(error).__name__, str(error).partition(" gRPC client debug context")[0].rstrip(".")


def test_a_ticket_that_is_not_right(mesh, tmp_path):
    """Forged, cut, grown, of another caller or server, past its end: one constant answer."""
    mesh.write("users.yaml", (mesh.root / "users.yaml").read_text() + "  - {name: colleague, groups: [readers]}\n")
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    users = ["reader", "colleague", "stranger"]
    with serving(tmp_path / "one", mesh.root, users) as server, serving(tmp_path / "other", mesh.root, users) as other:
        short, record = token("reader", expires=int(time.time()) + 6)
        kept = json.loads((tmp_path / "one" / "tokens.json").read_text())["tokens"]
        (tmp_path / "one" / "tokens.json").unlink()
        write_tokens(tmp_path / "one" / "tokens.json", [*kept, record])
        secret = server.passwords["reader"]
        expired, end = until_accepted(lambda: ask(server, short))
        assert redeem(server, expired, secret) == 3
        ticket, _ = ask(server, secret)
        assert redeem(server, ticket, secret) == redeem(server, ticket, secret) == 3, "a ticket may be redeemed again"
        changed = bytearray(ticket.ticket)
        changed[len(changed) // 2] ^= 1
        answers = {
            "forged": redeem(server, pyarrow.flight.Ticket(bytes(changed)), secret),
            "cut": redeem(server, pyarrow.flight.Ticket(ticket.ticket[:-1]), secret),
            "grown": redeem(server, pyarrow.flight.Ticket(ticket.ticket + b"\0"), secret),
            "empty": redeem(server, pyarrow.flight.Ticket(b""), secret),
            "text": redeem(server, pyarrow.flight.Ticket(b"select * from shop.good"), secret),
            "of a colleague": redeem(server, ticket, server.passwords["colleague"]),
            "of a stranger": redeem(server, ticket, server.passwords["stranger"]),
            "of another server": redeem(server, ask(other, other.passwords["reader"])[0], secret),
        }
        # A ticket ends with the credential it was made with; another token of the same user does not keep it alive.
        time.sleep(max(0, end.as_py().timestamp() - time.time()) + 1)
        answers["past its end"] = redeem(server, expired, secret)
        one = ("ArrowKeyError", "Flight returned not found error, with message: the ticket is not valid [WEFT-Q010]\nHint: Run the statement again")
        assert answers == dict.fromkeys(answers, one)
        assert redeem(server, ticket, short)[0] == "FlightUnauthenticatedError"
        assert redeem(server, ticket, secret) == 3, "none of this hurt the ticket itself"


def until_accepted(run, seconds=5):
    """Asks again until the server has read its tokens."""
    end = time.monotonic() + seconds
    while True:
        try:
            return run()
        except pyarrow.flight.FlightUnauthenticatedError:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_a_ticket_after_the_policy_changed(mesh, tmp_path):
    """What a ticket would show is decided again; it is refused like any other ticket that is not right."""
    with serving(tmp_path, mesh.root, ["reader"]) as server:
        secret = server.passwords["reader"]
        (ticket, _), (kept, _) = ask(server, secret), ask(server, secret, b"select * from ware.good")
        policy = mesh.root / "shop" / "policy.yaml"
        policy.write_text(policy.read_text().replace("allow: read", "allow: read, rows: 'id > 1'"))
        end = time.monotonic() + 20
        while rows_seen(server) != [(2,)]:
            assert time.monotonic() < end
            time.sleep(0.1)
        refusal = "Flight returned not found error, with message: the ticket is not valid [WEFT-Q010]\nHint: Run the statement again"
        assert redeem(server, ticket, secret) == ("ArrowKeyError", refusal)
        assert redeem(server, kept, secret) == 3


def rows_seen(server):
    """What the reader counts; nothing when the policy changes just between the plan and the answer, or during it."""
    try:
        return server.rows("reader", "select count(*) from shop.good")
    except adbc_driver_manager.Error as error:
        assert re.search(r"the ticket is not valid|what may be read changed", str(error)), error
        return None


# --- passwords --------------------------------------------------------------------------------------------------------
@pytest.fixture
def server(mesh, tmp_path):
    hashed = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
    people = [f"  - {{name: {name}, groups: [readers], password: '{hashed}'}}\n" for name in ("reader", "colleague")]
    mesh.write("users.yaml", "users:\n" + "".join(people) + "  - {name: off, groups: [readers], disabled: true}\n")
    with serving(tmp_path, mesh.root, ["reader", "off"]) as server:
        yield server


def enter(server, user, password):
    """Comes in with a password and asks something."""
    options = {"username": user, "password": password}
    with flight_sql.connect(server.url, db_kwargs=options, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from shop.good")
        return cursor.fetchall()


def test_a_wrong_credential_reads_alike_whatever_is_wrong(server):
    wrong = {
        "wrong password": ("reader", "wrong horse battery"),
        "empty password": ("reader", ""),
        "unknown user": ("nobody", PASSWORD),
        "user without a password": ("off", PASSWORD),
        "token of a disabled user": ("off", server.passwords["off"]),
        "token of somebody else": ("colleague", server.passwords["reader"]),
        "cut token": ("reader", server.passwords["reader"][:-1]),
        "long password": ("reader", "x" * 40_000),
    }
    answers = {name: refused(enter, server, *credential) for name, credential in wrong.items()}
    assert {(found.grpc, found.text) for found in answers.values()} == {("Unauthenticated", REFUSED)}
    assert len({found.details for found in answers.values()}) == 1
    assert enter(server, "reader", PASSWORD) == enter(server, "reader", server.passwords["reader"]) == [(3,)]


def test_many_wrong_passwords_are_slowed_down(server):
    for attempt in range(BURST):
        assert refused(enter, server, "reader", f"wrong {attempt}").text == REFUSED
    slowed = [refused(enter, server, "reader", password) for password in ("wrong again", PASSWORD, server.passwords["reader"])]
    for found in slowed:
        seconds = int(found.text.partition("again in ")[2].partition(" ")[0])
        assert 1 <= seconds <= SECONDS
        assert (found.grpc, found.text) == (
            "ResourceExhausted",
            f"too many credentials were refused [WEFT-A004]\nHint: Try again in {seconds} seconds.",
        )
    # Others at the same address come in, and so does who has a session or sends a token as a Bearer.
    assert enter(server, "colleague", PASSWORD) == [(3,)]
    ticket, _ = ask(server, server.passwords["reader"])
    assert redeem(server, ticket, server.passwords["reader"]) == 3
    # One attempt is forgiven every few seconds; a right one then comes in and costs nothing.
    time.sleep(SECONDS + 0.5)
    assert enter(server, "reader", PASSWORD) == [(3,)]
    assert enter(server, "reader", PASSWORD) == [(3,)]


def test_unknown_users_are_slowed_down_as_known_ones_are(server):
    for attempt in range(BURST):
        assert refused(enter, server, "nobody", f"wrong {attempt}").text == REFUSED
    assert refused(enter, server, "nobody", "wrong again").text.startswith("too many credentials were refused [WEFT-A004]")
    assert enter(server, "reader", PASSWORD) == [(3,)]
