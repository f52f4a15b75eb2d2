//! Broken policy never opens anything.

use std::collections::BTreeSet;

use weft_model::name::DomainName;
use weft_model::product::Product;

use super::mesh::{DOMAIN, LADDER, Labelled, Mesh, ana, product, role, text};

fn orders() -> Product {
    product(
        "orders.orders",
        vec![text("x").class("public"), text("email").class("public").tag("pii:e")],
        vec![role("r")],
    )
}

fn hr() -> Product {
    product("hr.salaries", vec![text("x").class("public")], vec![role("r")])
}

/// The complaint about a board with these rules, which must close everything.
fn board(rules: &str) -> String {
    let mesh = Mesh::new(rules).product(orders());
    assert!(!mesh.compiled().board_valid, "{rules}");
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
    mesh.findings().join("\n").replace("_governance/board.policy.yaml:", "")
}

/// What is left of `orders.orders` with these rules of its domain, and the complaint.
fn domain(rules: &str) -> (String, String) {
    let mesh = Mesh::new("  []").domain("orders", rules).product(orders()).product(hr());
    assert!(mesh.ask(&ana(&["r"]), "hr.salaries").readable(), "another domain is not touched");
    let decision = mesh.ask(&ana(&["r"]), "orders.orders");
    let shown: Vec<String> =
        decision.columns().iter().map(|column| format!("{} {}", column.name(), column.rule())).collect();
    let shown = if decision.readable() { shown.join(", ") } else { "closed".to_owned() };
    (shown, mesh.findings().join("\n").replace("orders/policy.yaml:", ""))
}

#[test]
fn without_a_board_nothing_is_readable() {
    let mesh = Mesh::default().product(orders());
    assert!(!mesh.compiled().board_valid);
    assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable());
    assert_eq!(
        mesh.findings(),
        [": error[POL-003]: the mesh has no board policy\n  hint: Write `_governance/board.policy.yaml` with \
          `classifications`, `defaults` and `rules`."]
    );
}

#[test]
fn without_a_ladder_the_board_is_not_valid() {
    let mesh = Mesh::default().board(&format!("{DOMAIN}rules: []\n")).product(orders());
    assert!(!mesh.compiled().board_valid);
    assert_eq!(
        mesh.findings(),
        [
            "_governance/board.policy.yaml: error[POL-003]: no board file has a ladder of classifications\n  hint: Write \
          `classifications: [public, internal, confidential, restricted]` and `defaults`."
        ]
    );
}

#[test]
fn exactly_one_board_file_carries_the_ladder() {
    let rules_only =
        format!("{DOMAIN}rules:\n  - {{id: open, match: {{product: \"*\"}}, to: {{users: ana}}, allow: read}}\n");
    let two = Mesh::default().board(&rules_only).board(LADDER).product(orders());
    assert!(two.compiled().board_valid, "{:?}", two.findings());
    assert!(two.ask(&ana(&[]), "orders.orders").readable());
    let doubled = Mesh::default().board(LADDER).board(LADDER).product(orders());
    assert!(!doubled.compiled().board_valid);
    assert_eq!(
        doubled.findings(),
        ["_governance/board.policy.yaml:1:1: error[POL-003]: `_governance/board.policy.yaml` has a ladder of \
          classifications already\n  hint: Keep ladder, defaults and delegate in one board file."]
    );
}

