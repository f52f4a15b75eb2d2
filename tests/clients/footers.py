"""Footers of Parquet files taken apart and put together again, so that tests can write what no writer would.

The Thrift compact protocol, as far as footers use it. A struct is a dict from field number to (type, value); a list is
(type of its elements, list of them)."""

import struct

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind):
        match kind:
            case 1 | 2:
                return kind == TRUE
            case 3:
                return self.byte()
            case 4 | 5 | 6:
                return self.zigzag()
            case 7:
                self.at += 8
                return struct.unpack("<d", self.data[self.at - 8 : self.at])[0]
            case 8:
                length = self.varint()
                self.at += length
                return bytes(self.data[self.at - length : self.at])
            case 9:
                head = self.byte()
                kind, size = head & 15, head >> 4
                if size == 15:
                    size = self.varint()
                return kind, [self.byte() == TRUE if kind in (TRUE, FALSE) else self.value(kind) for _ in range(size)]
            case 12:
                fields, number = {}, 0
                while head := self.byte():
                    number = number + (head >> 4) if head >> 4 else self.zigzag()
                    fields[number] = (head & 15, self.value(head & 15))
                return fields
        raise AssertionError(kind)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def written(kind, value):
    match kind:
        case 1 | 2:
            return b""
        case 3:
            return bytes([value])
        case 4 | 5 | 6:
            return zigzag(value)
        case 7:
            return struct.pack("<d", value)
        case 8:
            return varint(len(value)) + value
        case 9:
            kind, items = value
            head = bytes([len(items) << 4 | kind]) if len(items) < 15 else bytes([0xF0 | kind]) + varint(len(items))
            if kind in (TRUE, FALSE):
                return head + bytes(TRUE if item else FALSE for item in items)
            return head + b"".join(written(kind, item) for item in items)
        case 12:
            out, last = b"", 0
            for number, (kind, field) in sorted(value.items()):
                if kind in (TRUE, FALSE):
                    kind = TRUE if field else FALSE
                step = number - last
                out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + zigzag(number)
                out += written(kind, field)
                last = number
            return out + b"\0"
    raise AssertionError(kind)


def read(path):
    """The data before the footer, and the footer."""
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    return data[: -8 - length], Reader(data[-8 - length : -8]).value(STRUCT)


def write(path, data, footer):
    encoded = written(STRUCT, footer)
    path.write_bytes(data + encoded + len(encoded).to_bytes(4, "little") + b"PAR1")


def groups(footer):
    return footer[4][1][1]


def columns(footer):
    """The metadata of every column of every row group."""
    return [chunk[3][1] for group in groups(footer) for chunk in group[1][1][1]]


def chunks(footer):
    return [chunk for group in groups(footer) for chunk in group[1][1][1]]


def head(data, at):
    """The header of a page, and its bytes."""
    reader = Reader(data[at:])
    fields = reader.value(STRUCT)
    return fields, data[at + reader.at : at + reader.at + fields[3][1]]


def written_anew(path, column, pages):
    """Puts pages in the place of a column's, which is the last."""
    data, footer = read(path)
    chunk = columns(footer)[column]
    start = chunk[11][1] if 11 in chunk else chunk[9][1]
    out, offsets = data[:start], []
    for fields, body in pages(data, chunk):
        offsets.append(len(out))
        out += written(STRUCT, fields) + body
    if 11 in chunk:
        chunk[11] = (I64, offsets.pop(0))
    chunk[9] = (I64, offsets[0])
    chunk[6] = chunk[7] = (I64, len(out) - start)
    write(path, out, footer)


def deltas(numbers):
    """Numbers as the differences between them, each of 32 bits."""
    out = varint(128) + varint(4) + varint(len(numbers)) + varint(numbers[0] << 1)
    steps = [(after - before) % 2**32 for before, after in zip(numbers, numbers[1:])]
    for at in range(0, len(steps), 128):
        block = steps[at : at + 128]
        packed = b"".join(step.to_bytes(4, "little") for step in block + [0] * (-len(block) % 32))
        out += b"\0" + bytes([32] * (len(packed) // 128)).ljust(4, b"\0") + packed
    return out
