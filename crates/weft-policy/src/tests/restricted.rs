//! What a catalog withholds narrows a decision, and never widens it.

use arrow_schema::DataType;
use weft_model::column::Column;
use weft_model::mask::Mask;
use weft_model::restriction::{Filter, FilterOp, Literal, Restrictions};

use super::mesh::{Labelled, Mesh, ana, keep_last, map, masked, product, record, role, rule_of, text, typed};
use crate::decision::{Authority, ColumnRule, Decision, Factor};
use crate::explain::Reason;
use crate::predicate::Predicate;

/// A product of these columns, which have the ids 1, 2, …
fn mesh(rules: &str, columns: Vec<Column>) -> Mesh {
    Mesh::new(rules).product(product("d.p", columns, vec![role("r")]))
}

fn decided(mesh: &Mesh) -> Decision {
    mesh.ask(&ana(&["r"]), "d.p")
}

fn narrowed(mesh: &Mesh, restrictions: &Restrictions) -> Result<Decision, String> {
    let object = &mesh.products[0].ports[0].contract.objects[0];
    let ids: Vec<Option<i32>> = (1..).map(Some).take(object.columns.len()).collect();
    decided(mesh).restricted(restrictions, object, &ids).map_err(|refused| refused.to_string())
}

fn rows(filter: Filter) -> Restrictions {
    Restrictions { rows: Some(filter), columns: Vec::new() }
}

fn masks(columns: &[(i32, Mask)]) -> Restrictions {
    Restrictions { rows: None, columns: columns.to_vec() }
}

fn region(op: FilterOp, region: &str) -> Filter {
    Filter::Compare { column: 1, op, literal: Literal::Text(region.to_owned()) }
}

fn public(name: &str) -> Column {
    text(name).class("public")
}

/// What becomes of a column that has a rule, under a mask of the catalog.
fn under(rules: &str, column: Column, mask: Mask) -> String {
    let mesh = mesh(rules, vec![public("region"), column.clone()]);
    let decision = narrowed(&mesh, &masks(&[(2, mask)])).unwrap();
    rule_of(&decision, &column.name).to_string()
}

fn because(factors: &[Factor]) -> Vec<String> {
    factors.iter().map(|factor| format!("{} {} {}", factor.authority, factor.rule, factor.effect)).collect()
}

const RESTRICT: &str = "  - {id: r, match: {product: \"*\"}, restrict: \"region <> 'US'\"}\n";

#[test]
fn rows_are_those_that_both_show() {
    let rule = |rules: &str, filter: Filter| {
        let decision = narrowed(&mesh(rules, vec![public("region")]), &rows(filter)).unwrap();
        (decision.rows().map(ToString::to_string), because(decision.row_factors()))
    };
    let eu = || region(FilterOp::Equal, "EU");
    let catalog = "catalog read-restrictions keeps only rows region = 'EU'".to_owned();
    assert_eq!(rule("  []", eu()), (Some("region = 'EU'".to_owned()), vec![catalog.clone()]));
    let board = "board r keeps only rows region <> 'US'".to_owned();
    let both = Some("region <> 'US' AND region = 'EU'".to_owned());
    assert_eq!(rule(RESTRICT, eu()), (both, vec![board.clone(), catalog]));
    assert_eq!(rule(RESTRICT, Filter::Constant(false)).0, Some("false".to_owned()));
    // What is always true takes nothing away, however it is written.
    let always = Filter::Not(Box::new(Filter::Or(Vec::new())));
    assert_eq!(rule(RESTRICT, always), (Some("region <> 'US'".to_owned()), vec![board]));
}

#[test]
fn a_long_filter_is_not_repeated() {
    let literals = (0..10_000).map(|number| Literal::Text(number.to_string())).collect();
    let filter = Filter::In { column: 1, literals };
    let decision = narrowed(&mesh("  []", vec![public("region")]), &rows(filter)).unwrap();
    assert_eq!(because(decision.row_factors()), ["catalog read-restrictions keeps only some rows"]);
}

#[test]
fn a_mask_meets_what_the_decision_says() {
    let first = || Mask::ShowFirst4 {};
    assert_eq!(under("  []", public("c"), first()), "masked as show_first_4");
    assert_eq!(under("  []", public("c"), Mask::ReplaceWithNull {}), "masked as null");
    assert_eq!(under("  []", text("c").class("restricted"), first()), "hidden");
    assert_eq!(under("  []", text("c").class("confidential"), first()), "masked as null");
    let held = |mask: Mask| text("c").class("confidential").mask(mask);
    assert_eq!(under("  []", held(first()), first()), "masked as show_first_4");
    assert_eq!(under("  []", held(first()), Mask::ShowLast4 {}), "masked as null", "neither is stricter");
    assert_eq!(under("  []", held(keep_last(2)), Mask::MaskToFixedValue {}), "masked as mask_to_fixed_value");
    let constant = Mask::Constant { value: "x".to_owned() };
    assert_eq!(under("  []", held(constant.clone()), first()), "masked as constant(\"x\")");
    assert_eq!(under("  []", held(constant), Mask::MaskToFixedValue {}), "masked as null");
    let token = text("c").class("confidential").token("customer");
    assert_eq!(under("  []", token, Mask::Sha256Global {}), "masked as null");
}

