"""The ADBC driver, three personas and an outsider: rows, masks, tokens, and what does not exist."""

import time

import adbc_driver_manager
import pytest


def failure(demo, persona, sql, **more):
    with pytest.raises(adbc_driver_manager.Error) as caught:
        demo.rows(persona, sql, **more)
    return caught.value


def test_the_analyst_sees_european_rows_only(demo):
    assert demo.rows("analyst", "select distinct region from orders.orders") == [("EU",)]
    (seen,) = demo.rows("analyst", "select count(*) from orders.orders")[0]
    (all_rows,) = demo.rows("steward", "select count(*) from orders.orders")[0]
    assert 0 < seen < all_rows == 200_000


def test_an_address_of_a_person_finds_nothing_for_the_analyst(demo):
    ((address,),) = demo.rows("steward", "select email from customers.profiles where region = 'EU' limit 1")
    assert "@" in address and "*" not in address
    assert demo.rows("steward", "select count(*) from customers.profiles where email = ?", (address,)) == [(1,)]
    assert demo.rows("analyst", "select count(*) from customers.profiles where email = ?", (address,)) == [(0,)]
    masked = demo.rows("analyst", "select distinct email from customers.profiles")
    assert masked and all(email is None or email.startswith("***") for (email,) in masked)


def test_tokens_still_join(demo):
    sql = """select count(*) from customers.profiles p join marketing.touches t on p.customer_id = t.customer_id"""
    clear, tokens = demo.rows("steward", sql), demo.rows("marketer", sql)
    assert clear == tokens and clear[0][0] > 0
    ((token,),) = demo.rows("marketer", "select customer_id from customers.profiles limit 1")
    assert demo.rows("steward", "select count(*) from customers.profiles where customer_id = ?", (token,)) == [(0,)]


def test_fraud_sees_clear_values_for_its_purpose_only(demo):
    sql = "select full_name from customers.profiles order by customer_id limit 5"
    clear = demo.rows("steward", sql)
    assert demo.rows("fraud", "select count(*) from customers.profiles where full_name like '%*%'", purpose="fraud") == [(0,)]
    masked = demo.rows("fraud", "select full_name from customers.profiles limit 5", purpose="reporting")
    assert all("*" in name for (name,) in masked)
    assert all("*" not in name for (name,) in clear)
    assert "not permitted" in str(failure(demo, "fraud", "select 1", purpose="marketing"))


def test_the_outsider_sees_one_product(demo):
    sql = "select table_schema, table_name from information_schema.tables where table_schema <> 'information_schema'"
    names = {f"{domain}.{table}" for domain, table in demo.rows("outsider", sql)}
    assert {name for name in names if not name.endswith("_v1")} == {"inventory.products"}
    hidden = failure(demo, "outsider", "select * from hr.salaries")
    missing = failure(demo, "outsider", "select * from hr.salariez")
    assert hidden.status_code == missing.status_code == adbc_driver_manager.AdbcStatusCode.NOT_FOUND
    assert str(hidden).replace("salaries", "X") == str(missing).replace("salariez", "X")
    assert hidden.details == [] or [d[0] for d in hidden.details] == [d[0] for d in missing.details]


def test_examples_run_as_printed(demo):
    for example in demo.examples:
        run = lambda: demo.rows(example["persona"], example["sql"], purpose=example.get("purpose"))
        if "hr.salaries" in example["sql"]:
            with pytest.raises(adbc_driver_manager.Error, match="table `hr.salaries` does not exist"):
                run()
        else:
            assert run(), example


def test_a_wrong_password_and_a_forged_token_are_refused(demo):
    import adbc_driver_flightsql.dbapi as flight_sql

    for options in (
        {"username": "analyst", "password": "wrong"},
        {"username": "nobody", "password": "wrong"},
        {"adbc.flight.sql.authorization_header": "Bearer weft_pat_0000_0000"},
        {},
    ):
        with pytest.raises(adbc_driver_manager.Error) as caught:
            with flight_sql.connect(demo.url, db_kwargs=options, autocommit=True) as connection:
                connection.cursor().execute("select 1")
        assert caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED


def test_short_statements_are_not_held_back(demo):
    """Each waits for no acknowledgement of what was sent before it, which alone takes 40 ms."""
    took = []
    with demo.connect("steward") as connection, connection.cursor() as cursor:
        for _ in range(20):
            began = time.monotonic()
            cursor.execute("select 1")
            assert cursor.fetchall() == [(1,)]
            took.append(time.monotonic() - began)
    assert min(took) < 0.04, took
