//! Rows: OR over the grants, AND every restriction, and what predicates may say.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};
use weft_model::contract::Role;
use weft_model::principal::Principal;
use weft_model::product::Product;

use super::mesh::{Labelled, Mesh, NOW, ana, knowing, product, role, text, typed};

fn orders(roles: Vec<Role>) -> Product {
    let columns = vec![
        text("region").class("public"),
        text("tenant").class("restricted"),
        typed("total", DataType::Decimal128(10, 2)).class("public"),
        typed("count", DataType::Int16).class("public"),
        typed("day", DataType::Date32).class("public"),
        typed("at", DataType::Timestamp(TimeUnit::Millisecond, None)).class("public"),
        typed("open", DataType::Boolean).class("public"),
        typed("blob", DataType::Binary).class("public"),
    ];
    product("orders.orders", columns, roles)
}

fn filtered(filter: &str) -> Role {
    Role { row_filter: Some(Arc::from(filter)), ..role("readers") }
}

/// The visible rows of one whose role has this filter, or the complaint.
fn rows_of(filter: &str, principal: &Principal) -> String {
    let mesh = Mesh::new("  []").product(orders(vec![filtered(filter)]));
    let decision = mesh.ask(principal, "orders.orders");
    match (decision.readable(), decision.rows()) {
        (false, _) => mesh.findings().join("\n"),
        (true, None) => "all".to_owned(),
        (true, Some(rows)) => rows.to_string(),
    }
}

fn rows(filter: &str) -> String {
    rows_of(filter, &ana(&["readers"]))
}

#[test]
fn rows_of_grants_are_joined_by_or() {
    let mesh =
        Mesh::new("  - {id: us, match: {product: \"*\"}, to: {groups: [us]}, allow: read, rows: \"region = 'US'\"}\n")
            .product(orders(vec![filtered("region = 'EU'"), role("admins")]));
    let rows = |groups: &[&str]| mesh.ask(&ana(groups), "orders.orders").rows().map(ToString::to_string);
    assert_eq!(rows(&["readers"]).as_deref(), Some("region = 'EU'"));
    assert_eq!(rows(&["readers", "us"]).as_deref(), Some("region = 'EU' OR region = 'US'"));
    assert_eq!(rows(&["readers", "us", "admins"]), None, "a grant without rows grants all");
}

#[test]
fn every_matching_restriction_of_both_authorities_is_joined_by_and() {
    let mesh = Mesh::new(
        "  - {id: no-test, match: {product: \"*\"}, except: {groups: [qa]}, restrict: \"tenant <> 'test'\"}\n",
    )
    .domain("orders", "  - {id: open-only, match: {product: orders}, restrict: open}\n")
    .product(orders(vec![filtered("region = 'EU' or region = 'US'")]));
    let rows = |groups: &[&str]| mesh.ask(&ana(groups), "orders.orders").rows().map(ToString::to_string);
    assert_eq!(
        rows(&["readers"]).as_deref(),
        Some("(region = 'EU' OR region = 'US') AND tenant <> 'test' AND open = true")
    );
    assert_eq!(rows(&["readers", "qa"]).as_deref(), Some("(region = 'EU' OR region = 'US') AND open = true"));
    let decision = mesh.ask(&ana(&["readers"]), "orders.orders");
    let factors: Vec<&str> = decision.row_factors().iter().map(|factor| &*factor.rule).collect();
    assert_eq!(factors, ["role:readers", "no-test", "open-only"]);
}

#[test]
fn a_restriction_is_no_grant() {
    let mesh =
        Mesh::new("  - {id: r, match: {product: \"*\"}, restrict: \"region = 'EU'\"}\n").product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&["readers"]), "orders.orders").readable());
}

#[test]
fn predicates_may_name_columns_the_caller_cannot_see() {
    let mesh = Mesh::new("  []").product(orders(vec![filtered("tenant = 'a'")]));
    let decision = mesh.ask(&ana(&["readers"]), "orders.orders");
    assert_eq!(decision.rows().map(ToString::to_string).as_deref(), Some("tenant = 'a'"));
    assert!(!decision.columns()[1].rule().visible());
}

