//! Names, versions and days, over products as files declare them.

use std::sync::Arc;

use crate::conformance::mesh::{BOARD, Files, Port, contract, port, product};
use crate::conformance::{AFTER_SUNSET, TODAY, mesh, problems, resolved};
use crate::memory::MemoryCatalog;
use crate::snapshot::CatalogSnapshot;

/// A port version of the product `shop.sales`, the status of its contract and the contract's tables.
type Version<'a> = (Port<'a>, &'a str, &'a [&'a str]);

/// A mesh with one product, `shop.sales`.
fn sales(versions: &[Version<'_>], more: &[&str]) -> Arc<CatalogSnapshot> {
    let mut files = Files::new();
    files.insert("_governance/board.policy.yaml".to_owned(), BOARD.to_owned());
    let ports = versions.iter().map(|(port, ..)| *port).collect::<Vec<_>>();
    files.insert("shop/sales/sales.odps.yaml".to_owned(), product("shop", "sales", &ports, more));
    for (port, status, objects) in versions {
        files.insert(
            format!("shop/sales/{}-{}.odcs.yaml", port.name, port.version),
            contract("shop", "sales", port.name, port.version, status, objects),
        );
    }
    let catalog = MemoryCatalog::new("weft", &files).unwrap();
    catalog.replace(&files).unwrap()
}

/// What names of `shop` come to.
fn names<const N: usize>(snapshot: &CatalogSnapshot, today: i32, tables: [&str; N]) -> [String; N] {
    tables.map(|table| resolved(snapshot, "shop", table, today))
}

/// Everything that is listed, in one line each.
fn listed(snapshot: &CatalogSnapshot, today: i32) -> Vec<String> {
    let product = snapshot.product("shop", "sales").unwrap();
    snapshot
        .names(product, today)
        .into_iter()
        .map(|listed| {
            let target = listed.target;
            format!("{} = {} {} {}", listed.name, target.port.name, target.port.version, target.object.name)
        })
        .collect()
}

const ONE: &[&str] = &["sales"];

#[test]
fn the_default_is_the_highest_active_version() {
    let snapshot = sales(
        &[
            (port("sales", "1.4.0"), "active", ONE),
            (port("sales", "1.10.0"), "active", ONE),
            (port("sales", "2.0.0"), "deprecated", ONE),
            (port("sales", "3.0.0"), "draft", ONE),
            (port("sales", "4.0.0"), "proposed", ONE),
        ],
        &[],
    );
    assert_eq!(problems(&snapshot), Vec::<String>::new());
    assert_eq!(
        names(&snapshot, TODAY, ["sales", "sales_v1", "sales_v2", "sales_v3", "sales_v4", "sales@4.0.0", "sales_v5"]),
        [
            "sales 1.10.0 sales active",
            "sales 1.10.0 sales active pinned",
            "sales 2.0.0 sales deprecated pinned",
            "sales 3.0.0 sales draft pinned",
            "missing",
            "missing",
            "missing",
        ]
    );
    assert_eq!(
        names(&snapshot, TODAY, ["sales@1", "sales@1.4", "sales@1.4.0", "sales@1.5", "sales@v2", "sales@3.0"]),
        [
            "sales 1.10.0 sales active pinned",
            "sales 1.4.0 sales active pinned",
            "sales 1.4.0 sales active pinned",
            "missing",
            "sales 2.0.0 sales deprecated pinned",
            "sales 3.0.0 sales draft pinned",
        ]
    );
    assert_eq!(
        listed(&snapshot, TODAY),
        ["sales = sales 1.10.0 sales", "sales_v1 = sales 1.10.0 sales", "sales_v2 = sales 2.0.0 sales"]
    );
}

#[test]
fn deprecated_answers_only_when_nothing_is_active() {
    let snapshot = sales(&[(port("sales", "1.0.0"), "deprecated", ONE), (port("sales", "2.0.0"), "draft", ONE)], &[]);
    assert_eq!(
        names(&snapshot, TODAY, ["sales", "sales_v2"]),
        ["sales 1.0.0 sales deprecated", "sales 2.0.0 sales draft pinned"]
    );
}

#[test]
fn drafts_answer_only_to_their_version() {
    let snapshot = sales(&[(port("sales", "1.0.0"), "draft", ONE)], &[]);
    assert_eq!(names(&snapshot, TODAY, ["sales", "sales_v1"]), ["missing", "sales 1.0.0 sales draft pinned"]);
    assert_eq!(listed(&snapshot, TODAY), Vec::<String>::new());
}

#[test]
fn retired_versions_name_their_successor() {
    let snapshot = sales(
        &[
            (port("sales", "1.0.0"), "retired", &["sales", "lines"]),
            (port("sales", "2.0.0"), "active", &["sales", "lines"]),
        ],
        &[],
    );
    assert_eq!(
        names(&snapshot, TODAY, ["sales", "sales_v1", "sales@1.0.0", "sales_v1__lines", "sales_v1__sales"]),
        [
            "sales 2.0.0 sales active",
            "retired 1.0.0 sales, use sales",
            "retired 1.0.0 sales, use sales",
            "retired 1.0.0 lines, use sales__lines",
            "retired 1.0.0 sales, use sales__sales",
        ]
    );
    let all = sales(&[(port("sales", "1.0.0"), "retired", ONE), (port("sales", "1.1.0"), "retired", ONE)], &[]);
    assert_eq!(
        names(&all, TODAY, ["sales", "sales@1.0"]),
        ["retired 1.1.0 sales, use nothing", "retired 1.0.0 sales, use nothing"]
    );
}

#[test]
fn after_its_sunset_a_version_is_retired() {
    let files = mesh::mesh();
    let snapshot = MemoryCatalog::new("weft", &files).unwrap().replace(&files).unwrap();
    let on = |table, day| resolved(&snapshot, "orders", table, day);
    assert_eq!(on("orders_v1", AFTER_SUNSET - 1), "orders 1.4.2 orders deprecated pinned");
    assert_eq!(on("orders_v1", AFTER_SUNSET), "retired 1.4.2 orders, use orders");
    let product = snapshot.product("orders", "orders").unwrap();
    let names = |day| snapshot.names(product, day).into_iter().map(|listed| listed.name).collect::<Vec<_>>();
    assert_eq!(names(TODAY), ["orders", "orders__order_items", "orders_v1", "orders_v2", "orders_v2__order_items"]);
    assert_eq!(names(AFTER_SUNSET), ["orders", "orders__order_items", "orders_v2", "orders_v2__order_items"]);
}

#[test]
fn a_version_held_back_does_not_move_on_by_itself() {
    let held = ["customProperties:", "  - {property: defaultVersion, value: 1.0.0, vendor: weft}"];
    let sunset = Port {
        more: &["customProperties:", "  - {property: sunset, value: \"2027-03-31\", vendor: weft}"],
        ..port("sales", "1.0.0")
    };
    let snapshot = sales(&[(sunset, "active", ONE), (port("sales", "2.0.0"), "active", ONE)], &held);
    assert_eq!(problems(&snapshot), Vec::<String>::new());
    assert_eq!(names(&snapshot, TODAY, ["sales"]), ["sales 1.0.0 sales active"]);
    assert_eq!(names(&snapshot, AFTER_SUNSET, ["sales"]), ["retired 1.0.0 sales, use sales_v2"]);

    let draft = sales(&[(port("sales", "1.0.0"), "draft", ONE), (port("sales", "2.0.0"), "active", ONE)], &held);
    assert_eq!(names(&draft, TODAY, ["sales"]), ["sales 2.0.0 sales active"]);
    assert_eq!(
        problems(&draft),
        ["shop.sales | shop/sales/sales.odps.yaml:1:1: warning[CAT-015]: `defaultVersion` 1.0.0 is not a version in \
          service and has no effect\n  hint: Name the version of an active or deprecated port."]
    );
}

#[test]
fn parts_are_tables_of_the_default_port_and_then_other_ports() {
    let snapshot = sales(
        &[
            (port("sales", "1.0.0"), "active", &["sales", "lines"]),
            (port("sales", "2.0.0"), "active", &["sales", "lines", "refunds"]),
            (port("daily", "1.0.0"), "active", &["totals"]),
            (port("daily", "3.0.0"), "active", &["daily", "hours"]),
        ],
        &[],
    );
    assert_eq!(problems(&snapshot), Vec::<String>::new());
    assert_eq!(
        names(
            &snapshot,
            TODAY,
            [
                "sales__refunds",
                "sales_v1__refunds",
                "sales_v1__lines",
                "sales__lines@1.0",
                "sales@1.0__lines",
                "sales__daily",
                "sales_v1__daily",
                "sales_v2__daily",
                "sales__daily__hours",
                "sales__totals",
                "sales__nothing",
            ]
        ),
        [
            "sales 2.0.0 refunds active",
            "missing",
            "sales 1.0.0 lines active pinned",
            "sales 1.0.0 lines active pinned",
            "sales 1.0.0 lines active pinned",
            "daily 3.0.0 daily active",
            "daily 1.0.0 totals active pinned",
            "missing",
            "daily 3.0.0 hours active",
            "missing",
            "missing",
        ]
    );
    assert_eq!(
        listed(&snapshot, TODAY),
        [
            "sales = sales 2.0.0 sales",
            "sales__lines = sales 2.0.0 lines",
            "sales__refunds = sales 2.0.0 refunds",
            "sales__daily = daily 3.0.0 daily",
            "sales__daily__hours = daily 3.0.0 hours",
            "sales_v1 = sales 1.0.0 sales",
            "sales_v1__lines = sales 1.0.0 lines",
            "sales_v1__daily = daily 1.0.0 totals",
            "sales_v2 = sales 2.0.0 sales",
            "sales_v2__lines = sales 2.0.0 lines",
            "sales_v2__refunds = sales 2.0.0 refunds",
            "sales_v3__daily = daily 3.0.0 daily",
            "sales_v3__daily__hours = daily 3.0.0 hours",
        ]
    );
}

#[test]
fn the_default_port_is_marked_or_named_like_the_product_or_alone() {
    let marked = Port {
        more: &["customProperties:", "  - {property: defaultPort, value: true, vendor: weft}"],
        ..port("daily", "1.0.0")
    };
    let snapshot = sales(
        &[
            (port("sales", "1.0.0"), "active", ONE),
            (marked, "active", &["daily"]),
            (port("daily", "2.0.0"), "active", &["daily"]),
        ],
        &[],
    );
    assert_eq!(
        names(&snapshot, TODAY, ["sales", "sales__sales"]),
        ["daily 2.0.0 daily active", "sales 1.0.0 sales active"]
    );
    let alone = sales(&[(port("facts", "1.0.0"), "active", &["things"])], &[]);
    assert_eq!(names(&alone, TODAY, ["sales"]), ["facts 1.0.0 things active"]);
}

#[test]
fn ambiguous_products_are_broken_and_others_are_not() {
    let files = |versions: &[Version<'_>]| {
        let snapshot = sales(versions, &[]);
        names(&snapshot, TODAY, ["sales", "sales_v1", "sales__daily"])
    };
    let broken = ["broken shop.sales"; 3];
    assert_eq!(
        files(&[(port("sales", "1.0.0"), "active", &["sales", "daily"]), (port("daily", "1.0.0"), "active", ONE)]),
        broken
    );
    assert_eq!(files(&[(port("sales", "1.0.0"), "active", &["a", "b"])]), broken);
    assert_eq!(files(&[(port("a", "1.0.0"), "active", ONE), (port("b", "1.0.0"), "active", ONE)]), broken);
}

#[test]
fn a_broken_name_that_reads_as_a_version_shadows_nothing() {
    let mut files = mesh::mesh();
    files.insert("orders/x/x.odps.yaml".to_owned(), product("orders", "orders_v7", &[port("x", "1.0.0")], &[]));
    let snapshot = MemoryCatalog::new("weft", &files).unwrap().replace(&files).unwrap();
    assert_eq!(resolved(&snapshot, "orders", "orders_v7", TODAY), "missing");
    assert_eq!(resolved(&snapshot, "orders", "orders_v1", TODAY), "orders 1.4.2 orders deprecated pinned");
}