#[test]
fn a_clearance_on_some_rows_ends() {
    let clear = "  - {id: c, match: {column: c}, to: {groups: [r]}, clear: true, rows: \"region = 'EU'\"}\n";
    let mask = "  - {id: m, match: {column: c}, mask: {action: show_first_4}}\n";
    let rules = format!("{mask}{clear}");
    let before = mesh(&rules, vec![public("region"), public("c")]);
    let rule = rule_of(&decided(&before), "c");
    assert_eq!(rule.to_string(), "clear where region = 'EU', else masked as show_first_4");
    assert_eq!(under(&rules, public("c"), Mask::ShowFirst4 {}), "masked as show_first_4");
    assert_eq!(under(&rules, public("c"), Mask::ShowLast4 {}), "masked as null");
    assert_eq!(under(clear, text("c").class("restricted"), Mask::ShowFirst4 {}), "masked as null");
}

#[test]
fn a_mask_of_a_column_with_fields_covers_them_all() {
    let fields = |zip: &str| record("c", vec![public("city"), text("zip").class(zip)]);
    let fixed = || Mask::MaskToFixedValue {};
    assert_eq!(under("  []", fields("public"), fixed()), "masked as mask_to_fixed_value");
    // Fields differ: null is below all that they show.
    assert_eq!(under("  []", fields("confidential"), fixed()), "masked as null");
    assert_eq!(under("  []", fields("confidential"), Mask::ReplaceWithNull {}), "masked as null");
    // The type of what is masked as a whole would name what is hidden in it.
    assert_eq!(under("  []", fields("restricted"), Mask::ReplaceWithNull {}), "hidden");
    let deep = record("c", vec![public("x"), record("inner", vec![public("a"), text("b").class("restricted")])]);
    assert_eq!(under("  []", deep, Mask::ReplaceWithNull {}), "hidden");
    let map = map("c", public("k"), text("v").class("confidential"));
    assert_eq!(under("  []", map, Mask::ReplaceWithNull {}), "masked as null");
}

#[test]
fn the_catalog_is_named_with_what_it_did() {
    let mesh = mesh("  []", vec![public("region"), text("c").class("confidential")]);
    let decision = narrowed(&mesh, &masks(&[(2, Mask::ShowFirst4 {})])).unwrap();
    assert_eq!(because(decision.columns()[0].factors()), ["board default:public shows"]);
    let factors = decision.columns()[1].factors();
    assert_eq!(
        because(factors),
        ["board default:confidential masks", "catalog read-restrictions masks as show_first_4"]
    );
    let factor = factors[1].clone();
    let reason = Reason {
        authority: factor.authority,
        rule: factor.rule.to_string(),
        effect: factor.effect,
        place: factor.place.to_string(),
    };
    assert_eq!(reason.to_string(), "catalog read-restrictions masks as show_first_4 (contract)");
    assert_eq!(serde_json::to_string(&Authority::Catalog).unwrap(), "\"catalog\"");
}

#[test]
fn what_withholds_nothing_changes_nothing() {
    let mesh = mesh(RESTRICT, vec![public("region"), text("c").class("confidential")]);
    let before = decided(&mesh);
    for nothing in [Restrictions::default(), rows(Filter::Constant(true)), rows(Filter::And(Vec::new()))] {
        let after = narrowed(&mesh, &nothing).unwrap();
        assert_eq!(after.fingerprint(), before.fingerprint(), "{nothing:?}");
        assert_eq!(format!("{after:?}"), format!("{before:?}"));
    }
}

#[test]
fn other_restrictions_are_other_decisions() {
    let mesh = mesh("  []", vec![public("region"), public("c"), public("d")]);
    let mut found = vec![decided(&mesh).fingerprint()];
    for restrictions in [
        rows(region(FilterOp::Equal, "EU")),
        rows(region(FilterOp::Equal, "US")),
        rows(region(FilterOp::NotEqual, "EU")),
        rows(Filter::Constant(false)),
        masks(&[(2, Mask::ShowFirst4 {})]),
        masks(&[(2, Mask::ShowLast4 {})]),
        masks(&[(3, Mask::ShowFirst4 {})]),
        masks(&[(2, Mask::ShowFirst4 {}), (3, Mask::ShowFirst4 {})]),
        Restrictions { rows: Some(region(FilterOp::Equal, "EU")), columns: vec![(2, Mask::ShowFirst4 {})] },
    ] {
        let one = narrowed(&mesh, &restrictions).unwrap().fingerprint();
        assert_eq!(one, narrowed(&mesh, &restrictions).unwrap().fingerprint());
        assert!(!found.contains(&one), "{restrictions:?}");
        found.push(one);
    }
}

