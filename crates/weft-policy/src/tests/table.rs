//! The truth table of columns, line by line.

use weft_model::mask::Mask;

use super::mesh::{Labelled, Mesh, ana, keep_last, masked, product, role, text};
use crate::decision::{ColumnRule, MaskRule};

const EMAIL_DOMAIN: &str = "  - {id: pii-email, match: {tag: \"pii:email\"}, mask: {action: email_domain}}\n";
const FRAUD: &str = "  - {id: fraud-desk, match: {tag: \"pii:*\"}, to: {groups: [fraud]}, clear: true}\n";

#[test]
fn restricted_with_a_mask_of_the_board_is_masked() {
    let mesh = Mesh::new(EMAIL_DOMAIN).product(product(
        "d.p",
        vec![text("email").class("restricted").tag("pii:email")],
        vec![role("readers")],
    ));
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "email"), masked(Mask::EmailDomain {}));
}

#[test]
fn the_board_clears_what_the_board_masks() {
    let mesh = Mesh::new(&format!("{EMAIL_DOMAIN}{FRAUD}")).product(product(
        "d.p",
        vec![text("email").class("restricted").tag("pii:email")],
        vec![role("readers")],
    ));
    assert_eq!(mesh.column(&ana(&["readers", "fraud"]), "d.p", "email"), ColumnRule::Clear);
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "email"), masked(Mask::EmailDomain {}));
}

#[test]
fn confidential_is_masked_as_the_contract_says() {
    let mesh = Mesh::new("  []").product(product(
        "d.p",
        vec![text("iban").class("confidential").mask(keep_last(4))],
        vec![role("readers")],
    ));
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "iban"), masked(keep_last(4)));
}

#[test]
fn confidential_with_a_token_domain_is_a_token() {
    let mesh = Mesh::new("  []").product(product(
        "d.p",
        vec![text("id").class("confidential").token("customer")],
        vec![role("readers")],
    ));
    let token = MaskRule { mask: Mask::Token {}, token_domain: Some("customer".into()) };
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "id"), ColumnRule::Masked(token));
}

#[test]
fn confidential_without_anything_is_null() {
    let mesh = Mesh::new("  []").product(product("d.p", vec![text("x").class("confidential")], vec![role("readers")]));
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "x"), masked(Mask::Null {}));
}

#[test]
fn a_domain_does_not_clear_above_the_delegate() {
    let columns = vec![text("x").class("restricted"), text("y").class("public")];
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: open, match: {column: x}, to: {groups: [readers]}, clear: true}\n")
        .product(product("d.p", columns, vec![role("readers")]));
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "x"), ColumnRule::Hidden);
}

#[test]
fn different_functions_of_board_and_domain_are_null() {
    let mesh = Mesh::new(EMAIL_DOMAIN).product(product(
        "d.p",
        vec![text("email").class("restricted").tag("pii:email").mask(keep_last(4))],
        vec![role("readers")],
    ));
    assert_eq!(mesh.column(&ana(&["readers"]), "d.p", "email"), masked(Mask::Null {}));
}

#[test]
fn a_domain_tightens_what_the_board_clears() {
    let mesh = Mesh::new(FRAUD)
        .domain("d", "  - {id: last4, match: {column: card}, mask: {action: partial, keep_last: 4}}\n")
        .product(product("d.p", vec![text("card").class("restricted").tag("pii:card")], vec![role("fraud")]));
    assert_eq!(mesh.column(&ana(&["fraud"]), "d.p", "card"), masked(keep_last(4)));
}
