//! Access: a grant, or nothing.

use std::sync::Arc;

use weft_model::contract::Role;
use weft_model::principal::Principal;

use super::mesh::{LADDER, Labelled, Mesh, NOW, ana, knowing, product, role, text};
use crate::decision::{ColumnRule, Decision};
use crate::predicate::Predicate;

fn orders(roles: Vec<Role>) -> weft_model::product::Product {
    product("orders.orders", vec![text("region").class("public"), text("total").class("internal")], roles)
}

fn rules(decision: &Decision) -> Vec<&str> {
    decision.access_factors().iter().map(|factor| &*factor.rule).collect()
}

#[test]
fn deny_by_default() {
    let mesh = Mesh::new("  []").product(orders(vec![role("readers")]));
    let decision = mesh.ask(&ana(&[]), "orders.orders");
    assert!(!decision.readable());
    assert!(decision.columns().is_empty());
    assert_eq!(decision.rows(), Some(&Predicate::Constant(false)));
    assert_eq!(decision.access_factors(), []);
}

#[test]
fn a_role_of_the_contract_is_a_grant_among_groups_and_roles() {
    let mesh = Mesh::new("  []").product(orders(vec![role("readers")]));
    let decision = mesh.ask(&ana(&["readers"]), "orders.orders");
    assert!(decision.readable());
    assert_eq!(rules(&decision), ["role:readers"]);
    assert_eq!(decision.rows(), None);
    assert!(decision.columns().iter().all(|column| *column.rule() == ColumnRule::Clear));
    let by_role = Principal { roles: [Arc::from("readers")].into(), ..ana(&[]) };
    assert!(mesh.ask(&by_role, "orders.orders").readable());
    let near = Principal { groups: [Arc::from("Readers"), Arc::from("reader")].into(), ..ana(&[]) };
    assert!(!mesh.ask(&near, "orders.orders").readable());
}

#[test]
fn a_role_that_does_not_read_grants_nothing() {
    let mesh = Mesh::new("  []").product(orders(vec![Role { reads: false, ..role("writers") }]));
    assert!(!mesh.ask(&ana(&["writers"]), "orders.orders").readable());
}

#[test]
fn allow_is_a_grant_of_the_board_or_of_the_own_domain() {
    let rule = "  - {id: open, match: {product: \"orders.*\"}, to: {groups: [a]}, allow: read}\n";
    let board = Mesh::new(rule).product(orders(Vec::new()));
    assert_eq!(rules(&board.ask(&ana(&["a"]), "orders.orders")), ["open"]);
    let own = Mesh::new("  []").domain("orders", rule).product(orders(Vec::new()));
    assert!(own.ask(&ana(&["a"]), "orders.orders").readable());
    assert!(!own.ask(&ana(&["b"]), "orders.orders").readable());
}

#[test]
fn a_matching_deny_wins_over_every_grant() {
    let rules_text = "  - {id: open, match: {product: \"*\"}, to: {users: \"*\"}, allow: read}
  - {id: shut, match: {product: orders.orders}, to: {groups: [out]}, deny: true}\n";
    let mesh = Mesh::new(rules_text).product(orders(Vec::new()));
    assert!(mesh.ask(&ana(&[]), "orders.orders").readable());
    let denied = mesh.ask(&ana(&["out"]), "orders.orders");
    assert!(!denied.readable());
    assert_eq!(rules(&denied), ["shut"]);
    assert!(denied.columns().is_empty());
}

#[test]
fn deny_by_tag_closes_products_with_such_a_column() {
    let mesh = Mesh::new("  - {id: shut, match: {tag: \"pii:*\"}, deny: true}\n")
        .product(product("a.p", vec![text("x").class("public").tag("PII:name")], vec![role("r")]))
        .product(product("a.q", vec![text("x").class("public")], vec![role("r")]));
    assert!(!mesh.ask(&ana(&["r"]), "a.p").readable());
    assert!(mesh.ask(&ana(&["r"]), "a.q").readable());
}