#[test]
fn literals_take_the_type_of_the_column() {
    for (filter, bound) in [
        ("total >= 10.5", "total >= decimal(1050)"),
        ("-3 < count", "count > -3"),
        ("count in (1, 2)", "count IN (1, 2)"),
        ("count not between 1 and 5", "count NOT BETWEEN 1 AND 5"),
        ("day = '2026-01-31'", "day = DATE '2026-01-31'"),
        ("day < date '2026-01-31'", "day < DATE '2026-01-31'"),
        ("at >= timestamp '1970-01-01 00:00:01'", "at >= timestamp(1000)"),
        ("REGION like 'E\\_%' and not open", "region LIKE 'E\\_%' AND NOT (open = true)"),
        ("region not ilike 'e%'", "region NOT ILIKE 'e%'"),
        ("blob is not null", "blob IS NOT NULL"),
        ("\"region\" is null or (true and open)", "region IS NULL OR open = true"),
        ("region = 'O''Brien'", "region = 'O''Brien'"),
        ("false or region = 'x'", "region = 'x'"),
        ("true", "all"),
        ("not true", "false"),
    ] {
        assert_eq!(rows(filter), bound, "{filter}");
    }
}

#[test]
fn what_does_not_fit_the_columns_makes_the_grant_void() {
    for (filter, clause) in [
        ("total > 0.001", "`0.001` is no value of a decimal(10, 2) column, which `total` is"),
        ("count = 40000", "`40000` is no value of an integer column from -32768 to 32767, which `count` is"),
        ("count = '1'", "the text '1' is no value of an integer column from -32768 to 32767, which `count` is"),
        ("region = 1", "the number `1` is no value of a text column, which `region` is"),
        ("region > date '2020-01-01'", "the date '2020-01-01' is no value of a text column, which `region` is"),
        ("day = 'soon'", "`soon` is no value of a date column, which `day` is"),
        (
            "at = '1970-01-01 00:00:00.0001'",
            "`1970-01-01 00:00:00.0001` is no value of a timestamp column in milliseconds without time zone, which `at` is",
        ),
        ("blob = 'x'", "column `blob` has a type that cannot be compared"),
        ("region", "column `region` is no boolean"),
        ("count like '1%'", "LIKE takes a text column, and `count` is none"),
        ("missing = 1", "it has no column `missing`"),
        ("\"Region\" = 'x'", "it has no column `Region`"),
        ("region = tenant", "a predicate may not compare two columns"),
        ("1 = 1", "a session value is a text or a date, the number `1` is neither"),
        ("'a' = 'a'", "a comparison needs a column or a session function on one side"),
        ("region = today()", "`today()` is no value of a text column, which `region` is"),
        (
            "count = session_user()",
            "`session_user()` is no value of an integer column from -32768 to 32767, which `count` is",
        ),
        ("today() > 'soon'", "`soon` is no date"),
    ] {
        assert_eq!(
            rows(filter),
            format!(
                "contract:9:1: error[POL-008]: the row filter of role `readers` does not fit: {clause}\n  hint: The role \
                 grants nothing until its filter fits."
            ),
            "{filter}"
        );
    }
}

#[test]
fn what_is_no_predicate_is_refused() {
    for (filter, clause) in [
        ("region = 'EU' and 1 + 1 = 2", "a predicate may not contain `1 + 1`"),
        ("upper(region) = 'EU'", "a predicate may not call `upper`"),
        (
            "region in (select region from sales.assignments)",
            "a predicate may not contain `region IN (SELECT region FROM sales.assignments)`",
        ),
        ("exists (select 1)", "a predicate may not contain `EXISTS (SELECT 1)`"),
        ("address.zip = '1'", "`address.zip` is not a top-level column"),
        ("address['zip'] = '1'", "`address['zip']` is not a top-level column"),
        ("orders.region = 'EU'", "`orders.region` is not a top-level column"),
        ("cast(count as text) = '1'", "a predicate may not contain `CAST(count AS TEXT)`"),
        ("case when open then true end", "a predicate may not contain `CASE WHEN open THEN true END`"),
        ("region = null", "a comparison with NULL never holds"),
        ("region like tenant", "LIKE takes a literal pattern"),
        ("region like 'a!%' escape '!'", "LIKE takes no other escape character than `\\`"),
        ("region like 'a\\'", "the LIKE pattern ends in an escape character"),
        ("region is distinct from 'x'", "a predicate may not contain `region IS DISTINCT FROM 'x'`"),
        ("region = 'a' region", "the predicate does not end at `region`, column 14"),
        ("region = 'a'; select 1", "the predicate does not end at `;`, column 13"),
        ("session_attribute('x') is null", "a session function is never NULL"),
        ("session_attribute(region) = 'x'", "`session_attribute` takes one literal text"),
        ("session_user('x') = 'x'", "`session_user` takes no argument"),
        ("today() + 1 > day", "a predicate may not contain `today() + 1`"),
        ("current_date > day", "a predicate may not call `current_date`"),
        ("is_member('a') = true", "`is_member` is not compared"),
        ("region = $1", "a predicate may not contain `$1`"),
        ("region = e'a'", "a predicate may not contain `E'a'`"),
        ("count = 1L", "a predicate may not contain `1L`"),
    ] {
        let found = rows(filter);
        let message = found.lines().next().unwrap();
        assert_eq!(message, format!("contract:9:1: error[POL-007]: {clause}"), "{filter}");
    }
}

