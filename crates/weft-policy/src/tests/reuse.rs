//! Compiling again: what did not change is taken over, what did is not.

use std::sync::Arc;

use weft_model::product::Product;

use super::mesh::{Labelled, Mesh, NOW, ana, ask, product, product_at, role, text};
use crate::set::PolicySet;

fn products() -> Vec<Arc<Product>> {
    ["a.p", "a.q", "b.r"]
        .into_iter()
        .map(|name| {
            Arc::new(product(name, vec![text("x").class("public"), text("y").class("internal")], vec![role("r")]))
        })
        .collect()
}

fn same(left: &PolicySet, right: &PolicySet, name: &Product) -> bool {
    Arc::ptr_eq(&left.products[&name.name], &right.products[&name.name])
}

#[test]
fn unchanged_products_are_taken_over() {
    let mesh = Mesh::new("  []");
    let mut all = products();
    let first = PolicySet::compile(&mesh.sources, &all).set;
    all[1] = Arc::new(product("a.q", vec![text("x").class("confidential")], vec![role("r")]));
    let second = PolicySet::compile_after(Some(&first), &mesh.sources, &all).set;
    assert!(same(&first, &second, &all[0]) && same(&first, &second, &all[2]));
    assert!(!same(&first, &second, &all[1]));
    assert_eq!(ask(&second, &all, &ana(&["r"]), None, NOW, "a.q").columns()[0].rule().to_string(), "masked as null");
}

#[test]
fn other_rules_compile_everything_anew() {
    let all = products();
    let first = PolicySet::compile(&Mesh::new("  []").sources, &all).set;
    let mesh = Mesh::new("  - {id: h, match: {column: x}, hide: true}\n");
    let second = PolicySet::compile_after(Some(&first), &mesh.sources, &all).set;
    assert_eq!(ask(&second, &all, &ana(&["r"]), None, NOW, "a.p").columns()[0].rule().to_string(), "hidden");
}

#[test]
fn a_new_neighbour_on_the_same_data_changes_the_old() {
    let mesh = Mesh::new("  []");
    let mut all = products();
    let first = PolicySet::compile(&mesh.sources, &all).set;
    all.push(Arc::new(product_at("c.s", "s3://lake/a/p", vec![text("x").class("restricted")], vec![role("r")])));
    let second = PolicySet::compile_after(Some(&first), &mesh.sources, &all).set;
    let shown = |set: &PolicySet, all: &[Arc<Product>]| {
        ask(set, all, &ana(&["r"]), None, NOW, "a.p").columns()[0].rule().to_string()
    };
    assert_eq!(shown(&second, &all), "hidden");
    all.pop();
    let third = PolicySet::compile_after(Some(&second), &mesh.sources, &all).set;
    assert_eq!(shown(&third, &all), "clear", "the label was the neighbour's, and it is gone");
}

#[test]
fn a_changed_mapping_is_typed_again() {
    let rule = "  - {id: m, match: {product: a.p}, restrict: {rows_in: {column: x, product: b.r, select: x, where: {y: session.user}}}}\n";
    let mesh = Mesh::new(rule);
    let mut all = products();
    let first = PolicySet::compile(&mesh.sources, &all).set;
    assert!(ask(&first, &all, &ana(&["r"]), None, NOW, "a.p").readable());
    all[2] = Arc::new(product("b.r", vec![text("x").class("public")], vec![role("r")]));
    let second = PolicySet::compile_after(Some(&first), &mesh.sources, &all).set;
    assert!(!ask(&second, &all, &ana(&["r"]), None, NOW, "a.p").readable());
}

#[test]
fn findings_are_said_again_for_what_is_taken_over() {
    let mesh = Mesh::new("  []");
    let all = vec![Arc::new(product("a.p", vec![text("x").class("odd"), text("y").class("public")], vec![role("r")]))];
    let first = PolicySet::compile(&mesh.sources, &all);
    let second = PolicySet::compile_after(Some(&first.set), &mesh.sources, &all);
    assert_eq!(first.findings, second.findings);
    assert_eq!(first.findings.len(), 1);
}

#[test]
fn a_request_from_another_snapshot_is_answered_for_equal_columns_only() {
    let mesh = Mesh::new("  []");
    let first = PolicySet::compile(&mesh.sources, &products()).set;
    assert!(ask(&first, &products(), &ana(&["r"]), None, NOW, "a.p").readable(), "the same declaration, loaded again");
    let other =
        vec![Arc::new(product("a.p", vec![text("x").class("public"), text("z").class("public")], vec![role("r")]))];
    assert!(!ask(&first, &other, &ana(&["r"]), None, NOW, "a.p").readable());
}
