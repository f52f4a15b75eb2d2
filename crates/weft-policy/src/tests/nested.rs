//! Structs, lists and maps: labels and rules are about their fields.

use weft_model::column::Column;
use weft_model::mask::Mask;

use super::mesh::{Labelled, Mesh, ana, keep_last, list, map, product, record, role, text};

fn shown(mesh: &Mesh, groups: &[&str], column: &str) -> String {
    mesh.column(&ana(groups), "d.p", column).to_string()
}

fn mesh(rules: &str, columns: Vec<Column>) -> Mesh {
    Mesh::new(rules).product(product("d.p", columns, vec![role("r")]))
}

fn address() -> Column {
    record(
        "address",
        vec![text("city").class("public"), text("zip").class("confidential"), text("geo").class("restricted")],
    )
}

#[test]
fn fields_that_differ_are_listed_and_hidden_ones_marked() {
    let mesh = mesh("  []", vec![address()]);
    assert_eq!(shown(&mesh, &["r"], "address"), "{city: clear, zip: masked as null, geo: hidden}");
}

#[test]
fn fields_that_are_alike_are_one() {
    let clear = record("a", vec![text("x").class("public"), text("y").class("internal")]);
    let hidden = record("b", vec![text("x").class("restricted"), text("y")]);
    let null = record("c", vec![text("x").class("confidential"), list("y", text("element").class("confidential"))]);
    let mesh = mesh("  []", vec![clear, hidden, null]);
    assert_eq!(shown(&mesh, &["r"], "a"), "clear");
    assert_eq!(shown(&mesh, &["r"], "b"), "hidden");
    assert_eq!(shown(&mesh, &["r"], "c"), "masked as null", "a list of nulls would tell how many there are");
}

#[test]
fn a_field_is_at_least_as_sensitive_as_what_holds_it() {
    let inner =
        record("a", vec![text("x").class("public"), text("y").class("restricted"), text("z")]).class("confidential");
    let mesh = mesh("  []", vec![inner]);
    assert_eq!(shown(&mesh, &["r"], "a"), "{x: masked as null, y: hidden, z: masked as null}");
}

#[test]
fn paths_name_fields() {
    let rules = "  - {id: c, match: {column: address.geo}, to: {users: ana}, clear: true}
  - {id: m, match: {column: \"items[].card\"}, mask: {action: partial, keep_last: 4}}
  - {id: h, match: {column: notes.*}, hide: true}\n";
    let items = list("items", record("element", vec![text("sku").class("public"), text("card").class("public")]));
    let notes = record("notes", vec![text("a").class("public"), text("b").class("public")]);
    let mesh = mesh(rules, vec![address(), items, notes]);
    assert_eq!(shown(&mesh, &["r"], "address"), "{city: clear, zip: masked as null, geo: clear}");
    assert_eq!(
        shown(&mesh, &["r"], "items"),
        "{element: {sku: clear, card: masked as partial(keep_first 0, keep_last 4, '*', min_hidden 4)}}"
    );
    assert_eq!(shown(&mesh, &["r"], "notes"), "hidden");
}

#[test]
fn a_single_name_closes_at_any_depth_and_opens_at_the_top_only() {
    let columns = || {
        vec![
            record("contact", vec![text("email").class("public"), text("x").class("public")]),
            text("email").class("public"),
        ]
    };
    let closing = mesh("  - {id: m, match: {column: \"*mail\"}, mask: {action: email_domain}}\n", columns());
    assert_eq!(shown(&closing, &["r"], "contact"), "{email: masked as email_domain, x: clear}");
    assert_eq!(shown(&closing, &["r"], "email"), "masked as email_domain");
    let rules = "  - {id: h, match: {column: email}, mask: {action: \"null\"}}
  - {id: c, match: {column: email}, to: {users: ana}, clear: true}\n";
    let opening = mesh(rules, columns());
    assert_eq!(shown(&opening, &["r"], "contact"), "{email: masked as null, x: clear}");
    assert_eq!(shown(&opening, &["r"], "email"), "clear");
}

#[test]
fn a_rule_about_a_column_reaches_all_that_it_holds() {
    let mesh = mesh("  - {id: c, match: {column: address}, to: {users: ana}, clear: true}\n", vec![address()]);
    assert_eq!(shown(&mesh, &["r"], "address"), "clear");
}

#[test]
fn masks_and_tags_of_what_holds_a_field_reach_it() {
    let tagged = record("a", vec![text("x").class("public"), text("y").class("public").tag("pii:x")]).tag("pii:all");
    let by_contract =
        record("b", vec![text("x").class("public"), list("y", text("element").class("public"))]).mask(keep_last(2));
    let mesh = mesh("  - {id: m, match: {tag: \"pii:all\"}, mask: {action: show_last_4}}\n", vec![tagged, by_contract]);
    assert_eq!(shown(&mesh, &["r"], "a"), "{x: masked as show_last_4, y: masked as show_last_4}");
    let partial = "masked as partial(keep_first 0, keep_last 2, '*', min_hidden 4)";
    assert_eq!(shown(&mesh, &["r"], "b"), format!("{{x: {partial}, y: {{element: {partial}}}}}"));
}

#[test]
fn a_list_without_its_element_is_hidden() {
    let columns = vec![list("a", text("element").class("restricted")), text("x").class("public")];
    assert_eq!(shown(&mesh("  []", columns), &["r"], "a"), "hidden");
}

#[test]
fn a_map_loses_neither_keys_nor_values() {
    let columns = |key: &str, value: &str| {
        vec![map("m", text("key").class(key), text("value").class(value)), text("x").class("public")]
    };
    for (key, value, expected) in [
        ("public", "public", "clear"),
        ("public", "confidential", "{key: clear, value: masked as null}"),
        ("public", "restricted", "hidden"),
        ("restricted", "public", "hidden"),
        ("confidential", "public", "masked as null"),
        ("confidential", "confidential", "masked as null"),
    ] {
        assert_eq!(shown(&mesh("  []", columns(key, value)), &["r"], "m"), expected, "{key} {value}");
    }
}

#[test]
fn a_mask_for_any_type_is_a_mask_of_the_whole() {
    let fixed = record("a", vec![text("x").class("public"), text("y").class("public")]).mask(Mask::MaskToFixedValue {});
    assert_eq!(shown(&mesh("  []", vec![fixed]), &["r"], "a"), "masked as mask_to_fixed_value");
}
