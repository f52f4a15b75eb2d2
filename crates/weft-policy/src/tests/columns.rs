//! Columns: the board's side, the domain's side, and clearances that hold on some rows.

use std::sync::Arc;

use arrow_schema::DataType;
use weft_model::contract::Role;
use weft_model::mask::{DateUnit, Mask};

use super::mesh::{Labelled, Mesh, NOW, ana, keep_last, masked, product, role, rule_of, text, typed};
use crate::decision::{Authority, ColumnRule, MaskRule};

fn shown(mesh: &Mesh, groups: &[&str], column: &str) -> String {
    mesh.column(&ana(groups), "d.p", column).to_string()
}

#[test]
fn the_default_of_the_classification_holds_where_nothing_is_said() {
    let columns = vec![
        text("a").class("public"),
        text("b").class("internal"),
        text("c").class("confidential"),
        text("d").class("restricted"),
        text("e"),
    ];
    let mesh = Mesh::new("  []").product(product("d.p", columns, vec![role("r")]));
    let decision = mesh.ask(&ana(&["r"]), "d.p");
    let rules: Vec<String> = decision.columns().iter().map(|column| column.rule().to_string()).collect();
    assert_eq!(rules, ["clear", "clear", "masked as null", "hidden", "hidden"]);
    let factor = &decision.columns()[2].factors()[0];
    assert_eq!(
        (factor.authority, &*factor.rule, factor.effect.as_str()),
        (Authority::Board, "default:confidential", "masks")
    );
    assert_eq!(factor.place.to_string(), "_governance/board.policy.yaml:4:58");
}

#[test]
fn an_explicit_rule_of_the_board_replaces_its_default() {
    let mesh = Mesh::new("  - {id: m, match: {column: ssn}, mask: {action: partial, keep_last: 4}}\n  - {id: h, match: {column: open}, hide: true}\n")
        .product(product("d.p", vec![text("ssn").class("restricted"), text("open").class("public")], vec![role("r")]));
    assert_eq!(mesh.column(&ana(&["r"]), "d.p", "ssn"), masked(keep_last(4)));
    assert_eq!(mesh.column(&ana(&["r"]), "d.p", "open"), ColumnRule::Hidden);
}

#[test]
fn a_domain_clears_up_to_the_delegate_and_only_defaults() {
    let rules = "  - {id: m, match: {column: iban}, mask: {action: partial, keep_last: 4}}\n";
    let clear = "  - {id: c, match: {column: \"*\"}, to: {groups: [r]}, clear: true}\n";
    let columns = vec![text("name").class("confidential"), text("iban").class("confidential"), text("x")];
    let mesh = Mesh::new(rules).domain("d", clear).product(product("d.p", columns, vec![role("r"), role("s")]));
    assert_eq!(shown(&mesh, &["r"], "name"), "clear");
    assert_eq!(mesh.column(&ana(&["r"]), "d.p", "iban"), masked(keep_last(4)));
    assert_eq!(shown(&mesh, &["r"], "x"), "hidden", "nobody classified it, so no domain may clear it");
    assert_eq!(shown(&mesh, &["s"], "name"), "masked as null");
}

#[test]
fn a_domain_clear_lifts_the_contracts_mask() {
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: c, match: {column: card}, to: {groups: [x]}, clear: true}\n")
        .product(product("d.p", vec![text("card").class("internal").mask(keep_last(4))], vec![role("r")]));
    assert_eq!(
        mesh.column(&ana(&["r"]), "d.p", "card"),
        masked(keep_last(4)),
        "a domain tightens what is clear by default"
    );
    assert_eq!(shown(&mesh, &["r", "x"], "card"), "clear");
}

#[test]
fn without_a_delegate_a_domain_lifts_no_default() {
    let board = super::mesh::LADDER.replace("delegate: confidential\n", "");
    let mesh = Mesh::default()
        .board(&board)
        .domain("d", "  - {id: c, match: {column: \"*\"}, to: {groups: [r]}, clear: true}\n")
        .product(product("d.p", vec![text("name").class("confidential")], vec![role("r")]));
    assert_eq!(mesh.findings(), Vec::<String>::new());
    assert_eq!(shown(&mesh, &["r"], "name"), "masked as null");
}

#[test]
fn a_domain_hides_what_the_board_masks_by_default() {
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: h, match: {column: name}, except: {groups: [lead]}, hide: true}\n")
        .product(product("d.p", vec![text("name").class("confidential"), text("x").class("public")], vec![role("r")]));
    assert_eq!(shown(&mesh, &["r"], "name"), "hidden");
    assert_eq!(shown(&mesh, &["r", "lead"], "name"), "masked as null");
}