#[test]
fn zero_visible_columns_is_not_readable() {
    let mesh =
        Mesh::new("  []").product(product("a.p", vec![text("x").class("restricted"), text("y")], vec![role("r")]));
    let decision = mesh.ask(&ana(&["r"]), "a.p");
    assert!(!decision.readable());
    assert!(decision.columns().is_empty());
    assert_eq!(decision.rows(), Some(&Predicate::Constant(false)));
}

#[test]
fn match_keys_are_joined_by_and_values_by_or() {
    let mesh = Mesh::new(
        "  - {id: open, match: {product: [orders.orders, \"b*.*\"], object: [orders, things]}, to: {users: \"*\"}, allow: read}\n",
    )
    .product(orders(Vec::new()))
    .product(product("billing.things", vec![text("x").class("public")], Vec::new()))
    .product(product("billing.other", vec![text("x").class("public")], Vec::new()));
    assert!(mesh.ask(&ana(&[]), "orders.orders").readable());
    assert!(mesh.ask(&ana(&[]), "billing.things").readable());
    assert!(!mesh.ask(&ana(&[]), "billing.other").readable());
}

#[test]
fn a_major_version_in_match_is_meant_alone() {
    let mesh = Mesh::new("  - {id: open, match: {product: \"orders.orders@2\"}, to: {users: \"*\"}, allow: read}\n")
        .product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&[]), "orders.orders").readable());
    let mesh = Mesh::new("  - {id: open, match: {product: \"orders.orders@1\"}, to: {users: \"*\"}, allow: read}\n")
        .product(orders(Vec::new()));
    assert!(mesh.ask(&ana(&[]), "orders.orders").readable());
}

#[test]
fn allow_by_tag_means_tags_of_the_product_not_of_a_column() {
    let rule = "  - {id: open, match: {tag: open-data}, to: {users: \"*\"}, allow: read}\n";
    let mut tagged = orders(Vec::new());
    tagged.tags.push(Arc::from("Open-Data"));
    assert!(Mesh::new(rule).product(tagged).ask(&ana(&[]), "orders.orders").readable());
    let column =
        product("a.p", vec![text("x").class("public").tag("open-data"), text("y").class("public")], Vec::new());
    assert!(!Mesh::new(rule).product(column).ask(&ana(&[]), "a.p").readable());
}

#[test]
fn principals_are_matched_by_and_of_keys_or_of_values() {
    let rule =
        "  - {id: open, match: {product: \"*\"}, to: {groups: [a, b], roles: lead, purpose: [fraud]}, allow: read}\n";
    let mesh = Mesh::new(rule).product(orders(Vec::new()));
    let lead = |groups: &[&str]| Principal { roles: [Arc::from("lead")].into(), ..ana(groups) };
    let ask = |principal: &Principal, purpose| mesh.ask_for(principal, purpose, NOW, "orders.orders").readable();
    assert!(ask(&lead(&["b"]), Some("fraud")));
    assert!(!ask(&lead(&["c"]), Some("fraud")));
    assert!(!ask(&ana(&["b"]), Some("fraud")));
    assert!(!ask(&lead(&["a"]), Some("marketing")));
    assert!(!ask(&lead(&["a"]), None));
}

#[test]
fn purpose_is_the_one_of_the_statement_not_one_of_the_permitted() {
    let rule = "  - {id: open, match: {product: \"*\"}, to: {purpose: [fraud]}, allow: read}\n";
    let mesh = Mesh::new(rule).product(orders(Vec::new()));
    let permitted = Principal { purposes: [Arc::from("fraud"), Arc::from("marketing")].into(), ..ana(&[]) };
    assert!(!mesh.ask_for(&permitted, Some("marketing"), NOW, "orders.orders").readable());
    assert!(!mesh.ask_for(&permitted, None, NOW, "orders.orders").readable());
    assert!(mesh.ask_for(&permitted, Some("fraud"), NOW, "orders.orders").readable());
}

