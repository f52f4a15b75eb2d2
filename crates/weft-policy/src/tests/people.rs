//! What people are told: explanations and static checks.

use std::sync::Arc;

use arrow_schema::DataType;
use weft_model::contract::Role;
use weft_model::principal::Principal;

use super::mesh::{Labelled, Mesh, NOW, ana, keep_last, product, product_at, role, text, typed};
use crate::check::check;
use crate::explain::{Explanation, explain};
use crate::request::Request;

const RULES: &str = "  - {id: pii-email, match: {tag: \"pii:email\"}, mask: {action: email_domain}}
  - {id: fraud-desk, match: {tag: \"pii:*\"}, to: {groups: [fraud], purpose: [fraud]}, clear: true, expires: 2027-03-31}
  - {id: open, match: {product: d.p}, to: {groups: [eu]}, allow: read, rows: \"region = 'EU'\"}\n";

fn mesh() -> Mesh {
    Mesh::new(RULES).product(product(
        "d.p",
        vec![
            text("region").class("public"),
            text("email").class("restricted").tag("pii:email"),
            text("name").class("confidential").mask(keep_last(2)),
            text("note"),
        ],
        vec![Role { clearance: Some(Arc::from("confidential")), ..role("stewards") }],
    ))
}

fn told(mesh: &Mesh, principal: &Principal, product: &str) -> Explanation {
    let product = mesh.products.iter().find(|one| one.name.to_string() == product).unwrap();
    let port = &product.ports[0];
    let object = &port.contract.objects[0];
    explain(&mesh.compiled().set, &Request { principal, purpose: None, now: NOW, product, port, object })
}

#[test]
fn an_explanation_says_what_holds_why_and_what_would_change_it() {
    let board = "_governance/board.policy.yaml";
    assert_eq!(
        told(&mesh(), &ana(&["eu"]), "d.p").to_string(),
        format!(
            "d.p 1.0.0 (p): readable
  because board open grants rows region = 'EU' ({board}:9:5)
rows: region = 'EU'
  because board open grants rows region = 'EU' ({board}:9:5)
  to change: The group or role `stewards` would open all rows (contract:9:1).
columns:
  region: clear
    because board default:public shows ({board}:4:20)
    to change: A `mask` or `hide` rule of the board or the domain would close it.
  email: masked as email_domain
    because board pii-email masks as email_domain ({board}:7:5)
    to change: Rule `fraud-desk` ({board}:8:5) shows it to group `fraud` and purpose `fraud`.
    to change: Rule `pii-email` of the board decides; only a `clear` rule of the board goes above it.
  name: masked as partial(keep_first 0, keep_last 2, '*', min_hidden 4)
    because board default:confidential masks ({board}:4:58)
    because domain contract masks as partial(keep_first 0, keep_last 2, '*', min_hidden 4) ()
    to change: The group or role `stewards` clears it (contract:9:1).
    to change: It is `confidential`: a `clear` rule or a role's clearance of domain `d` would show it.
    to change: Domain `d` masks it; a `clear` rule of the domain, or less of a mask, would show more.
  note: hidden
    because board default:unclassified hides ({board}:4:96)
    to change: It has no classification: give it one in the contract, or by a `classify` rule of the board.
"
        )
    );
}

#[test]
fn a_closed_product_says_who_would_open_it() {
    assert_eq!(
        told(&mesh(), &ana(&[]), "d.p").to_string(),
        "d.p 1.0.0 (p): not readable
  to change: The group or role `stewards`, which the contract names (contract:9:1).
  to change: Rule `open` (_governance/board.policy.yaml:9:5) lets read group `eu`.
"
    );
    let denied = Mesh::new("  - {id: shut, match: {product: \"*\"}, deny: true}\n").product(product(
        "d.p",
        vec![text("x").class("public")],
        vec![role("r")],
    ));
    assert_eq!(
        told(&denied, &ana(&["r"]), "d.p").to_string(),
        "d.p 1.0.0 (p): not readable
  because board shut denies (_governance/board.policy.yaml:7:5)
  to change: Rule `shut` (_governance/board.policy.yaml:7:5) closes it; it would have to go or not mean the principal.
"
    );
    let broken = Mesh::new("  []").domain_file("d", "[").product(product(
        "d.p",
        vec![text("x").class("public")],
        vec![role("r")],
    ));
    assert_eq!(
        told(&broken, &ana(&["r"]), "d.p").access_would_change,
        ["The policy of domain `d` is broken; its products are closed until it is mended."]
    );
}

#[test]
fn rows_say_what_keeps_them_away() {
    let rules = "  - {id: open, match: {product: d.p}, to: {groups: [eu]}, allow: read}
  - {id: all, match: {product: d.p}, to: {groups: [audit]}, allow: read, rows: \"region = 'US'\"}
  - {id: kept, match: {product: d.p}, except: {groups: [qa]}, restrict: \"region <> 'TEST'\"}\n";
    let region = || vec![text("region").class("public")];
    let restricted = Mesh::new(rules).product(product("d.p", region(), vec![]));
    assert_eq!(
        told(&restricted, &ana(&["eu"]), "d.p").rows_would_change,
        [
            "Rule `kept` (_governance/board.policy.yaml:9:5) would have to except the principal.",
            "Rule `all` (_governance/board.policy.yaml:8:5) lets read group `audit`.",
        ]
    );
    assert_eq!(
        told(&restricted, &ana(&["eu", "qa"]), "d.p").rows_would_change,
        ["A `restrict` rule of the board or the domain would take rows away."]
    );
    assert_eq!(told(&restricted, &ana(&[]), "d.p").rows_would_change, Vec::<String>::new());
}

#[test]
fn an_explanation_is_data_too() {
    let json = serde_json::to_value(told(&mesh(), &ana(&["eu"]), "d.p")).unwrap();
    assert_eq!(json["columns"][1]["shown"], "masked as email_domain");
    assert_eq!(json["columns"][1]["reasons"][0]["place"], "_governance/board.policy.yaml:7:5");
    assert_eq!(json["rows"], "region = 'EU'");
}

fn checked(mesh: &Mesh) -> Vec<String> {
    check(&mesh.compiled().set, &mesh.products)
        .iter()
        .map(|finding| format!("{} {} {}", finding.place, finding.code, finding.message))
        .collect()
}

#[test]
fn a_policy_without_conflicts_has_no_findings() {
    let mesh = Mesh::new(RULES).product(product(
        "d.p",
        vec![text("region").class("public"), text("email").class("restricted").tag("pii:email")],
        vec![role("r")],
    ));
    assert_eq!(checked(&mesh), Vec::<String>::new());
    assert_eq!(mesh.findings(), Vec::<String>::new());
}

#[test]
fn different_functions_that_meet_are_found() {
    let rules = "  - {id: a, match: {column: x}, mask: {action: email_domain}}\n";
    let mesh = Mesh::new(rules).product(product(
        "d.p",
        vec![text("x").class("restricted").mask(keep_last(4))],
        vec![role("r")],
    ));
    assert_eq!(
        checked(&mesh),
        [
            "_governance/board.policy.yaml:7:5 POL-015 masks of which none is stricter meet on column `d.p.x`: `contract` \
          (partial(keep_first 0, keep_last 4, '*', min_hidden 4)), `a` (email_domain)"
        ]
    );
}

#[test]
fn clearances_above_the_delegate_are_found() {
    let columns = vec![text("x").class("restricted"), text("y").class("public")];
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: c, match: {column: x}, to: {groups: [r]}, clear: true}\n")
        .product(product("d.p", columns, vec![Role { clearance: Some(Arc::from("restricted")), ..role("r") }]));
    assert_eq!(
        checked(&mesh),
        [
            "contract:9:1 POL-016 role `r` has clearance `restricted`, and a domain clears up to `confidential`",
            "d/policy.yaml:4:5 POL-016 rule `c` clears column `d.p.x`, which is `restricted`, and a domain clears up to \
             `confidential`",
        ]
    );
}

#[test]
fn identifiers_clear_here_and_tokens_there_are_found() {
    let mesh = Mesh::new("  []")
        .product(product("a.p", vec![typed("id", DataType::Int64).class("public").token("customer")], vec![role("r")]))
        .product(product(
            "b.q",
            vec![typed("cid", DataType::Int64).class("confidential").token("customer")],
            vec![role("r")],
        ));
    assert_eq!(
        checked(&mesh),
        [
            "_governance/board.policy.yaml:4:58 POL-018 identifier `customer` is clear in column `a.p.id` and a token in \
          column `b.q.cid`"
        ]
    );
}

#[test]
fn what_matches_nothing_is_found() {
    let rules = "  - {id: a, match: {product: [d.p, d.typo]}, deny: true, to: {groups: []}}
  - {id: b, match: {tag: \"pi:*\"}, hide: true}
  - {id: c, match: {column: nope}, classify: {tag: x}}
  - {id: e, match: {column: x}, classify: {tag: y}}
  - {id: f, match: {product: d.p, object: other}, hide: true}
  - {id: g, match: {product: \"*\"}, restrict: \"tenant = 'a'\", where_present: true}\n";
    let mesh = Mesh::new(rules).product(product("d.p", vec![text("x").class("public")], vec![role("r")]));
    assert_eq!(
        checked(&mesh),
        [
            "_governance/board.policy.yaml:7:5 POL-017 rule `a` names `d.typo`, which no product is",
            "_governance/board.policy.yaml:8:5 POL-017 rule `b` matches no column",
            "_governance/board.policy.yaml:9:5 POL-017 rule `c` matches no column",
            "_governance/board.policy.yaml:11:5 POL-017 rule `f` matches no product",
            "_governance/board.policy.yaml:12:5 POL-008 rule `g` does not restrict `d.p` 1.0.0",
            "_governance/board.policy.yaml:12:5 POL-017 rule `g` matches no product",
        ]
    );
}

#[test]
fn one_table_under_two_domains_is_found() {
    let mesh = Mesh::new("  []")
        .product(product_at("a.p", "s3://lake/p", vec![text("x").class("public")], vec![role("r")]))
        .product(product_at("b.p", "s3://lake/p", vec![text("x").class("public")], vec![role("r")]));
    assert_eq!(checked(&mesh), ["product POL-019 `b.p` and `a.p` of another domain declare the same data"]);
}