#[test]
fn the_ladder_is_checked() {
    let text = "apiVersion: weft/v1
kind: Policy
classifications: [public, Public, unclassified, secret]
defaults: {public: open, top: hide}
delegate: high
";
    let mesh = Mesh::default().board(text).product(orders());
    assert_eq!(
        mesh.findings().iter().map(|finding| finding.replace("_governance/board.policy.yaml:", "")).collect::<Vec<_>>(),
        [
            "3:27: error[POL-003]: `Public` stands twice on the ladder",
            "3:35: error[POL-003]: `unclassified` is the word for columns without a classification",
            "3:18: warning[POL-003]: `secret` has no default and is hidden\n  hint: Say what happens to its columns: \
             clear, mask or hide.",
            "4:20: error[POL-003]: the default of `public` is none of clear, mask, hide",
            "4:26: error[POL-003]: `top` is no classification of the ladder",
            "5:11: error[POL-003]: `delegate` is no classification: `high`",
        ]
        .into_iter()
        .map(str::to_owned)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn every_complaint_about_a_board_is_reported_at_once() {
    let found = board(
        "  - {id: a, match: {prodct: \"*\"}, deny: true}
  - {match: {product: orders}, hide: true}
  - {id: c, match: {product: \"*\"}, to: {grups: [x]}, deny: true, mask: {action: \"null\"}}
  - {id: d, match: {product: \"*\"}, mask: {action: hash, salt: x}}
  - {id: e, match: {classification: secret}, hide: yes}
  - {id: f, match: {product: \"*\"}, deny: true, expires: 2027-01-01, rows: \"x = 'y'\"}
  - {id: g, match: {product: \"*\"}, to: {}, allow: write}
  - {id: h, match: {product: []}, restrict: \"x =\"}
  - {id: i, match: {}, clear: false, to: {users: 7}}
  - {id: j, match: {product: \"*\"}}
  - {id: k, match: {column: x}, to: {users: ana}, allow: read}
  - {id: l, match: {product: \"*\"}, classify: {atLeast: high, tags: x}}
  - {id: m, match: {product: \"*\"}, to: {users: ana}, allow: read, expires: tomorrow, where_present: true}\n",
    );
    let first_lines: Vec<&str> = found.lines().filter(|line| !line.starts_with("  hint")).collect();
    assert_eq!(
        first_lines,
        [
            "7:21: error[POL-005]: `match` has no key `prodct`",
            "8:5: error[POL-002]: a rule lacks `id`",
            "8:23: error[POL-005]: `orders` names no product",
            "9:5: error[POL-004]: a rule has 2 effects: deny, mask",
            "9:41: error[POL-006]: `to` has no key `grups`",
            "10:42: error[POL-010]: the mask is not valid: unknown variant `hash`, expected one of `null`, `constant`, \
             `partial`, `email_domain`, `truncate`, `bucket`, `round`, `ip_prefix`, `token`, `mask_alphanum`, \
             `show_first_4`, `show_last_4`, `replace_with_null`, `mask_to_fixed_value`, `truncate_to_year`, \
             `truncate_to_month`, `sha_256_global`, `sha_256_query_local`",
            "11:37: error[POL-012]: `secret` is no classification of the board",
            "11:52: error[POL-004]: `hide` takes `true`",
            "12:5: error[POL-004]: `rows` stands only beside `allow` or `clear`",
            "12:57: error[POL-004]: `expires` stands only beside `allow` or `clear`",
            "13:40: error[POL-006]: `to` names nobody",
            "13:51: error[POL-004]: `allow` takes `read` or `history`",
            "14:30: error[POL-005]: `product` is an empty list",
            "14:45: error[POL-007]: the predicate does not parse: expected: an expression, found: eof",
            "15:20: error[POL-005]: `match` is empty",
            "15:31: error[POL-004]: `clear` takes `true`",
            "15:50: error[POL-006]: `users` takes a text or a list of texts, not a number",
            "16:5: error[POL-004]: a rule has no effect",
            "17:5: error[POL-005]: `allow` opens a product, not a column",
            "18:56: error[POL-012]: `high` is no classification of the board",
            "18:62: error[POL-004]: `classify` has no key `tags`",
            "19:76: error[POL-004]: `expires` takes a date",
            "19:101: error[POL-004]: `where_present` stands only beside `restrict`",
        ]
    );
    assert!(found.contains("hint: Did you mean `product`?"));
    assert!(found.contains("hint: Did you mean `groups`?"));
    assert!(found.contains("hint: Did you mean `tag`?"));
}

#[test]
fn a_domains_broken_file_breaks_that_domains_products() {
    for file in [
        "rules: [",
        "",
        "- a",
        "apiVersion: weft/v2\nkind: Policy\n",
        "kind: Policy\n",
        "apiVersion: weft/v1\nkind: Policy\nrulez: []\n",
        "apiVersion: weft/v1\nkind: Policy\nrules: 7\n",
        "apiVersion: weft/v1\nkind: Policy\nrules: [7]\n",
        "apiVersion: weft/v1\nkind: Policy\nclassifications: [public]\n",
        "apiVersion: weft/v1\nkind: Policy\napiVersion: weft/v1\n",
        "apiVersion: weft/v1\nkind: Policy\n---\nrules: []\n",
    ] {
        let mesh = Mesh::new("  []").domain_file("orders", file).product(orders()).product(hr());
        let compiled = mesh.compiled();
        assert!(compiled.board_valid, "{file}");
        assert_eq!(compiled.broken_domains, BTreeSet::from([DomainName::new("orders")]), "{file}");
        assert!(!mesh.findings().is_empty(), "{file}");
        assert!(!mesh.ask(&ana(&["r"]), "orders.orders").readable(), "{file}");
        assert!(mesh.ask(&ana(&["r"]), "hr.salaries").readable(), "{file}");
    }
}

#[test]
fn an_empty_list_of_rules_is_a_policy() {
    let mesh = Mesh::new("  []").domain_file("orders", "apiVersion: weft/v1\nkind: Policy\nrules:\n").product(orders());
    assert_eq!(mesh.findings(), Vec::<String>::new());
    assert!(mesh.ask(&ana(&["r"]), "orders.orders").readable());
}

#[test]
fn a_domain_names_its_own_products_only() {
    for (rule, shown) in [
        ("  - {id: a, match: {product: \"hr.*\"}, to: {users: ana}, allow: read}\n", "x clear, email clear"),
        ("  - {id: a, match: {product: hr.salaries}, deny: true}\n", "closed"),
    ] {
        let (left, findings) = domain(rule);
        assert_eq!(left, shown, "{rule}");
        assert!(findings.contains("error[POL-005]: a rule of domain `orders` may not speak of `hr."), "{findings}");
    }
    let star = Mesh::new("  []")
        .domain("orders", "  - {id: a, match: {product: \"*\"}, deny: true}\n")
        .product(orders())
        .product(hr());
    assert!(!star.ask(&ana(&["r"]), "orders.orders").readable());
    assert!(star.ask(&ana(&["r"]), "hr.salaries").readable());
    let no_product = Mesh::new("  []")
        .domain("orders", "  - {id: a, match: {column: x}, hide: true}\n")
        .product(orders())
        .product(hr());
    assert!(no_product.ask(&ana(&["r"]), "hr.salaries").readable(), "a rule without `product` stays in its domain too");
}

#[test]
fn an_invalid_grant_is_void() {
    let (left, findings) = domain("  - {id: a, match: {column: email}, to: {users: ana}, clear: true, rowz: x}\n");
    assert_eq!(left, "x clear, email clear");
    assert_eq!(findings, "4:68: error[POL-004]: a rule has no key `rowz`\n  hint: Did you mean `rows`?");
    let mesh = Mesh::new("  []")
        .domain("d", "  - {id: a, match: {product: \"*\"}, to: {user: ana}, allow: read}\n")
        .product(product("d.p", vec![text("x").class("public")], Vec::new()));
    assert!(!mesh.ask(&ana(&[]), "d.p").readable());
}

#[test]
fn an_invalid_tightening_closes_what_it_could_match() {
    for (rule, shown) in [
        ("{id: a, match: {product: orders}, restrict: \"x = \"}", "closed"),
        ("{id: a, match: {product: orders}, restrict: \"x = 7\"}", "closed"),
        ("{id: a, match: {product: other}, restrict: \"x = \"}", "x clear, email clear"),
        ("{id: a, match: {prodct: other}, restrict: \"x = 'y'\"}", "closed"),
        ("{id: a, match: {column: email}, mask: {action: hash}}", "x clear, email hidden"),
        ("{id: a, match: {tag: \"pii:*\"}, hide: maybe}", "x clear, email hidden"),
        ("{id: a, match: {colum: email}, mask: {action: email_domain}}", "closed"),
        ("{id: a, match: {column: email}, mask: {action: \"null\"}, hide: true}", "x clear, email hidden"),
        ("{id: a, match: {column: email}, mask: {action: \"null\"}, to: {group: x}}", "x clear, email hidden"),
        ("{id: a, match: {column: email}, mask: {action: hash}, to: {groups: [x]}}", "x clear, email clear"),
        ("{id: a, match: {column: email}, mask: {action: hash}, to: {groups: [r]}}", "x clear, email hidden"),
        ("{id: a, match: {product: orders}, deny: true, expires: 2020-01-01}", "closed"),
        ("{id: a, match: {product: orders}}", "closed"),
        ("{id: a, match: {product: orders}, denny: true}", "closed"),
        ("{id: a, match: {product: orders}, allow: read, deny: true, to: {users: eva}}", "x clear, email clear"),
        ("{id: a, deny: true, to: {groups: [r]}}", "closed"),
        ("{id: a, match: {product: orders}, restrict: {rows_in: {column: x}}}", "closed"),
        ("{id: a, match: {column: email}, classify: {tag: x}}", "x clear, email clear"),
        ("7", "closed"),
    ] {
        let (left, findings) = domain(&format!("  - {rule}\n"));
        assert_eq!(left, shown, "{rule}");
        assert!(findings.contains("error["), "{rule}");
    }
}

#[test]
fn aggregate_is_not_available_and_closes() {
    let rule = "  - {id: agg, match: {product: \"hr.salaries\"}, aggregate: {min_group: 10, entity: employee_id}}\n";
    let mesh = Mesh::new(rule).product(orders()).product(hr());
    assert!(mesh.compiled().board_valid);
    assert_eq!(
        mesh.findings(),
        [
            "_governance/board.policy.yaml:7:59: error[POL-011]: `aggregate` is not available yet\n  hint: Until it is, the \
          products the rule matches are closed; remove the rule to open them."
        ]
    );
    assert!(!mesh.ask(&ana(&["r"]), "hr.salaries").readable());
    assert!(mesh.ask(&ana(&["r"]), "orders.orders").readable());
}

#[test]
fn two_rules_with_one_id_are_told() {
    let rules = "  - {id: a, match: {column: x}, hide: true}\n  - {id: a, match: {column: email}, hide: true}\n";
    let (left, findings) = domain(rules);
    assert_eq!(left, "closed");
    assert_eq!(
        findings,
        "5:5: warning[POL-014]: a rule with the id `a` stands in line 4 already\n  hint: Give every rule its own id; \
         receipts and explanations name rules by it."
    );
}

#[test]
fn anchors_and_depth_do_not_break_the_reader() {
    let mesh = Mesh::new("  []")
        .domain("orders", "  - &a {id: a, match: &m {column: x}, hide: true}\n  - {id: b, match: *m, hide: true}\n")
        .product(orders());
    assert_eq!(mesh.findings(), Vec::<String>::new());
    let bomb = format!("{DOMAIN}rules: {}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let mesh = Mesh::new("  []").domain_file("orders", &bomb).product(orders());
    assert!(mesh.compiled().broken_domains.contains(&DomainName::new("orders")));
}

#[test]
fn what_a_domain_makes_the_mesh_compare_is_bounded() {
    let stars = "*a".repeat(9);
    let (shown, said) =
        domain(&format!("  - {{id: open, match: {{column: \"{stars}\"}}, to: {{groups: [r]}}, clear: true}}\n"));
    assert!(said.contains("a pattern of `column` has more than 256 bytes or 8 stars"), "{said}");
    assert_eq!(shown, "x clear, email clear", "a rule that would have opened something is void");
    let (shown, _) = domain(&format!("  - {{id: shut, match: {{column: \"{stars}\"}}, hide: true}}\n"));
    assert_eq!(shown, "closed", "and one that would have closed something closes");
    let rules: String =
        (0..2_001).map(|at| format!("  - {{id: r{at}, match: {{product: \"*\"}}, hide: true}}\n")).collect();
    let (shown, said) = domain(&rules);
    assert!(said.contains("the file has more than 2000 rules"), "{said}");
    assert_eq!(shown, "closed");
}