#[test]
fn several_masks_of_one_authority_meet() {
    let mesh = Mesh::new(
        "  - {id: a, match: {column: t}, mask: {action: truncate, unit: month}}
  - {id: b, match: {column: t}, to: {groups: [r]}, mask: {action: truncate, unit: year}}
  - {id: c, match: {column: u}, mask: {action: email_domain}}
  - {id: e, match: {column: u}, to: {groups: [r]}, mask: {action: constant, value: \"-\"}}\n",
    )
    .product(product(
        "d.p",
        vec![typed("t", DataType::Date32).class("public"), text("u").class("public")],
        vec![role("r"), role("s")],
    ));
    assert_eq!(mesh.column(&ana(&["r"]), "d.p", "t"), masked(Mask::Truncate { unit: DateUnit::Year }));
    assert_eq!(mesh.column(&ana(&["s"]), "d.p", "t"), masked(Mask::Truncate { unit: DateUnit::Month }));
    assert_eq!(mesh.column(&ana(&["r"]), "d.p", "u"), masked(Mask::Constant { value: "-".to_owned() }));
}

#[test]
fn a_role_clears_by_clearance_and_by_tag() {
    let roles = vec![
        role("r"),
        Role { clearance: Some(Arc::from("confidential")), ..role("cleared") },
        Role { unmask: vec![Arc::from("pii:*")], ..role("pii") },
        Role { clearance: Some(Arc::from("internal")), ..role("low") },
    ];
    let columns = vec![
        text("a").class("confidential"),
        text("b").class("confidential").tag("PII:name"),
        text("c").class("restricted").tag("pii:x"),
    ];
    let mesh = Mesh::new("  []").product(product("d.p", columns, roles));
    let all = |groups: &[&str]| ["a", "b", "c"].map(|column| shown(&mesh, groups, column));
    assert_eq!(all(&["r"]), ["masked as null", "masked as null", "hidden"]);
    assert_eq!(all(&["cleared"]), ["clear", "clear", "hidden"]);
    assert_eq!(all(&["pii"]), ["masked as null", "clear", "hidden"]);
    assert_eq!(all(&["low"]), ["masked as null", "masked as null", "hidden"]);
}

#[test]
fn a_clearance_beside_a_row_filter_holds_on_those_rows_only() {
    let roles = vec![
        Role { clearance: Some(Arc::from("confidential")), row_filter: Some(Arc::from("region = 'EU'")), ..role("eu") },
        role("all"),
        Role { row_filter: Some(Arc::from("region = 'US'")), ..role("us") },
    ];
    let columns = vec![
        text("region").class("public"),
        text("name").class("confidential"),
        text("id").class("confidential").token("customer"),
    ];
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: h, match: {column: id}, to: {groups: [strict]}, hide: true}\n")
        .product(product("d.p", columns, roles));
    assert_eq!(shown(&mesh, &["eu"], "name"), "clear", "only rows that are cleared are visible at all");
    assert_eq!(shown(&mesh, &["all"], "name"), "masked as null");
    assert_eq!(shown(&mesh, &["eu", "all"], "name"), "clear where region = 'EU', else masked as null");
    assert_eq!(shown(&mesh, &["eu", "us"], "name"), "clear where region = 'EU', else masked as null");
    assert_eq!(shown(&mesh, &["eu", "us"], "id"), "clear where region = 'EU', else masked as token of `customer`");
    assert_eq!(
        shown(&mesh, &["eu", "us", "strict"], "id"),
        "clear where region = 'EU', else masked as null",
        "hidden elsewhere is null there"
    );
    assert_eq!(mesh.ask(&ana(&["eu", "us"]), "d.p").rows().unwrap().to_string(), "region = 'EU' OR region = 'US'");
}

#[test]
fn a_clear_rule_with_rows_holds_on_those_rows_only() {
    let rules = "  - {id: c, match: {column: name}, to: {groups: [x]}, clear: true, rows: \"region = session_attribute('region')\"}\n";
    let columns = vec![text("region").class("public"), text("name").class("restricted")];
    let mesh = Mesh::new(rules).product(product("d.p", columns, vec![role("x")]));
    assert_eq!(shown(&mesh, &["x"], "name"), "hidden", "a missing attribute clears nothing");
    let eva = super::mesh::knowing(ana(&["x"]), "region", "EU");
    assert_eq!(mesh.column(&eva, "d.p", "name").to_string(), "clear where region = 'EU', else masked as null");
    assert_eq!(mesh.ask(&eva, "d.p").rows(), None, "a clear rule grants no rows and takes none");
}

#[test]
fn a_conditional_clear_of_the_board_needs_the_domain_to_agree() {
    let rules = "  - {id: c, match: {column: name}, to: {groups: [x]}, clear: true, rows: \"region = 'EU'\"}\n";
    let columns = || vec![text("region").class("public"), text("name").class("restricted").mask(keep_last(4))];
    let mesh = Mesh::new(rules).product(product("d.p", columns(), vec![role("x")]));
    assert_eq!(shown(&mesh, &["x"], "name"), "hidden", "a mask on some rows and nothing on others is nothing");
    let both = Mesh::new(rules)
        .domain("d", "  - {id: dc, match: {column: name}, to: {groups: [x]}, clear: true, rows: \"region <> 'US'\"}\n")
        .product(product("d.p", columns(), vec![role("x")]));
    assert_eq!(shown(&both, &["x"], "name"), "clear where region = 'EU' AND region <> 'US', else masked as null");
}

#[test]
fn an_expired_clear_is_none_and_a_living_one_bounds_the_decision() {
    let rule =
        "  - {id: c, match: {tag: \"pii:*\"}, to: {users: ana}, clear: true, expires: 2026-06-14, reason: DPIA-114}
  - {id: c2, match: {column: y}, to: {users: ana}, clear: true, expires: \"2026-06-20\"}\n";
    let columns = vec![text("x").class("restricted").tag("pii:x"), text("y").class("public")];
    let mesh = Mesh::new(rule).product(product("d.p", columns, vec![role("r")]));
    assert_eq!(shown(&mesh, &["r"], "x"), "hidden");
    let decision = mesh.ask(&ana(&["r"]), "d.p");
    assert_eq!(decision.valid_until(), Some(NOW + 12 * 3600 + 5 * 86_400));
}

#[test]
fn clear_for_a_purpose_is_for_no_other() {
    let rule = "  - {id: c, match: {tag: \"pii:*\"}, to: {groups: [fraud], purpose: [fraud]}, clear: true}\n";
    let mesh = Mesh::new(rule).product(product(
        "d.p",
        vec![text("x").class("restricted").tag("pii:x"), text("y").class("public")],
        vec![role("fraud")],
    ));
    let for_purpose = |purpose| rule_of(&mesh.ask_for(&ana(&["fraud"]), purpose, NOW, "d.p"), "x");
    assert_eq!(for_purpose(Some("fraud")), ColumnRule::Clear);
    assert_eq!(for_purpose(Some("marketing")), ColumnRule::Hidden);
    assert_eq!(for_purpose(None), ColumnRule::Hidden);
}

#[test]
fn a_mask_that_does_not_fit_its_column_is_null_and_found() {
    let rules = "  - {id: e, match: {column: n}, mask: {action: email_domain}}
  - {id: t, match: {column: s}, mask: {action: truncate, unit: year}}
  - {id: c, match: {column: d}, mask: {action: constant, value: soon}}
  - {id: k, match: {column: k}, mask: {action: token}}\n";
    let columns = vec![
        typed("n", DataType::Int32).class("public"),
        text("s").class("public"),
        typed("d", DataType::Date32).class("public"),
        text("k").class("public"),
    ];
    let mesh = Mesh::new(rules).product(product("d.p", columns, vec![role("r")]));
    for column in ["n", "s", "d", "k"] {
        assert_eq!(shown(&mesh, &["r"], column), "masked as null", "{column}");
    }
    let hint = "\n  hint: The column is null for whom the rule means.";
    let at = |line: u32| format!("_governance/board.policy.yaml:{line}:5: warning[POL-010]: rule");
    assert_eq!(
        mesh.findings(),
        [
            format!(
                "{} `e` does not fit column `n` of `d.p` 1.0.0: mask `email_domain` fits texts, not `Int32`{hint}",
                at(7)
            ),
            format!(
                "{} `t` does not fit column `s` of `d.p` 1.0.0: mask `truncate` fits dates and timestamps, not `Utf8View`{hint}",
                at(8)
            ),
            format!(
                "{} `c` does not fit column `d` of `d.p` 1.0.0: mask `constant`: `soon` is no value of `Date32`{hint}",
                at(9)
            ),
            format!(
                "{} `k` does not fit column `k` of `d.p` 1.0.0: mask `token` needs a `tokenDomain` on the column{hint}",
                at(10)
            ),
        ]
    );
}

#[test]
fn tokens_stay_in_domains_of_at_least_two_to_the_32() {
    for (data_type, fits) in [
        (DataType::Utf8View, true),
        (DataType::Int32, true),
        (DataType::UInt64, true),
        (DataType::Decimal128(18, 0), true),
        (DataType::FixedSizeBinary(16), true),
        (DataType::Int16, false),
        (DataType::Int8, false),
        (DataType::Boolean, false),
        (DataType::Date32, false),
        (DataType::Float64, false),
        (DataType::Decimal128(9, 0), false),
    ] {
        let column = typed("x", data_type.clone()).class("confidential").token("t");
        let mesh = Mesh::new("  []").product(product("d.p", vec![column], vec![role("r")]));
        let token = MaskRule { mask: Mask::Token {}, token_domain: Some(Arc::from("t")) };
        let expected = if fits { ColumnRule::Masked(token) } else { masked(Mask::Null {}) };
        assert_eq!(mesh.column(&ana(&["r"]), "d.p", "x"), expected, "{data_type}");
    }
}

#[test]
fn a_contract_asks_for_no_unkeyed_hash() {
    let mesh = Mesh::new("  []").product(product(
        "d.p",
        vec![text("x").class("confidential").mask(Mask::Sha256Global {})],
        vec![role("r")],
    ));
    assert_eq!(shown(&mesh, &["r"], "x"), "masked as null");
    assert_eq!(
        mesh.findings(),
        [
            ": error[POL-010]: the contract's mask of column `x` of `d.p` 1.0.0 is not used: a contract may not ask for an \
          unkeyed hash\n  hint: The column is null for people who may not see it in clear."
        ]
    );
}

#[test]
fn match_by_classification_takes_words_globs_and_unclassified() {
    let rules = "  - {id: c, match: {classification: [\"conf*\", unclassified]}, to: {users: ana}, clear: true}\n";
    let mesh = Mesh::new(rules).product(product(
        "d.p",
        vec![text("a").class("Confidential"), text("b"), text("c").class("restricted")],
        vec![role("r")],
    ));
    let all = ["a", "b", "c"].map(|column| shown(&mesh, &["r"], column));
    assert_eq!(all, ["clear", "clear", "hidden"]);
}

#[test]
fn factors_name_what_took_part() {
    let rules = "  - {id: pii-email, match: {tag: \"pii:email\"}, mask: {action: email_domain}}
  - {id: other, match: {column: email}, to: {groups: [nobody]}, clear: true}\n";
    let mesh = Mesh::new(rules)
        .domain("d", "  - {id: own, match: {column: email}, mask: {action: email_domain}}\n")
        .product(product("d.p", vec![text("email").class("restricted").tag("pii:email")], vec![role("r")]));
    let decision = mesh.ask(&ana(&["r"]), "d.p");
    let factors: Vec<String> = decision.columns()[0]
        .factors()
        .iter()
        .map(|factor| format!("{:?} {} {} {}", factor.authority, factor.rule, factor.effect, factor.place))
        .collect();
    assert_eq!(
        factors,
        [
            "Board pii-email masks as email_domain _governance/board.policy.yaml:7:5",
            "Domain own masks as email_domain d/policy.yaml:4:5",
        ]
    );
}

#[test]
fn equal_decisions_have_equal_fingerprints_whatever_led_to_them() {
    let columns = || vec![text("x").class("public"), text("region").class("public")];
    let by_role = Mesh::new("  []").product(product("d.p", columns(), vec![role("r")]));
    let by_rule =
        Mesh::new("  - {id: open, match: {product: \"*\"}, to: {users: ana}, allow: read, expires: 2030-01-01}\n")
            .product(product("d.p", columns(), Vec::new()));
    let one = by_role.ask(&ana(&["r"]), "d.p");
    let other = by_rule.ask(&ana(&["r"]), "d.p");
    assert_eq!(one.fingerprint(), other.fingerprint());
    let masked = Mesh::new("  - {id: m, match: {column: x}, mask: {action: partial, keep_last: 4}}\n")
        .product(product("d.p", columns(), vec![role("r")]));
    let masked_more = Mesh::new("  - {id: m, match: {column: x}, mask: {action: partial, keep_last: 3}}\n")
        .product(product("d.p", columns(), vec![role("r")]));
    let filtered = Mesh::new("  - {id: m, match: {product: \"*\"}, restrict: \"region = 'EU'\"}\n").product(product(
        "d.p",
        columns(),
        vec![role("r")],
    ));
    let closed = by_role.ask(&ana(&[]), "d.p").fingerprint();
    let mut all = vec![one.fingerprint(), closed];
    all.extend([masked, masked_more, filtered].iter().map(|mesh| mesh.ask(&ana(&["r"]), "d.p").fingerprint()));
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}
