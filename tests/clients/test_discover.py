"""`mesh.discover`: tables of a catalog as products, which nobody sees until policy says so."""

import json
import time

import pytest
from pyiceberg.types import LongType

import rest_catalogs
from catalogued import Catalogued, plain
from command import weft
from refusals import refused

CLASSIFIED = """\
apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: confidential
rules:
  - {id: ids, match: {product: "d.*", column: id}, classify: {atLeast: public}}
  - {id: names, match: {product: "d.*", column: name}, classify: {atLeast: confidential}}
"""
READ = 'apiVersion: weft/v1\nkind: Policy\nrules:\n  - {id: all, match: {product: "d.*"}, to: {groups: [readers]}, allow: read}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with rest_catalogs.catalog(tmp_path_factory.mktemp("catalog")) as server:
        yield server


@pytest.fixture
def own(tmp_path, server, request):
    namespace = request.node.name.replace("test_", "")
    own = Catalogued(tmp_path, server, namespaces=[namespace])
    own.space = namespace
    own.discover = {"catalog": "prod", "namespace": namespace, "domain": "d", "every": "1s"}
    own.mesh.write("_governance/board.policy.yaml", CLASSIFIED)
    own.mesh.write("d/policy.yaml", READ)
    return own


def served(own, **more):
    return own.served(mesh={"discover": [own.discover]}, **more)


def listed(server, user="reader"):
    return [name for (name,) in server.rows(user, "select table_name from information_schema.tables where table_schema = 'd' and table_name not like '%_v1' order by 1")]


def soon(what, seconds=15):
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.2)


def test_tables_are_products_by_policy_alone(own):
    own.table(name="Orders", namespace=(own.space,)).append(plain(range(5)))
    own.table(name="deep", namespace=(own.space, "inner")).append(plain(range(2)))
    with served(own) as server:
        assert listed(server) == ["deep", "orders"] and listed(server, "stranger") == []
        assert server.rows("reader", "select count(*), sum(id), count(name) from d.orders") == [(5, 10, 0)]
        assert "[WEFT-Q003]" in refused(server.rows, "stranger", "select count(*) from d.orders").text
        # One who classified nothing opens nothing.
        own.mesh.write("_governance/board.policy.yaml", CLASSIFIED.split("  - {id: ids")[0].replace("rules:", "rules: []"))
        soon(lambda: listed(server) == [])


def test_what_a_catalog_has_by_now(own):
    table = own.table(name="t", namespace=(own.space,))
    table.append(plain(range(3)))
    with served(own) as server:
        assert listed(server) == ["t"]
        own.table(name="later", namespace=(own.space,)).append(plain(range(7)))
        soon(lambda: listed(server) == ["later", "t"])
        assert server.rows("reader", "select count(*) from d.later") == [(7,)]
        with table.update_schema() as update:
            update.add_column("extra", LongType())
        own.rest.drop_table((own.space, "later"))
        soon(lambda: listed(server) == ["t"])
        own.mesh.write("_governance/board.policy.yaml", CLASSIFIED + '  - {id: more, match: {product: "d.*", column: extra}, classify: {atLeast: public}}\n')
        soon(lambda: [name for (name,) in server.rows("reader", "select column_name from information_schema.columns where table_name = 't'")] == ["id", "name", "extra"])


def test_a_contract_counts_alone(own):
    table = own.table(name="t", namespace=(own.space,))
    table.append(plain(range(3)))
    own.product(table, columns=[one for one in [{"name": "id", "type": "long"}]], name="t", namespace=own.space)
    with served(own) as server:
        assert [name for (name,) in server.rows("reader", "select column_name from information_schema.columns where table_name = 't'")] == ["id"]


def test_two_tables_of_one_name_are_none(own):
    own.table(name="a b", namespace=(own.space,))
    own.table(name="a-b", namespace=(own.space,))
    own.table(name="c", namespace=(own.space,))
    with served(own, announced=["a table is no product: `d/a_b/a_b.odps.yaml` would be of two tables", "a table is no product: `d/a_b/a_b-v1"]) as server:
        assert listed(server) == ["c"]


def test_a_catalog_that_is_away_takes_nothing_away(own, tmp_path):
    with rest_catalogs.proxied(own.server.port) as proxy:
        own.catalog["uri"] = proxy.url
        own.table(name="t", namespace=(own.space,)).append(plain(range(3)))
        with served(own, announced=["tables stay as they were", "the catalog"]) as server:
            assert listed(server) == ["t"]
            proxy.fail("GET", 503, times=10_000)
            time.sleep(6)
            assert listed(server) == ["t"]
            proxy.faults.clear()
            soon(lambda: server.rows("reader", "select count(*) from d.t") == [(3,)])


def test_settings_that_fit_nothing(own):
    settings = {"version": 1, "mesh": {"catalog": "mesh", "discover": [{**own.discover, "catalog": "other"}]}, "storage": own.storage()}
    (own.folder / "weft.yaml").write_text(json.dumps(settings))
    code, out, err = weft("sql", "--as", "reader", "-c", "select 1", cwd=own.folder)
    assert (code, out) == (2, "") and "`mesh.discover` names the catalog `other`" in err
