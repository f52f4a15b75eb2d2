//! Mappings: structured, in types, and read by policy alone.

use arrow_schema::DataType;
use weft_model::product::Product;

use super::mesh::{DOMAIN, Labelled, Mesh, ana, knowing, product, role, text, typed};
use crate::decide::decide_mapping;
use crate::decision::{ColumnRule, Decision};

fn orders() -> Product {
    product(
        "orders.orders",
        vec![text("region").class("public"), typed("id", DataType::Int64).class("public")],
        vec![role("r")],
    )
}

fn assignments(name: &str) -> Product {
    let columns = vec![
        text("region").class("restricted"),
        text("user"),
        typed("level", DataType::Int32),
        typed("id", DataType::Int32),
        text("salary"),
    ];
    product(name, columns, Vec::new())
}

fn grant(mapping: &str) -> String {
    format!("  - {{id: m, match: {{product: orders.orders}}, to: {{users: \"*\"}}, allow: read, rows_in: {mapping}}}\n")
}

fn rows(mesh: &Mesh) -> String {
    let eva = knowing(ana(&[]), "level", "3");
    let decision = mesh.ask(&eva, "orders.orders");
    match decision.rows() {
        Some(rows) if decision.readable() => rows.to_string(),
        _ => mesh.findings().join("\n"),
    }
}

#[test]
fn a_mapping_is_bound_to_the_session() {
    for (mapping, bound) in [
        (
            "{column: region, product: sales.assignments, select: region, where: {user: session.user}}",
            "region IN (region of sales.assignments where user = 'ana')",
        ),
        (
            "{column: region, product: sales.assignments, select: region, where: {user: session.user, level: session.attribute.level, salary: x}}",
            "region IN (region of sales.assignments where user = 'ana' and level = 3 and salary = 'x')",
        ),
        (
            "{column: region, product: sales.assignments, select: region, where: {user: session.attribute.missing}}",
            "false",
        ),
    ] {
        let mesh = Mesh::new(&grant(mapping)).product(orders()).product(assignments("sales.assignments"));
        assert_eq!(rows(&mesh), bound);
    }
}

#[test]
fn a_mapping_may_be_negated_and_restrict() {
    let rule = "  - {id: m, match: {product: orders.orders}, restrict: {rows: \"region <> 'X'\", rows_not_in: {column: region, product: sales.optouts, select: region, where: {user: session.user}}}}\n";
    let open = "  - {id: o, match: {product: orders.orders}, to: {users: \"*\"}, allow: read}\n";
    let mesh = Mesh::new(&format!("{open}{rule}")).product(orders()).product(assignments("sales.optouts"));
    assert_eq!(rows(&mesh), "region <> 'X' AND region NOT IN (region of sales.optouts where user = 'ana')");
}

#[test]
fn a_mapping_that_does_not_fit_opens_nothing() {
    let where_user = "where: {user: session.user}";
    for (mapping, clause) in [
        (
            format!("{{column: region, product: sales.none, select: region, {where_user}}}"),
            "mapping `sales.none` is not a product with one readable table",
        ),
        (
            format!("{{column: region, product: sales.assignments, select: nope, {where_user}}}"),
            "mapping `sales.assignments` has no column `nope`",
        ),
        (
            format!("{{column: nope, product: sales.assignments, select: region, {where_user}}}"),
            "it has no column `nope`",
        ),
        (
            format!("{{column: id, product: sales.assignments, select: id, {where_user}}}"),
            "column `id` has another type than `id` of mapping `sales.assignments`",
        ),
        (
            "{column: region, product: sales.assignments, select: region, where: {nope: session.user}}".to_owned(),
            "mapping `sales.assignments` has no column `nope`",
        ),
        (
            "{column: region, product: sales.assignments, select: region, where: {level: session.user}}".to_owned(),
            "mapping `sales.assignments`: `session_user()` is no value of an integer column from -2147483648 to 2147483647, which `level` is",
        ),
        (
            "{column: region, product: sales.assignments, select: region, where: {level: x}}".to_owned(),
            "mapping `sales.assignments`: the text 'x' is no value of an integer column from -2147483648 to 2147483647, which `level` is",
        ),
    ] {
        let mesh = Mesh::new(&grant(&mapping)).product(orders()).product(assignments("sales.assignments"));
        assert!(mesh.compiled().board_valid);
        assert_eq!(
            rows(&mesh),
            format!(
                "_governance/board.policy.yaml:7:5: error[POL-009]: rule `m` does not fit `orders.orders` 1.0.0: {clause}\n  hint: It opens nothing there."
            )
        );
    }
}

