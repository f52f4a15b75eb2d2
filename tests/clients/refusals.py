"""What a refused call looks like from outside, with the ids that differ from call to call taken out."""

import dataclasses
import re

import adbc_driver_manager
import pytest

# What the ADBC driver puts around a server's message: its own status, and the status and place of the gRPC call.
ADBC = re.compile(r"\A(?P<adbc>[A-Z_]+): \[FlightSQL\] (?P<text>.*) \((?P<grpc>\w+); (?P<place>.*)\)\Z", re.DOTALL)
REFERENCE = re.compile(r"\b[a-z]\d{6}\b")
DETAILS = b"grpc-status-details-bin"
QUERY_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A refusal that can be compared with another one."""

    grpc: str
    text: str
    details: bytes

    def named(self, typed, other="NAME"):
        """The same refusal with the typed name replaced, so that two names can be compared."""
        details = self.details.replace(typed.encode(), other.encode())
        return Refusal(self.grpc, self.text.replace(typed, other), details)


def refusal(error):
    """What an error of the ADBC driver says."""
    found = ADBC.match(str(error))
    assert found, f"not an answer of the server: {error}"
    details = b"".join(value for key, value in error.details if key == DETAILS)
    assert details, "a refusal carries google.rpc.ErrorInfo"
    text = REFERENCE.sub("REFERENCE", found["text"])
    return Refusal(found["grpc"], text, QUERY_ID.sub(b"QUERY", details))


def refused(run, *arguments, **named):
    """Runs what must be refused, and says how it was."""
    with pytest.raises(adbc_driver_manager.Error) as caught:
        run(*arguments, **named)
    return refusal(caught.value)


def missing_table(name):
    """The words for a table that does not exist, or must look so."""
    return (
        f"table `{name}` does not exist [WEFT-Q003]\n"
        "Hint: List the tables you may read with `select * from information_schema.tables`."
    )
