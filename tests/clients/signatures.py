"""Who signed a request, told as AWS tells it: "Signature Version 4", from its documentation and from nothing that Weft uses."""

import datetime
import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
CREDENTIAL = re.compile(rf"{ALGORITHM} Credential=([^/]+)/(\d{{8}})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{{64}})")
NOTHING = hashlib.sha256(b"").hexdigest()
STAMP = "%Y%m%dT%H%M%SZ"


def encoded(text, also=""):
    """All but letters, digits, `-`, `.`, `_` and `~` as the bytes they are; a blank is %20 and never `+`."""
    return urllib.parse.quote(text, safe=f"-._~{also}")


def canonical_path(path, service):
    """The path as it was sent, encoded once more; S3 alone takes it as it stands."""
    return path if service == "s3" else encoded(path, "/")


def canonical_query(query):
    """Every name and value by itself, in order. `+` is a plus: only forms mean a blank by it."""
    pairs = [one.partition("=") for one in query.split("&") if one]
    return "&".join(sorted(f"{encoded(urllib.parse.unquote(name))}={encoded(urllib.parse.unquote(value))}" for name, _, value in pairs))


def canonical(method, path, query, headers, signed, service):
    """The request in the one form that is signed. `headers` are those that came, by their names in small letters."""
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in signed)
    payload = headers.get("x-amz-content-sha256", NOTHING)
    return "\n".join([method, canonical_path(path, service), canonical_query(query), lines, ";".join(signed), payload])


def signature(secret, stamp, region, service, text):
    """What the key makes of a canonical request."""
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    told = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(text.encode()).hexdigest()}"
    return hmac.digest(key, told.encode(), "sha256").hex()


class Signatures:
    """The one key that may ask, for one service in one region, within `seconds` of when it signed."""

    def __init__(self, key, secret, token=None, region="eu-central-1", service="glue", seconds=300):
        self.key, self.secret, self.token, self.region, self.service, self.seconds = key, secret, token, region, service, seconds
        self.seen = []

    def wrong(self, request):
        """Nothing, or the kind of what is wrong and all that AWS says of it, which is more than anybody is to see."""
        headers = request.headers
        found = CREDENTIAL.fullmatch(headers.get("authorization", ""))
        if not found:
            return "MissingAuthenticationTokenException", "Missing Authentication Token"
        key, day, region, service, signed, shown = found.groups()
        self.seen.append(shown)
        if key != self.key or headers.get("x-amz-security-token") != self.token:
            return "UnrecognizedClientException", f"The security token included in the request is invalid: {key}, {headers.get('x-amz-security-token')}"
        if (region, service) != (self.region, self.service):
            return "InvalidSignatureException", f"Credential should be scoped to a valid region, not '{region}' and service '{service}': {key}."
        signed, stamp = signed.split(";"), headers.get("x-amz-date", "")
        needed = {"host", *(name for name in headers if name.startswith("x-amz-"))}
        if signed != sorted(signed) or not needed <= set(signed) <= set(headers) or not stamp.startswith(day):
            return "IncompleteSignatureException", f"What has to be signed is not: {sorted(needed)} of {signed}"
        signed_at = datetime.datetime.strptime(stamp, STAMP).replace(tzinfo=datetime.UTC)
        if abs((datetime.datetime.now(datetime.UTC) - signed_at).total_seconds()) > self.seconds:
            return "InvalidSignatureException", f"Signature expired: {stamp} is now earlier than it may be"
        path, _, query = request.raw.partition("?")
        text = canonical(request.method, path, query, headers, signed, self.service)
        if headers.get("x-amz-content-sha256", NOTHING) != hashlib.sha256(request.body or b"").hexdigest() or not hmac.compare_digest(shown, signature(self.secret, stamp, region, service, text)):
            return "InvalidSignatureException", f"The request signature we calculated does not match. The Canonical String for this request should have been '{text}', Signature={shown}"
        return None