#[test]
fn predicates_are_bounded() {
    let deep = format!("{}open{}", "(".repeat(60), ")".repeat(60));
    assert!(rows(&deep).contains("error[POL-007]"), "{}", rows(&deep));
    let deep = format!("{}open", "not ".repeat(60));
    assert!(rows(&deep).contains("error[POL-007]"), "{}", rows(&deep));
    let wide = vec!["open"; 600].join(" and ");
    assert_eq!(rows(&wide), vec!["open = true"; 600].join(" AND "));
    let list = format!("count in ({})", vec!["1"; 3_000].join(", "));
    assert!(rows(&list).contains("more than 2000 conditions and list entries"), "{}", rows(&list));
    let long = format!("region = '{}'", "x".repeat(20_000));
    assert!(rows(&long).contains("longer than 16384 bytes"));
    let pattern = format!("region like '{}'", "x".repeat(5_000));
    assert!(rows(&pattern).contains("the LIKE pattern is longer than 4096 bytes"));
}

#[test]
fn session_functions_become_literals() {
    let eva = knowing(knowing(ana(&["readers", "lead"]), "region", "EU"), "limit", "7");
    for (filter, bound) in [
        ("region = session_user()", "region = 'ana'"),
        ("region = session_attribute('region')", "region = 'EU'"),
        ("count < session_attribute('limit')", "count < 7"),
        ("total in (1, session_attribute('limit'))", "total IN (decimal(100), decimal(700))"),
        ("is_member('lead') or open", "all"),
        ("is_member('other') or open", "open = true"),
        ("not is_member('lead') and open", "false"),
        ("session_user() = 'ana' and open", "open = true"),
        ("session_user() in ('eva', 'ana')", "all"),
        ("'EU' <> session_attribute('region')", "false"),
        ("session_attribute('limit') between '5' and '8'", "all"),
        ("day <= today()", "day <= DATE '2026-06-15'"),
        ("at < today()", "at < timestamp(1781481600000)"),
        ("today() < '2026-06-16' and open", "open = true"),
    ] {
        assert_eq!(rows_of(filter, &eva), bound, "{filter}");
    }
}

#[test]
fn a_missing_attribute_makes_the_whole_predicate_false() {
    for filter in [
        "region = session_attribute('region')",
        "not (region = session_attribute('region'))",
        "region <> session_attribute('region') or open",
        "true or session_attribute('region') = 'EU'",
        "open and not session_attribute('region') = 'EU'",
        "region not in ('US', session_attribute('region'))",
    ] {
        assert_eq!(rows(filter), "false", "{filter}");
    }
    let mesh = Mesh::new("  - {id: r, match: {product: \"*\"}, restrict: \"not tenant = session_attribute('t')\"}\n")
        .product(orders(vec![role("readers")]));
    let decision = mesh.ask(&ana(&["readers"]), "orders.orders");
    assert_eq!(decision.rows().map(ToString::to_string).as_deref(), Some("false"));
}

#[test]
fn an_attribute_that_is_no_value_of_the_column_makes_the_predicate_false() {
    let odd = knowing(ana(&["readers"]), "limit", "many");
    assert_eq!(rows_of("not count = session_attribute('limit')", &odd), "false");
    assert_eq!(rows_of("open or count = session_attribute('limit')", &odd), "false");
}

#[test]
fn one_grant_that_is_false_leaves_the_others() {
    let mesh = Mesh::new("  []").product(orders(vec![
        filtered("region = session_attribute('region')"),
        Role { row_filter: Some(Arc::from("open")), ..role("helpers") },
    ]));
    let decision = mesh.ask(&ana(&["readers", "helpers"]), "orders.orders");
    assert_eq!(decision.rows().map(ToString::to_string).as_deref(), Some("open = true"));
}