#[test]
fn a_mapping_of_another_domain_is_lent_or_not_read() {
    let rule = grant("{column: region, product: sales.assignments, select: region, where: {user: session.user}}");
    let lone = Mesh::new("  []").domain("orders", &rule).product(orders()).product(assignments("sales.assignments"));
    let refusal = "orders/policy.yaml:4:5: error[POL-009]: rule `m` does not fit `orders.orders` 1.0.0: mapping \
                   `sales.assignments` is not lent to domain `orders`\n  hint: It opens nothing there.";
    assert_eq!(rows(&lone), refusal);
    let absent = Mesh::new("  []").domain("orders", &rule).product(orders());
    assert_eq!(rows(&absent), refusal, "whether it exists is not told");
    let lent = Mesh::new("  []")
        .domain("orders", &rule)
        .domain_file("sales", &format!("{DOMAIN}mapping_for: {{assignments: [orders]}}\n"))
        .product(orders())
        .product(assignments("sales.assignments"));
    assert_eq!(rows(&lent), "region IN (region of sales.assignments where user = 'ana')");
    let own = Mesh::new("  []")
        .domain("orders", &grant("{column: region, product: assignments, select: region, where: {user: session.user}}"))
        .product(orders())
        .product(assignments("orders.assignments"));
    assert_eq!(rows(&own), "region IN (region of orders.assignments where user = 'ana')");
}

#[test]
fn policy_reads_the_named_columns_of_a_mapping_and_nothing_else() {
    let mesh =
        Mesh::new(&grant("{column: region, product: sales.assignments, select: region, where: {user: session.user}}"))
            .product(orders())
            .product(assignments("sales.assignments"));
    let read = |product: usize, columns: &[&str]| -> Decision {
        let product = &mesh.products[product];
        let port = &product.ports[0];
        decide_mapping(&mesh.compiled().set, product, port, &port.contract.objects[0], columns)
    };
    let decision = read(1, &["region", "user"]);
    assert!(decision.readable());
    assert_eq!(decision.rows(), None);
    let shown: Vec<(&str, &ColumnRule)> =
        decision.columns().iter().map(|column| (column.name(), column.rule())).collect();
    assert_eq!(
        shown,
        [
            ("region", &ColumnRule::Clear),
            ("user", &ColumnRule::Clear),
            ("level", &ColumnRule::Hidden),
            ("id", &ColumnRule::Hidden),
            ("salary", &ColumnRule::Hidden),
        ]
    );
    assert!(!read(1, &["region", "salary"]).readable(), "no rule reads this column");
    assert!(!read(1, &["region", "nope"]).readable());
    assert!(!read(1, &[]).readable());
    assert!(!read(0, &["region"]).readable(), "no rule reads this product as a mapping");
    assert_ne!(read(1, &["region", "user"]).fingerprint(), read(1, &["region"]).fingerprint());
    assert!(!mesh.ask(&ana(&[]), "sales.assignments").readable(), "the principal still sees nothing of it");
}

#[test]
fn a_mapping_of_a_broken_domain_is_not_read() {
    let mesh =
        Mesh::new(&grant("{column: region, product: sales.assignments, select: region, where: {user: session.user}}"))
            .domain_file("sales", "broken: [")
            .product(orders())
            .product(assignments("sales.assignments"));
    let product = &mesh.products[1];
    let port = &product.ports[0];
    let decision = decide_mapping(&mesh.compiled().set, product, port, &port.contract.objects[0], &["region", "user"]);
    assert!(!decision.readable());
}

#[test]
fn a_mapping_is_complained_about_where_it_is_written() {
    let mesh = Mesh::new(&grant("{column: region, product: assignments, selct: region, where: {user: session.name}}"));
    let found: Vec<&str> = mesh.compiled().findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        found,
        ["`rows_in` lacks `select`", "`rows_in` has no key `selct`", "`session.name` is nothing a session knows"]
    );
}
