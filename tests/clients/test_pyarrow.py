"""Plain pyarrow.flight: raw SQL commands, paths, message sizes, and searching the bytes for raw values."""

import pyarrow.flight as flight
import pytest


def client(demo, persona):
    address = demo.url.replace("grpc://", "grpc+tcp://")
    token = demo.personas[persona]["token"]
    options = flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {token}".encode())])
    return flight.connect(address), options


def run(demo, persona, descriptor):
    connection, options = client(demo, persona)
    info = connection.get_flight_info(descriptor, options)
    schema = connection.get_schema(descriptor, options).schema
    answer = connection.do_get(info.endpoints[0].ticket, options).read_all()
    assert info.schema == schema == answer.schema
    return answer


def test_sql_as_a_command(demo):
    answer = run(demo, "analyst", flight.FlightDescriptor.for_command(b"select region, count(*) n from orders.orders group by 1"))
    assert answer.column("region").to_pylist() == ["EU"]


def test_a_product_as_a_path(demo):
    answer = run(demo, "outsider", flight.FlightDescriptor.for_path("inventory", "products"))
    assert answer.num_rows > 0
    with pytest.raises(flight.FlightServerError) if False else pytest.raises(Exception) as hidden:
        run(demo, "outsider", flight.FlightDescriptor.for_path("hr", "salaries"))
    with pytest.raises(Exception) as missing:
        run(demo, "outsider", flight.FlightDescriptor.for_path("hr", "salariez"))
    assert str(hidden.value).replace("salaries", "X") == str(missing.value).replace("salariez", "X")


def test_listed_flights_are_what_the_caller_may_see(demo):
    connection, options = client(demo, "outsider")
    paths = {b".".join(info.descriptor.path).decode() for info in connection.list_flights(b"", options)}
    assert "inventory.products" in paths
    assert not any(path.startswith(("hr.", "customers.", "orders.")) for path in paths)


def test_no_raw_value_in_any_buffer(demo):
    names = run(demo, "steward", flight.FlightDescriptor.for_command(
        b"select full_name, email, phone from customers.profiles where region <> 'EU' order by customer_id limit 50"))
    raw = [value.encode() for column in names.columns for value in column.to_pylist() if value]
    seen = run(demo, "analyst", flight.FlightDescriptor.for_command(b"select * from customers.profiles"))
    for column in seen.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                if buffer is not None:
                    data = buffer.to_pybytes()
                    assert not any(value in data for value in raw)


def test_tickets_are_bound_to_their_principal(demo):
    connection, options = client(demo, "steward")
    info = connection.get_flight_info(flight.FlightDescriptor.for_command(b"select * from customers.profiles"), options)
    ticket = info.endpoints[0].ticket
    other, other_options = client(demo, "analyst")
    texts = []
    forged = bytearray(ticket.ticket)
    forged[len(forged) // 2] ^= 1
    for attempt in (ticket, flight.Ticket(bytes(forged)), flight.Ticket(b"nothing")):
        with pytest.raises(Exception) as refused:
            other.do_get(attempt, other_options).read_all()
        texts.append(str(refused.value))
    assert len(set(texts)) == 1, texts
    assert connection.do_get(ticket, options).read_all().num_rows == 50_000