#[test]
fn an_empty_list_matches_nobody() {
    let rule = "  - {id: open, match: {product: \"*\"}, to: {groups: []}, allow: read}
  - {id: open-b, match: {product: \"*\"}, to: {groups: [b], attributes: {x: []}}, allow: read}\n";
    let mesh = Mesh::new(rule).product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&["a", "b"]), "orders.orders").readable());
    let tightening = "  - {id: shut, match: {product: \"*\"}, to: {groups: []}, deny: true}\n";
    let mesh = Mesh::new(tightening).product(orders(vec![role("r")]));
    assert!(mesh.ask(&ana(&["r"]), "orders.orders").readable());
    let excepted = "  - {id: shut, match: {product: \"*\"}, except: {groups: []}, deny: true}\n";
    let mesh = Mesh::new(excepted).product(orders(vec![role("r")]));
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
}

#[test]
fn only_tightening_rules_may_omit_to() {
    let mesh = Mesh::new("  - {id: shut, match: {product: \"*\"}, deny: true}\n").product(orders(vec![role("r")]));
    assert_eq!(mesh.findings(), Vec::<String>::new());
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
    let mesh = Mesh::new("  []")
        .domain("orders", "  - {id: open, match: {product: \"*\"}, allow: read}\n")
        .product(orders(Vec::new()));
    assert_eq!(
        mesh.findings(),
        [
            "orders/policy.yaml:4:5: error[POL-006]: a rule that opens something lacks `to`\n  hint: Say whom it is for; \
          `to: {users: \"*\"}` means everybody."
        ]
    );
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
}

#[test]
fn an_unknown_attribute_satisfies_tightening_rules_and_no_granting_ones() {
    let grant = "  - {id: open, match: {product: \"*\"}, to: {attributes: {country: [de, fr]}}, allow: read}\n";
    let mesh = Mesh::new(grant).product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&[]), "orders.orders").readable());
    assert!(mesh.ask(&knowing(ana(&[]), "country", "fr"), "orders.orders").readable());
    assert!(!mesh.ask(&knowing(ana(&[]), "country", "us"), "orders.orders").readable());
    let deny = "  - {id: shut, match: {product: \"*\"}, to: {attributes: {network: public}}, deny: true}\n";
    let mesh = Mesh::new(deny).product(orders(vec![role("r")]));
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
    assert!(!mesh.ask(&knowing(ana(&["r"]), "network", "public"), "orders.orders").readable());
    assert!(mesh.ask(&knowing(ana(&["r"]), "network", "corp"), "orders.orders").readable());
}

#[test]
fn an_unknown_attribute_satisfies_no_exception() {
    let deny = "  - {id: shut, match: {product: \"*\"}, except: {attributes: {network: corp}}, deny: true}\n";
    let mesh = Mesh::new(deny).product(orders(vec![role("r")]));
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
    assert!(mesh.ask(&knowing(ana(&["r"]), "network", "corp"), "orders.orders").readable());
    let grant = "  - {id: open, match: {product: \"*\"}, to: {users: ana}, except: {attributes: {left: \"yes\"}}, allow: read}\n";
    let mesh = Mesh::new(grant).product(orders(Vec::new()));
    assert!(!mesh.ask(&ana(&[]), "orders.orders").readable(), "who may be excepted is not granted anything");
    assert!(mesh.ask(&knowing(ana(&[]), "left", "no"), "orders.orders").readable());
}

#[test]
fn a_known_key_that_does_not_match_outweighs_an_unknown_one() {
    let deny = "  - {id: shut, match: {product: \"*\"}, to: {groups: [out], attributes: {x: \"1\"}}, deny: true}\n";
    let mesh = Mesh::new(deny).product(orders(vec![role("r")]));
    assert!(mesh.ask(&ana(&["r"]), "orders.orders").readable());
    assert!(!mesh.ask(&ana(&["r", "out"]), "orders.orders").readable());
}

