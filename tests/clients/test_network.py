"""What is asked over the network, of whom, and with what: only what the configuration names."""

import contextlib
import http.server
import json
import threading

import pytest

from command import weft

KEYS = {"access_key_id": {"env": "LAKE_KEY"}, "secret_access_key": {"env": "LAKE_SECRET"}}
AZURE = "abfss://lake@acme.dfs.core.windows.net/"


@contextlib.contextmanager
def server(answer=None):
    """A server that notes every request: method, path, headers. `answer` gives status, headers and body."""
    asked = []

    class Noted(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = answer(self) if answer else (404, {}, "")
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_HEAD = do_PUT = do_POST = do_CONNECT = do_GET

        def log_message(self, *_):
            """Nobody reads this."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Noted) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
        running.shutdown()


def mesh(folder, **binding):
    (folder / "mesh").mkdir()
    config = {"version": 1, "mesh": {"catalog": "mesh"}, "storage": {"bindings": [{"name": "lake", "domains": ["*"], **binding}], "remote": {"retries": 0}}}
    (folder / "weft.yaml").write_text(json.dumps(config))


def ask(folder, location, **environment):
    return weft("import", location, "--domain", "d", cwd=folder, **{"LAKE_KEY": "key", "LAKE_SECRET": "s3cr3t", **environment})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("prefix", "credentials"),
    [("s3://lake/", KEYS), ("gs://lake/", "anonymous"), (AZURE, {"account_key": {"env": "ACCOUNT"}}), ("http", "anonymous")],
)
def test_no_redirect_is_followed(tmp_path, status, prefix, credentials):
    """Neither to another host nor to the same one: the second server sees nothing, and the error says what happened."""
    with server() as (elsewhere, seen):
        with server(lambda request: (status, {"Location": elsewhere + request.path}, "")) as (url, asked):
            where = {"prefix": url + "/"} if prefix == "http" else {"prefix": prefix, "endpoint": url}
            mesh(tmp_path, **where, credentials=credentials)
            code, _, err = ask(tmp_path, where["prefix"] + "d/t.parquet", ACCOUNT="c2VjcmV0")
            assert (code, seen) == (2, []) and asked != []
            assert err.startswith("error[WEFT-P001]: reading the data: "), err
            assert f"status code: {status} " in err and "no redirect is followed" in err, err
            assert "s3cr3t" not in err and "c2VjcmV0" not in err


def test_proxies_of_the_environment_are_not_used(tmp_path):
    with server() as (proxy, seen), server() as (url, asked):
        mesh(tmp_path, prefix="s3://lake/", endpoint=url.replace("127.0.0.1", "localhost"), credentials=KEYS)
        proxies = {name: proxy for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")}
        assert ask(tmp_path, "s3://lake/d/t.parquet", NO_PROXY="", no_proxy="", **proxies)[0] == 2
        assert seen == [] and asked != []


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "environment", "AWS_SESSION_TOKEN": "environment",
    "AZURE_STORAGE_ACCOUNT_KEY": "ZW52aXJvbm1lbnQ=", "AZURE_STORAGE_ACCESS_KEY": "ZW52aXJvbm1lbnQ=", "AZURE_STORAGE_TOKEN": "environment",
    "GOOGLE_SERVICE_ACCOUNT_KEY": "{}", "IDENTITY_HEADER": "environment", "MSI_SECRET": "environment",
}  # fmt: skip


@pytest.mark.parametrize("prefix", ["s3://lake/", "gs://lake/", AZURE, "http"])
@pytest.mark.parametrize("login", ["no login", json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"})])
def test_anonymous_is_anonymous_whoever_is_logged_in(tmp_path, prefix, login):
    """Neither the home folder nor the environment makes somebody of nobody."""
    (tmp_path / ".config" / "gcloud").mkdir(parents=True)
    (tmp_path / ".config" / "gcloud" / "application_default_credentials.json").write_text(login)
    adc = str(tmp_path / ".config" / "gcloud" / "application_default_credentials.json")
    with server() as (url, asked), server() as (metadata, seen):
        where = {"prefix": url + "/"} if prefix == "http" else {"prefix": prefix, "endpoint": url}
        mesh(tmp_path, **where)
        elsewhere = {"AWS_ENDPOINT_URL": metadata, "AWS_ENDPOINT_URL_S3": metadata, "IDENTITY_ENDPOINT": metadata, "AWS_METADATA_ENDPOINT": metadata}
        code, _, err = ask(tmp_path, where["prefix"] + "d/t.parquet", HOME=str(tmp_path), GOOGLE_APPLICATION_CREDENTIALS=adc, **ENVIRONMENT, **elsewhere)
        assert (code, seen) == (2, []) and asked != [], err
        assert {name.lower() for _, _, headers in asked for name in headers} & {"authorization", "x-amz-security-token", "x-identity-header"} == set()


@pytest.mark.parametrize(
    ("prefix", "path", "header"),
    [
        (AZURE, "/metadata/identity/oauth2/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com", ("Metadata", "true")),
        ("gs://lake/", "/computeMetadata/v1/instance/service-accounts/default/token", ("Metadata-Flavor", "Google")),
    ],
)
def test_an_instance_is_given_a_token_once(tmp_path, prefix, path, header):
    """By its cloud alone: nothing is read from the home folder or the environment."""
    (tmp_path / ".config" / "gcloud").mkdir(parents=True)
    (tmp_path / ".config" / "gcloud" / "application_default_credentials.json").write_text("no login")
    with server(lambda _: (200, {}, json.dumps({"access_token": "t0k3n", "expires_in": "3600"}))) as (cloud, given), server() as (url, asked):
        mesh(tmp_path, prefix=prefix, endpoint=url, credentials="instance", metadata_endpoint=cloud)
        code, out, err = ask(tmp_path, prefix + "d/t.parquet", HOME=str(tmp_path), **ENVIRONMENT)
        assert code == 2 and "t0k3n" not in out + err
        assert [(method, one) for method, one, _ in given] == [("GET", path)]
        assert {name.lower(): value for name, value in given[0][2].items()}[header[0].lower()] == header[1]
        assert "x-identity-header" not in {name.lower() for name in given[0][2]}
        assert {headers.get("authorization", headers.get("Authorization")) for _, _, headers in asked} == {"Bearer t0k3n"}


def test_an_instance_that_is_given_nothing(tmp_path):
    with server(lambda _: (403, {}, "<secret page>")) as (cloud, given), server() as (url, asked):
        mesh(tmp_path, prefix="gs://lake/", endpoint=url, credentials="instance", metadata_endpoint=cloud)
        code, _, err = ask(tmp_path, "gs://lake/d/t.parquet")
        assert (code, asked) == (2, []) and given != [], err
        assert "the instance could not be asked for its credentials: the answer was 403 Forbidden" in err and "secret page" not in err


@pytest.mark.parametrize("region", ["x@127.0.0.1:PORT/", "evil.example/", "EU", ""])
def test_a_region_is_no_address(tmp_path, region):
    """It stands in the name of a host; nothing is asked of another."""
    with server() as (url, asked):
        mesh(tmp_path, prefix="s3://lake/", region=region.replace("PORT", url.rsplit(":", 1)[1]))
        code, _, err = ask(tmp_path, "s3://lake/d/t.parquet")
        assert (code, asked) == (2, [])
        assert err.splitlines()[0] == "error[WEFT-S001]: opening storage: storage binding `lake` has in `region` no name such as `eu-central-1`"


@pytest.mark.parametrize("secret", ['"CANARY-secret"', '{"type": "CANARY-secret"}', "CANARY-secret"])
def test_a_key_that_is_none_is_not_shown(tmp_path, secret):
    mesh(tmp_path, prefix="gs://lake/", credentials={"service_account": {"env": "LAKE_SECRET"}})
    code, out, err = ask(tmp_path, "gs://lake/d/t.parquet", LAKE_SECRET=secret)
    assert code == 2 and "has in `service_account` no key of a service account, as JSON" in err, err
    assert "CANARY" not in out + err


def test_a_secret_with_a_line_break_is_refused(tmp_path):
    """Before anything is asked; the secret is not shown."""
    with server() as (url, asked):
        mesh(tmp_path, prefix="s3://lake/", endpoint=url, credentials=KEYS)
        code, out, err = ask(tmp_path, "s3://lake/d/t.parquet", LAKE_SECRET="CANARY\nsecret")
        assert (code, asked) == (2, []) and "has a secret with characters that no secret of its kind has" in err, err
        assert "CANARY" not in out + err and "panicked" not in err
