"""A changed policy file counts at once, a broken or vanished one never widens anything."""

import time

import adbc_driver_manager
import pytest

SQL = "select count(*) from inventory.products"


def until(check, seconds=20):
    """Asks again until the answer is right."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "the mesh did not change in time"
        time.sleep(0.2)


def sees(demo, persona):
    try:
        return demo.rows(persona, SQL) == [(2000,)]
    except adbc_driver_manager.Error as refused:
        assert refused.status_code == adbc_driver_manager.AdbcStatusCode.NOT_FOUND
        return False


def test_a_deny_counts_at_once_and_a_lost_file_widens_nothing(demo):
    policy = demo.mesh / "inventory" / "policy.yaml"
    text = policy.read_text()
    assert sees(demo, "outsider") and sees(demo, "analyst")
    try:
        policy.write_text(text + "  - {id: closed, match: {product: \"inventory.products\"}, to: {groups: [partners]}, deny: true}\n")
        until(lambda: not sees(demo, "outsider"))
        assert sees(demo, "analyst")
        policy.unlink()
        time.sleep(2)
        assert not sees(demo, "outsider"), "a vanished file keeps its last rules"
        policy.write_text("rules: [")
        until(lambda: not sees(demo, "analyst"))
        assert not sees(demo, "outsider"), "a file that does not parse closes its domain"
    finally:
        policy.write_text(text)
    until(lambda: sees(demo, "outsider") and sees(demo, "analyst"))
    with pytest.raises(adbc_driver_manager.Error):
        demo.rows("outsider", "select count(*) from hr.salaries")
