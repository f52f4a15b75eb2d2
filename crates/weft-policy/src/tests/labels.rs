//! Labels: of the physical column, raised by the board, lowered only with the board.

use std::sync::Arc;

use arrow_schema::{DataType, Field};
use weft_model::column::Column;
use weft_model::mask::Mask;
use weft_model::principal::Principal;
use weft_model::product::Product;
use weft_model::version::Version;

use super::mesh::{
    Labelled, Mesh, NOW, ana, ask, keep_last, port, product, product_at, record, role, rule_of, text, typed,
};
use crate::set::{Compiled, PolicySet};

fn shown(mesh: &Mesh, product: &str, column: &str) -> String {
    mesh.column(&ana(&["r"]), product, column).to_string()
}

fn two(left: Product, right: Product, rules: &str) -> Mesh {
    Mesh::new(rules).product(left).product(right)
}

#[test]
fn the_strictest_of_all_contracts_counts_for_one_physical_column() {
    let hr = product_at(
        "hr.people",
        "s3://lake/people",
        vec![text("mail").class("restricted").physical("email"), text("x").class("public")],
        vec![role("r")],
    );
    let copy = product_at(
        "crm.people",
        "s3://lake//people/",
        vec![text("contact").class("public").physical("email"), text("x").class("public")],
        vec![role("r")],
    );
    let mesh = two(hr, copy, "  []");
    assert_eq!(shown(&mesh, "crm.people", "contact"), "hidden");
    assert_eq!(shown(&mesh, "crm.people", "x"), "clear");
}

#[test]
fn a_product_around_or_inside_another_shares_its_columns() {
    for location in ["s3://lake", "s3://lake/hr/people/part=1", "s3a://lake/hr/people"] {
        let hr = product_at(
            "hr.people",
            "s3://lake/hr/people",
            vec![text("email").class("restricted"), text("x").class("public")],
            vec![role("r")],
        );
        let thief = product_at("crm.all", location, vec![text("email").class("public")], vec![role("r")]);
        let mesh = two(hr, thief, "  []");
        assert!(!mesh.ask(&ana(&["r"]), "crm.all").readable(), "{location}");
    }
    let hr = product_at(
        "hr.people",
        "s3://lake/hr/people",
        vec![text("email").class("restricted"), text("x").class("public")],
        vec![role("r")],
    );
    let sibling = product_at("crm.all", "s3://lake/hr/people2", vec![text("email").class("public")], vec![role("r")]);
    assert!(two(hr, sibling, "  []").ask(&ana(&["r"]), "crm.all").readable());
}

#[test]
fn field_ids_are_names_too() {
    let column = |name: &str, class: &str| Column { field_id: Some(7), ..text(name).class(class) };
    let old = product_at(
        "a.p",
        "s3://lake/p",
        vec![column("old_name", "restricted"), text("x").class("public")],
        vec![role("r")],
    );
    let new = product_at(
        "a.q",
        "s3://lake/p",
        vec![column("new_name", "public"), text("x").class("public")],
        vec![role("r")],
    );
    assert_eq!(shown(&two(old, new, "  []"), "a.q", "new_name"), "hidden");
}

#[test]
fn an_old_version_takes_the_label_of_a_new_one() {
    let mut orders = product_at(
        "a.p",
        "s3://lake/p",
        vec![text("email").class("internal"), text("x").class("public")],
        vec![role("r")],
    );
    let columns = vec![text("email").class("restricted").tag("pii:email"), text("x").class("public")];
    orders.ports.push(port("p", Version::new(2, 0, 0), "s3://lake/p", columns, vec![role("r")]));
    let mesh = Mesh::new("  []").product(orders);
    assert_eq!(shown(&mesh, "a.p", "email"), "hidden");
}

#[test]
fn nested_fields_are_physical_columns_too() {
    let fields = |class: &str| vec![record("a", vec![text("b").class(class), text("c").class("public")])];
    let left = product_at("a.p", "s3://lake/p", fields("restricted"), vec![role("r")]);
    let right = product_at("b.p", "s3://lake/p", fields("public"), vec![role("r")]);
    assert_eq!(shown(&two(left, right, "  []"), "b.p", "a"), "{b: hidden, c: clear}");
}