#[test]
fn today_bounds_the_decision_at_midnight() {
    let mesh = Mesh::new("  []").product(orders(vec![filtered("day <= today()"), role("admins")]));
    let midnight = NOW + 12 * 3600;
    assert_eq!(mesh.ask(&ana(&["readers"]), "orders.orders").valid_until(), Some(midnight));
    assert_eq!(mesh.ask(&ana(&["admins"]), "orders.orders").valid_until(), None);
    let next = mesh.ask_for(&ana(&["readers"]), None, midnight, "orders.orders");
    assert_eq!(next.rows().map(ToString::to_string).as_deref(), Some("day <= DATE '2026-06-16'"));
    let before_epoch = mesh.ask_for(&ana(&["readers"]), None, -1, "orders.orders");
    assert_eq!(before_epoch.rows().map(ToString::to_string).as_deref(), Some("day <= DATE '1969-12-31'"));
    assert_eq!(before_epoch.valid_until(), Some(0));
}

#[test]
fn a_restriction_that_names_a_missing_column_closes_unless_where_present() {
    let other = || product("a.p", vec![text("x").class("public")], vec![role("readers")]);
    let mesh = Mesh::new("  - {id: no-test, match: {product: \"*\"}, restrict: \"tenant <> 'test'\"}\n")
        .product(orders(vec![role("readers")]))
        .product(other());
    assert!(mesh.compiled().board_valid, "a product without the column does not break the board");
    assert_eq!(
        mesh.findings(),
        [
            "_governance/board.policy.yaml:7:5: error[POL-008]: rule `no-test` does not fit `a.p` 1.0.0: it has no column \
          `tenant`\n  hint: The product is closed to whom the rule means. Say `where_present: true` if products without \
          the column are not meant."
        ]
    );
    assert!(!mesh.ask(&ana(&["readers"]), "a.p").readable());
    assert!(mesh.ask(&ana(&["readers"]), "orders.orders").readable());
    let present = "  - {id: no-test, match: {product: \"*\"}, restrict: \"tenant <> 'test'\", where_present: true}\n";
    let mesh = Mesh::new(present).product(orders(vec![role("readers")])).product(other());
    assert_eq!(mesh.findings(), Vec::<String>::new());
    let decision = mesh.ask(&ana(&["readers"]), "a.p");
    assert!(decision.readable() && decision.rows().is_none());
    assert!(mesh.ask(&ana(&["readers"]), "orders.orders").rows().is_some());
}

#[test]
fn a_restriction_of_another_type_closes_even_where_present() {
    let rule = "  - {id: r, match: {product: \"*\"}, except: {groups: [qa]}, restrict: \"count = 'x'\", where_present: true}\n";
    let mesh = Mesh::new(rule).product(orders(vec![role("readers")]));
    assert!(!mesh.ask(&ana(&["readers"]), "orders.orders").readable());
    assert!(mesh.ask(&ana(&["readers", "qa"]), "orders.orders").readable(), "whom the rule does not mean");
}

#[test]
fn a_grant_of_a_rule_that_does_not_fit_is_void() {
    let rule = "  - {id: open, match: {product: \"*\"}, to: {users: ana}, allow: read, rows: \"missing = 1\"}\n";
    let mesh = Mesh::new(rule).product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&[]), "orders.orders").readable());
    assert!(mesh.compiled().board_valid);
    assert_eq!(
        mesh.findings(),
        [
            "_governance/board.policy.yaml:7:5: error[POL-008]: rule `open` does not fit `orders.orders` 1.0.0: it has no \
          column `missing`\n  hint: It opens nothing there."
        ]
    );
}

#[test]
fn columns_called_like_keywords_are_columns() {
    let columns =
        vec![text("user").class("public"), text("session_user").class("public"), text("date").class("public")];
    for (filter, bound) in [
        ("user = session_user()", "user = 'ana'"),
        ("\"session_user\" = 'x'", "session_user = 'x'"),
        ("date = '2020'", "date = '2020'"),
    ] {
        let mesh = Mesh::new("  []").product(product("a.p", columns.clone(), vec![filtered(filter)]));
        let decision = mesh.ask(&ana(&["readers"]), "a.p");
        assert_eq!(decision.rows().map(ToString::to_string).as_deref(), Some(bound), "{:?}", mesh.findings());
    }
}