#[test]
fn narrowing_twice_is_narrowing_by_both() {
    let mesh = mesh("  []", vec![public("region"), public("c")]);
    let object = &mesh.products[0].ports[0].contract.objects[0];
    let ids = [Some(1), Some(2)];
    let rows = rows(region(FilterOp::Equal, "EU"));
    let masks = masks(&[(2, Mask::ShowFirst4 {})]);
    let both = Restrictions { rows: rows.rows.clone(), columns: masks.columns.clone() };
    let one = decided(&mesh).restricted(&rows, object, &ids).unwrap().restricted(&masks, object, &ids).unwrap();
    assert_eq!(one.fingerprint(), narrowed(&mesh, &both).unwrap().fingerprint());
}

#[test]
fn what_is_not_readable_stays_so() {
    let mesh = mesh("  []", vec![public("region")]);
    let object = &mesh.products[0].ports[0].contract.objects[0];
    let closed = mesh.ask(&ana(&[]), "d.p");
    assert!(!closed.readable());
    // Not even restrictions that cannot be enforced tell of it.
    let after = closed.restricted(&masks(&[(7, Mask::ShowFirst4 {})]), object, &[Some(1)]).unwrap();
    assert_eq!(after.fingerprint(), closed.fingerprint());
    assert!(!after.readable());
}

#[test]
fn a_table_without_a_visible_column_is_closed() {
    let column = record("c", vec![public("city"), text("zip").class("restricted")]);
    let mesh = mesh("  []", vec![column]);
    assert!(decided(&mesh).readable());
    let after = narrowed(&mesh, &masks(&[(1, Mask::ReplaceWithNull {})])).unwrap();
    assert!(!after.readable() && after.columns().is_empty() && after.row_factors().is_empty());
    assert_eq!(after.rows(), Some(&Predicate::Constant(false)));
    assert_eq!(after.fingerprint(), mesh.ask(&ana(&[]), "d.p").fingerprint());
}

#[test]
fn masks_that_cannot_be_applied_close() {
    let mesh = mesh("  []", vec![public("region"), typed("n", DataType::Int64).class("public"), text("h")]);
    let first = || Mask::ShowFirst4 {};
    for (columns, message) in [
        (vec![(4, first())], "the catalog masks field 4, which is no column of the contract"),
        (vec![(1, first()), (1, first())], "the catalog masks field 1 twice"),
        (vec![(2, first())], "the catalog masks column `n`, and mask `show_first_4` fits texts, not `Int64`"),
        (
            vec![(2, Mask::TruncateToYear {})],
            "the catalog masks column `n`, and mask `truncate_to_year` fits dates and timestamps, not `Int64`",
        ),
        (
            vec![(3, Mask::TruncateToMonth {})],
            "the catalog masks column `h`, and mask `truncate_to_month` fits dates and timestamps, not `Utf8View`",
        ),
        (
            vec![(1, Mask::Token {})],
            "the catalog masks column `region`, and mask `token` needs a `tokenDomain` on the column",
        ),
    ] {
        assert_eq!(narrowed(&mesh, &masks(&columns)).unwrap_err(), message);
    }
    let many = masks(&(0..10_001).map(|id| (id, first())).collect::<Vec<_>>());
    assert_eq!(narrowed(&mesh, &many).unwrap_err(), "the catalog masks more than 10000 fields");
    let absent = rows(Filter::IsNull(9));
    assert_eq!(
        narrowed(&mesh, &absent).unwrap_err(),
        "the catalog's row filter names field 9, which is no column of the contract"
    );
}

#[test]
fn every_name_of_a_field_is_masked() {
    let mesh = mesh("  []", vec![public("a"), public("b"), public("c")]);
    let object = &mesh.products[0].ports[0].contract.objects[0];
    let restrictions = masks(&[(7, Mask::ShowFirst4 {})]);
    let decision = decided(&mesh).restricted(&restrictions, object, &[Some(7), None, Some(7)]).unwrap();
    let rules: Vec<&ColumnRule> = decision.columns().iter().map(|column| column.rule()).collect();
    let first = masked(Mask::ShowFirst4 {});
    assert_eq!(rules, [&first, &ColumnRule::Clear, &first]);
}

#[test]
fn another_table_is_refused() {
    let (one, other) = (mesh("  []", vec![public("a")]), mesh("  []", vec![public("b")]));
    let object = |mesh: &Mesh| std::sync::Arc::clone(&mesh.products[0].ports[0].contract.objects[0]);
    let restrictions = rows(Filter::Constant(false));
    let refused = |mesh: &Mesh, ids: &[Option<i32>]| {
        decided(&one).restricted(&restrictions, &object(mesh), ids).unwrap_err().to_string()
    };
    assert_eq!(refused(&other, &[Some(1)]), "table `p` is not the one that was decided upon");
    assert_eq!(refused(&one, &[Some(1), Some(2)]), "table `p` has 1 columns, and 2 field ids");
    assert_eq!(refused(&one, &[]), "table `p` has 1 columns, and 0 field ids");
}