#[test]
fn a_nested_field_sheds_no_label_by_a_name_of_its_own() {
    let left = vec![record("a", vec![text("b").class("restricted"), text("c").class("public")])];
    let other = Column { physical_name: "b".into(), ..text("zzz").class("public") };
    // What is read as `zzz` is no `b`, whatever it is served as.
    let elsewhere = Column { physical_name: "zzz".into(), ..text("b").class("public") };
    let right = vec![record("a", vec![other, elsewhere, text("c").class("public")])];
    let left = product_at("a.p", "s3://lake/p", left, vec![role("r")]);
    let right = product_at("b.p", "s3://lake/p", right, vec![role("r")]);
    assert_eq!(shown(&two(left, right, "  []"), "b.p", "a"), "{zzz: hidden, b: clear, c: clear}");
}

#[test]
fn elements_keys_and_values_shed_no_label_by_a_name() {
    let secret = || text("item").class("restricted");
    let named = || Column { physical_name: "zzz".into(), ..text("item").class("public") };
    let list = |name: &str, item: Column| Column {
        children: vec![item],
        ..Column::new(name, DataType::List(Arc::new(text("item").field())))
    };
    let map = |name: &str, key: Column, value: Column| {
        let entries = Field::new("entries", DataType::Struct(vec![key.field(), value.field()].into()), false);
        Column { children: vec![key, value], ..Column::new(name, DataType::Map(Arc::new(entries), false)) }
    };
    let other = |column: Column| Column { physical_name: "a".into(), ..column };
    let see = |left: Column, right: Column| {
        let rest = || text("c").class("public");
        let left = product_at("a.p", "s3://lake/p", vec![left, rest()], vec![role("r")]);
        let right = product_at("b.p", "s3://lake/p", vec![right, rest()], vec![role("r")]);
        shown(&two(left, right, "  []"), "b.p", "x")
    };
    assert_eq!(see(list("a", secret()), other(list("x", named()))), "hidden");
    assert_eq!(see(list("a", list("item", secret())), other(list("x", list("item", named())))), "hidden");
    let key = || text("key").class("public");
    assert_eq!(see(map("a", key(), secret()), other(map("x", key(), named()))), "hidden");
    // Whole on one side, in parts on the other.
    let whole = |name: &str, class: &str| Column::new(name, list("a", secret()).data_type).class(class);
    assert_eq!(see(whole("a", "restricted"), other(list("x", named()))), "hidden");
    assert_eq!(see(list("a", secret()), other(whole("x", "public"))), "hidden");
    assert_eq!(see(list("a", text("item").class("public")), other(list("x", named()))), "clear");
}