#[test]
fn expires_is_the_end_of_the_day_utc_and_bounds_the_decision() {
    let rule = "  - {id: open, match: {product: \"*\"}, to: {users: \"*\"}, allow: read, expires: 2026-06-15}\n";
    let mesh = Mesh::new(rule).product(orders(Vec::new()));
    let midnight = NOW + 12 * 3600;
    let decision = mesh.ask_for(&ana(&[]), None, midnight - 1, "orders.orders");
    assert!(decision.readable());
    assert_eq!(decision.valid_until(), Some(midnight));
    assert!(!mesh.ask_for(&ana(&[]), None, midnight, "orders.orders").readable());
}

#[test]
fn a_grant_of_somebody_else_bounds_nothing() {
    let rule = "  - {id: open, match: {product: \"*\"}, to: {groups: [x]}, allow: read, expires: 2026-06-15}\n";
    let mesh = Mesh::new(rule).product(orders(vec![role("r")]));
    assert_eq!(mesh.ask(&ana(&["r"]), "orders.orders").valid_until(), None);
}

#[test]
fn a_product_that_the_set_does_not_know_is_closed() {
    let mesh = Mesh::new("  []").product(orders(vec![role("r")]));
    let other = Mesh::default().board(LADDER).product(orders(vec![role("r")]));
    let empty = crate::set::PolicySet::compile(&mesh.sources, &[]).set;
    let decision = super::mesh::ask(&empty, &other.products, &ana(&["r"]), None, NOW, "orders.orders");
    assert!(!decision.readable());
}

#[test]
fn two_products_of_one_name_are_both_closed() {
    let mesh = Mesh::new("  []").product(orders(vec![role("r")])).product(orders(vec![role("r")]));
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
}

#[test]
fn names_in_match_are_folded() {
    let mesh = Mesh::new("  - {id: open, match: {product: \"Orders.ORDERS\"}, to: {users: ana}, allow: read}\n")
        .product(orders(Vec::new()));
    assert!(mesh.ask(&ana(&[]), "orders.orders").readable());
}

#[test]
fn older_versions_are_opened_apart() {
    let rules_text = "  - {id: past, match: {product: \"orders.*\"}, to: {groups: [auditors]}, allow: history, expires: 2099-12-31}\n";
    let mesh = Mesh::new(rules_text).product(orders(vec![role("readers")]));
    let reader = mesh.ask(&ana(&["readers"]), "orders.orders");
    assert!(reader.readable() && !reader.history());
    // What was is no way to what is.
    let auditor = mesh.ask(&ana(&["auditors"]), "orders.orders");
    assert!(!auditor.readable() && !auditor.history());
    let both = mesh.ask(&ana(&["readers", "auditors"]), "orders.orders");
    assert!(both.readable() && both.history());
    assert_eq!(rules(&both), ["role:readers", "past"]);
    assert!(both.valid_until().is_some());
    assert_ne!(both.fingerprint(), reader.fingerprint());
    let closed = Mesh::new(&format!("{rules_text}  - {{id: shut, match: {{product: \"orders.*\"}}, deny: true}}\n"));
    let closed = closed.product(orders(vec![role("readers")])).ask(&ana(&["readers", "auditors"]), "orders.orders");
    assert!(!closed.readable() && !closed.history());
}

#[test]
fn the_right_to_older_versions_takes_no_rows() {
    let rule = "  - {id: past, match: {product: \"*\"}, to: {groups: [a]}, allow: history, rows: \"region = 'EU'\"}\n";
    let mesh = Mesh::new(rule).product(orders(vec![role("readers")]));
    let decision = mesh.ask(&ana(&["readers", "a"]), "orders.orders");
    assert!(!decision.history());
}
