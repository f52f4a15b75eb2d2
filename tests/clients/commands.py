"""Flight SQL commands as bytes, and what a server answers to them, with nothing but pyarrow between."""

import re

import pyarrow
import pyarrow.flight

TYPE = "type.googleapis.com/arrow.flight.protocol.sql."
# What pyarrow's own layers saw of an error differs from call to call.
LAYERS = re.compile(r"\.? gRPC client debug context.*", re.DOTALL)
REFERENCE = re.compile(r"\b[a-z]\d{6}\b")


def field(number, value):
    """One protobuf field: a text, bytes or a boolean."""
    if isinstance(value, bool):
        return bytes([number << 3, int(value)])
    content = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(number):
    digits = []
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def command(name, **fields):
    """A command packed as every Flight SQL client packs it; fields are `_1="weft"`, or lists; None is left out."""
    content = b""
    for key, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            content += b"" if one is None else field(int(key[1:]), one)
    return field(1, TYPE + name) + field(2, content)


class Flight:
    """A plain Flight client with a token."""

    def __init__(self, door, user):
        self.client = pyarrow.flight.connect(door.url)
        self.options = pyarrow.flight.FlightCallOptions(headers=[(b"authorization", f"Bearer {door.passwords[user]}".encode())])

    def answer(self, descriptor):
        """Everything that comes back: schema, counts, rows; or the error."""
        try:
            info = self.client.get_flight_info(descriptor, self.options)
            schema = self.client.get_schema(descriptor, self.options).schema
            ticket = info.endpoints[0].ticket
            rows = self.client.do_get(ticket, self.options).read_all()
        except pyarrow.lib.ArrowException as error:
            return type(error).__name__, said(error)
        assert info.schema == schema
        return info.schema, info.total_records, info.total_bytes, len(info.endpoints), len(ticket.ticket), rows.to_pylist()

    def schema(self, descriptor):
        """What GetSchema alone answers."""
        try:
            return self.client.get_schema(descriptor, self.options).schema
        except pyarrow.lib.ArrowException as error:
            return type(error).__name__, said(error)

    def rows(self, packed):
        """The rows of a command that must be answered."""
        *_, rows = self.answer(pyarrow.flight.FlightDescriptor.for_command(packed))
        return rows

    def close(self):
        self.client.close()


def said(error):
    """What the server said."""
    return REFERENCE.sub("REFERENCE", LAYERS.sub("", str(error)))