#[test]
fn tags_are_joined_and_foreign_ones_open_nothing() {
    let rules = "  - {id: m, match: {tag: \"pii:*\"}, mask: {action: email_domain}}
  - {id: c, match: {tag: \"open:*\"}, to: {users: ana}, clear: true}\n";
    let own = product_at(
        "a.p",
        "s3://lake/p",
        vec![text("x").class("restricted"), text("y").class("public")],
        vec![role("r")],
    );
    let foreign = product_at(
        "b.p",
        "s3://lake/p",
        vec![text("x").class("public").tag("pii:x").tag("open:x"), text("y").class("public")],
        vec![role("r")],
    );
    let mesh = two(own, foreign, rules);
    assert_eq!(shown(&mesh, "a.p", "x"), "masked as email_domain", "another domain's tag closes, and does not open");
    assert_eq!(shown(&mesh, "b.p", "x"), "clear", "the board clears by the product's own tag");
}

#[test]
fn another_domain_does_not_classify_what_the_own_domain_left_open() {
    let own = || product_at("a.p", "s3://lake/p", vec![text("x"), text("y").class("public")], vec![role("r")]);
    let foreign = |class: &str| {
        product_at("b.p", "s3://lake/p", vec![text("x").class(class), text("y").class("public")], vec![role("r")])
    };
    assert_eq!(shown(&two(own(), foreign("public"), "  []"), "a.p", "x"), "hidden");
    let same_domain = product_at("a.q", "s3://lake/p", vec![text("x").class("public")], vec![role("r")]);
    assert_eq!(shown(&two(own(), same_domain, "  []"), "a.p", "x"), "clear");
}

#[test]
fn the_board_raises_labels_by_name_path_type_and_location() {
    let rules = "  - {id: n, match: {column: \"*email*\"}, classify: {atLeast: confidential, tag: \"pii:email\"}}
  - {id: p, match: {column: address.zip}, classify: {atLeast: restricted}}
  - {id: t, match: {type: \"binary*\"}, classify: {atLeast: restricted}}
  - {id: l, match: {location: \"s3://lake/raw/*\"}, classify: {atLeast: confidential}}
  - {id: chain, match: {tag: \"pii:*\"}, classify: {tag: gdpr}}
  - {id: m, match: {tag: gdpr}, mask: {action: email_domain}}\n";
    let columns = vec![
        text("Work_Email").class("public"),
        text("contact").class("public").physical("email_2"),
        record("address", vec![text("zip").class("public"), text("city").class("public")]),
        typed("photo", DataType::Binary).class("public"),
        text("x").class("public"),
        text("email_unlabelled"),
    ];
    let mesh = Mesh::new(rules).product(product("a.p", columns, vec![role("r")])).product(product_at(
        "a.raw",
        "s3://Lake/raw/events",
        vec![text("x").class("public")],
        vec![role("r")],
    ));
    assert_eq!(mesh.findings(), Vec::<String>::new());
    assert_eq!(shown(&mesh, "a.p", "Work_Email"), "masked as email_domain");
    assert_eq!(shown(&mesh, "a.p", "contact"), "masked as email_domain", "the name in the files counts");
    assert_eq!(shown(&mesh, "a.p", "address"), "{zip: hidden, city: clear}");
    assert_eq!(shown(&mesh, "a.p", "photo"), "hidden");
    assert_eq!(shown(&mesh, "a.p", "x"), "clear");
    assert_eq!(shown(&mesh, "a.p", "email_unlabelled"), "masked as email_domain");
    assert_eq!(shown(&mesh, "a.raw", "x"), "masked as null");
}

#[test]
fn a_floor_never_lowers_and_a_raised_copy_raises_the_other() {
    let rules = "  - {id: n, match: {product: \"a.*\"}, classify: {atLeast: confidential}}\n";
    let left = product_at(
        "a.p",
        "s3://lake/p",
        vec![text("x").class("restricted"), text("y").class("public"), text("z").class("public")],
        vec![role("r")],
    );
    let right = product_at("b.p", "s3://lake/p", vec![text("y").class("public")], vec![role("r")]);
    let mesh = two(left, right, rules);
    assert_eq!(shown(&mesh, "a.p", "x"), "hidden");
    assert_eq!(shown(&mesh, "a.p", "y"), "masked as null");
    assert_eq!(shown(&mesh, "b.p", "y"), "masked as null");
}

#[test]
fn a_word_off_the_ladder_is_the_strictest() {
    let mesh = Mesh::new("  []").product(product(
        "a.p",
        vec![text("x").class("secret"), text("y").class("public")],
        vec![role("r")],
    ));
    assert_eq!(shown(&mesh, "a.p", "x"), "hidden");
    assert_eq!(
        mesh.findings(),
        [
            ": warning[POL-012]: classification `secret` of column `x` is not on the board's ladder\n  hint: It counts as the \
          strictest; the ladder is: public, internal, confidential, restricted."
        ]
    );
}

#[test]
fn two_columns_over_one_physical_column_are_disguised_alike() {
    let first = |keep_first| Mask::Partial { keep_first, keep_last: 0, character: '*', min_hidden: 4 };
    let columns = vec![
        text("a").class("confidential").physical("card").mask(first(4)),
        text("b").class("confidential").physical("card").mask(keep_last(4)),
        text("c").class("public").physical("ssn"),
        text("ssn").class("restricted"),
        text("d").class("public").physical("phone"),
        text("x").class("public"),
    ];
    let rules = "  - {id: m, match: {column: phone}, mask: {action: show_last_4}}\n";
    let mesh = Mesh::new(rules).product(product("a.p", columns, vec![role("r")]));
    let nothing_kept = "masked as partial(keep_first 0, keep_last 0, '*', min_hidden 4)";
    assert_eq!(shown(&mesh, "a.p", "a"), nothing_kept);
    assert_eq!(shown(&mesh, "a.p", "b"), nothing_kept);
    assert_eq!(shown(&mesh, "a.p", "c"), "hidden");
    assert_eq!(shown(&mesh, "a.p", "d"), "masked as show_last_4", "a rule that closes knows the name in the files");
    assert_eq!(shown(&mesh, "a.p", "x"), "clear");
}

/// One generation after another of a mesh.
struct History {
    rules: &'static str,
    set: Option<Compiled>,
    products: Vec<Arc<Product>>,
}

impl History {
    fn new() -> Self {
        Self { rules: "", set: None, products: Vec::new() }
    }

    fn then(mut self, lowered: &str, products: Vec<Product>) -> Self {
        let board = format!("{}lowered:\n{lowered}\nrules: []\n{}", super::mesh::LADDER, self.rules);
        let mesh = Mesh::default().board(&board);
        self.products = products.into_iter().map(Arc::new).collect();
        let before = self.set.as_ref().map(|compiled| &compiled.set);
        let compiled = PolicySet::compile_after(before, &mesh.sources, &self.products);
        assert!(compiled.board_valid, "{:?}", compiled.findings);
        self.set = Some(compiled);
        self
    }

    fn shown_at(&self, now: i64, product: &str, column: &str) -> String {
        let who: &Principal = &ana(&["r"]);
        rule_of(&ask(&self.set.as_ref().unwrap().set, &self.products, who, None, now, product), column).to_string()
    }

    fn shown(&self, column: &str) -> String {
        self.shown_at(NOW, "a.p", column)
    }

    fn findings(&self) -> Vec<String> {
        self.set.as_ref().unwrap().findings.iter().map(ToString::to_string).collect()
    }
}

fn p(columns: Vec<Column>) -> Vec<Product> {
    let mut columns = columns;
    columns.push(text("rest").class("public"));
    vec![product("a.p", columns, vec![role("r")])]
}

#[test]
fn lowering_a_label_takes_the_board() {
    let before = || p(vec![text("x").class("restricted")]);
    let after = || p(vec![text("x").class("public")]);
    let kept = History::new().then("  []", before()).then("  []", after());
    assert_eq!(kept.shown("x"), "hidden");
    assert_eq!(
        kept.findings(),
        [
            ": warning[POL-013]: column `x` of `a.p` is now `public` and was `restricted`; the old label stays\n  hint: A label \
          falls when the board lists it: `lowered: [{product: a.p, column: x, to: public}]`."
        ]
    );
    let still = kept.then("  []", after()).then("  []", after());
    assert_eq!(still.shown("x"), "hidden", "not once, but until the board speaks");
    let listed = still.then("  - {product: a.p, column: x, to: public, reason: reviewed}", after());
    assert_eq!(listed.shown("x"), "clear");
    assert_eq!(listed.findings(), Vec::<String>::new());
    assert_eq!(listed.then("  []", after()).shown("x"), "clear", "once lowered, it is what it is");
}

#[test]
fn a_label_falls_as_far_as_the_board_says() {
    let history = History::new()
        .then("  []", p(vec![text("x").class("restricted")]))
        .then("  - {product: a.p, column: x, to: confidential}", p(vec![text("x").class("public")]));
    assert_eq!(history.shown("x"), "masked as null");
    let other = History::new().then("  []", p(vec![text("x").class("restricted")])).then(
        "  - {product: a.p, column: y, to: public}\n  - {product: b.p, column: x, to: public}",
        p(vec![text("x").class("public")]),
    );
    assert_eq!(other.shown("x"), "hidden", "the entry names another column");
}

#[test]
fn raising_and_classifying_need_nobody() {
    let history = History::new()
        .then("  []", p(vec![text("x").class("public"), text("y")]))
        .then("  []", p(vec![text("x").class("confidential"), text("y").class("public")]));
    assert_eq!(history.shown("x"), "masked as null");
    assert_eq!(history.shown("y"), "clear");
    assert_eq!(history.findings(), Vec::<String>::new());
}

#[test]
fn taking_a_classification_or_a_tag_away_is_lowering() {
    let history = History::new()
        .then("  []", p(vec![text("x").class("confidential").tag("pii:x")]))
        .then("  []", p(vec![text("x")]));
    assert_eq!(history.shown("x"), "masked as null");
    let tag = History::new()
        .then("  []", p(vec![text("x").class("public").tag("pii:x")]))
        .then("  []", p(vec![text("x").class("public")]));
    assert_eq!(
        tag.findings(),
        [
            ": warning[POL-013]: column `x` of `a.p` no longer carries the tag `pii:x`; the tag stays\n  hint: A label falls \
          when the board lists it: `lowered: [{product: a.p, column: x, to: public}]`."
        ]
    );
}

#[test]
fn renaming_or_removing_for_a_while_lowers_nothing() {
    let renamed = History::new()
        .then("  []", p(vec![text("x").class("restricted")]))
        .then("  []", p(vec![text("z").class("public").physical("x")]));
    assert_eq!(renamed.shown("z"), "hidden");
    let back = History::new()
        .then("  []", p(vec![text("x").class("restricted")]))
        .then("  []", p(vec![text("other").class("public")]))
        .then("  []", p(vec![text("x").class("public")]));
    assert_eq!(back.shown("x"), "hidden");
    let product_back = History::new()
        .then("  []", p(vec![text("x").class("restricted")]))
        .then("  []", Vec::new())
        .then("  []", Vec::new())
        .then("  []", p(vec![text("x").class("public")]));
    assert_eq!(product_back.shown("x"), "hidden");
    let elsewhere = History::new().then("  []", p(vec![text("x").class("restricted")])).then(
        "  []",
        vec![product_at(
            "b.q",
            "s3://lake/a/p",
            vec![text("x").class("public"), text("y").class("public")],
            vec![role("r")],
        )],
    );
    assert_eq!(elsewhere.shown_at(NOW, "b.q", "x"), "hidden", "the same data under another product");
}

#[test]
fn a_label_lowered_for_a_while_comes_back() {
    let midnight = NOW + 12 * 3600;
    let entry = "  - {product: a.p, column: x, to: public, until: 2026-06-15}";
    let history = History::new()
        .then("  []", p(vec![text("x").class("restricted")]))
        .then(entry, p(vec![text("x").class("public")]));
    assert_eq!(history.shown("x"), "clear");
    assert_eq!(history.shown_at(midnight, "a.p", "x"), "hidden");
    let decision = ask(&history.set.as_ref().unwrap().set, &history.products, &ana(&["r"]), None, NOW, "a.p");
    assert_eq!(decision.valid_until(), Some(midnight));
    let gone = history.then("  []", p(vec![text("x").class("public")]));
    assert_eq!(gone.shown("x"), "hidden");
}

#[test]
fn entries_of_lowered_are_checked() {
    let board = format!(
        "{}lowered:\n  - {{product: a.p, column: \"*\", to: public}}\n  - {{product: p, column: x, to: open}}\n  - {{column: x}}\n",
        super::mesh::LADDER
    );
    let mesh = Mesh::default().board(&board);
    assert!(!mesh.compiled().board_valid);
    let messages: Vec<&str> = mesh.compiled().findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "an entry of `lowered` names one column, without `*`",
            "an entry of `lowered` names its product as `domain.product`",
            "an entry of `lowered` lacks `product`",
            "an entry of `lowered` lacks `to`",
        ]
    );
}
