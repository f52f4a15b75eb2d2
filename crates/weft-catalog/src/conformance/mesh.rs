//! A small mesh, as texts: what the suite loads, changes and breaks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Files of a mesh: path and text.
pub type Files = BTreeMap<String, String>;

/// The least policy of a board.
pub const BOARD: &str = "apiVersion: weft/v1
kind: Policy
classifications: [public, internal, confidential, restricted]
defaults: {public: clear, internal: clear, confidential: mask, restricted: hide, unclassified: hide}
delegate: confidential
rules:
  - {id: staff, match: {product: \"*\"}, to: {groups: [staff]}, allow: read}
";

/// A policy of a domain that takes something away.
pub const DOMAIN_POLICY: &str = "apiVersion: weft/v1
kind: Policy
rules:
  - {id: no-interns, match: {product: \"orders.*\"}, to: {groups: [interns]}, deny: true}
";

/// One output port of a product file.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a> {
    /// The port's name.
    pub name: &'a str,
    /// Its version; the contract is `<domain>/<product>/<port>/<version>`.
    pub version: &'a str,
    /// Further lines, each a whole property such as `deprecated: true`.
    pub more: &'a [&'a str],
}

/// A port without anything special.
#[must_use]
pub fn port<'a>(name: &'a str, version: &'a str) -> Port<'a> {
    Port { name, version, more: &[] }
}

/// A product file.
#[must_use]
pub fn product(domain: &str, name: &str, ports: &[Port<'_>], more: &[&str]) -> String {
    let mut text = format!(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: dp:{domain}:{name}\nname: {name}\nversion: 1.0.0\nstatus: active\n\
         domain: {domain}\nteam:\n  name: {domain}-team\n"
    );
    for line in more {
        let _ = writeln!(text, "{line}");
    }
    text.push_str("outputPorts:\n");
    for port in ports {
        let _ = write!(
            text,
            "  - name: {0}\n    version: {1}\n    type: tables\n    contractId: {domain}/{name}/{0}/{1}\n",
            port.name, port.version
        );
        for line in port.more {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

/// A contract file for one port version, with one table per name.
#[must_use]
pub fn contract(domain: &str, product: &str, port: &str, version: &str, status: &str, objects: &[&str]) -> String {
    let mut text = format!(
        "apiVersion: v3.2.0\nkind: DataContract\nid: {domain}/{product}/{port}/{version}\nversion: {version}\n\
         status: {status}\ndomain: {domain}\nservers:\n  - server: prod\n    type: local\n    environment: prod\n    \
         path: data/{domain}/{product}/{version}/{{model}}\n    format: parquet\nschema:\n"
    );
    for object in objects {
        let _ = write!(
            text,
            "  - name: {object}\n    logicalType: object\n    properties:\n      - name: id\n        logicalType: integer\n        \
             physicalType: bigint\n        classification: public\n"
        );
    }
    text
}

/// A mesh with one product in two majors and one product of another domain.
#[must_use]
pub fn mesh() -> Files {
    let mut files = Files::new();
    let mut put = |path: &str, text: String| files.insert(path.to_owned(), text);
    put("users.yaml", "users: []\n".to_owned());
    put("_governance/board.policy.yaml", BOARD.to_owned());
    put("orders/domain.yaml", "title: Orders\nowner: order-squad\nkind: source-aligned\n".to_owned());
    put("orders/policy.yaml", DOMAIN_POLICY.to_owned());
    let old = Port {
        more: &["deprecated: true", "customProperties:", "  - {property: sunset, value: \"2027-03-31\", vendor: weft}"],
        ..port("orders", "1.4.2")
    };
    put("orders/orders/orders.odps.yaml", product("orders", "orders", &[port("orders", "2.1.0"), old], &[]));
    put(
        "orders/orders/orders-v2.odcs.yaml",
        contract("orders", "orders", "orders", "2.1.0", "active", &["orders", "order_items"]),
    );
    put("orders/orders/orders-v1.odcs.yaml", contract("orders", "orders", "orders", "1.4.2", "active", &["orders"]));
    put("customers/profiles/profiles.odps.yaml", product("customers", "profiles", &[port("profiles", "1.0.0")], &[]));
    put(
        "customers/profiles/profiles-v1.odcs.yaml",
        contract("customers", "profiles", "profiles", "1.0.0", "active", &["profiles"]),
    );
    files
}
