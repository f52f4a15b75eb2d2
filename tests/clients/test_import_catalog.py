"""`weft import` of tables that a catalog knows: one by its name, or all below a namespace, page by page."""

import json

import pytest

import rest_catalogs
from catalogued import Catalogued, plain
from test_sql_catalog import Filed


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with rest_catalogs.catalog(tmp_path_factory.mktemp("catalog")) as server:
        yield server


@pytest.fixture
def proxy(server):
    with rest_catalogs.proxied(server.port) as proxy:
        yield proxy


@pytest.fixture
def own(tmp_path, server, proxy):
    return Catalogued(tmp_path, server, url=proxy.url, namespaces=("shop", "eu"))


def imported(own, *arguments):
    """What is said of each product, by its name, with what was written for it."""
    code, out, err = own.run("import", *arguments, "--domain", "d", "--reader", "readers", "--classification", "public", "--output", "json")
    assert code in (0, 1), err
    return code, {one["product"]: one for one in json.loads(out)["products"]}


def contract(own, product):
    return (own.folder / "mesh" / "d" / product / f"{product}-v1.odcs.yaml").read_text()


def test_one_table(own, proxy):
    table = own.table(name="Orders", namespace=("shop", "deep"))
    table.append(plain(range(5)))
    code, found = imported(own, "catalog:prod/shop.deep/Orders")
    assert code == 0 and list(found) == ["orders"]
    text = contract(own, "orders")
    said = f'  - server: data\n    type: iceberg\n    catalog: "prod"\n    catalogUrl: "{proxy.url}"\n    namespace: "shop.deep"\n\nschema:\n'
    assert f"servers:\n{said}" in text
    assert '    physicalName: "Orders"\n' in text and str(own.place) not in text
    assert own.ask("select count(*) as n, sum(id) as s from d.orders") == [{"n": 5, "s": 10}]
    assert "does not exist" in own.ask("select count(*) from d.orders", user="stranger")
    # A second time there is nothing to say; what another engine added is.
    assert imported(own, "catalog:prod/shop.deep/Orders")[0] == 0
    with table.update_schema() as update:
        update.rename_column("name", "title")
    assert imported(own, "catalog:prod/shop.deep/Orders")[0] == 1 and contract(own, "orders") == text


@pytest.mark.parametrize("page", [None, 1, 2])
def test_every_table_below_a_namespace(own, proxy, page):
    """Those of inner namespaces too, in as many pages as there are."""
    proxy.page = page
    for name, namespace in (("a", ("eu",)), ("b", ("eu",)), ("c d é", ("eu",)), ("deep", ("eu", "inner")), ("deeper", ("eu", "inner", "most"))):
        if not own.rest.table_exists((*namespace, name)):
            own.table(name=name, namespace=namespace).append(plain(range(len(name))))
    code, found = imported(own, "catalog:prod/eu")
    assert code == 0 and sorted(found) == ["a", "b", "c_d_é", "deep", "deeper"]
    for name, count in (("a", 1), ("c_d_é", 5), ("deep", 4), ("deeper", 6)):
        assert own.ask(f'select count(*) as n from d."{name}"') == [{"n": count}]


def test_a_catalog_whose_pages_do_not_end(own, proxy):
    own.table()
    proxy.change("GET /v1/namespaces/shop/tables$", lambda said, _: {**said, "next-page-token": "0"})
    code, out, err = own.run("import", "catalog:prod/shop", "--domain", "d")
    assert (code, out) == (2, "") and "a page follows itself" in err


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("catalog:prod", "`catalog:prod` names no tables of a catalog"),
        ("catalog:other/shop/t", "there is no catalog `other`"),
        ("catalog:prod/hr/t", "table `hr.t` of catalog `prod` lies outside of what domain `d` may use"),
        ("catalog:prod/hr", "table `hr` of catalog `prod` lies outside of what domain `d` may use"),
        ("catalog:prod/shop/none", "table `shop.none` of catalog `prod`: the catalog has no such table"),
        ("catalog:prod/shop.nowhere", "table `shop.nowhere` of catalog `prod`: the catalog has no such table"),
        ("catalog:prod/shop..x/t", "no name of a table in a catalog"),
    ],
)
def test_what_is_not_imported(own, location, says):
    own.table()
    code, out, err = own.run("import", location, "--domain", "d")
    assert (code, out) == (2, "") and says in err and not (own.folder / "mesh" / "d").exists()


def test_a_catalog_in_a_file(tmp_path):
    own = Filed(tmp_path)
    own.table(name="Orders", numbers=range(4))
    own.table(name="more", numbers=range(2))
    code, out, err = own.run("import", "catalog:local/shop", "--domain", "d", "--reader", "readers", "--classification", "public")
    assert code == 0, err
    assert own.ask("select count(*) as n from d.orders") == [{"n": 4}] and own.ask("select count(*) as n from d.more") == [{"n": 2}]
