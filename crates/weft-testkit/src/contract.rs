//! Product and contract files, written from a few lines.

use std::fmt::Write;

/// A product with one port, one contract and one table.
#[derive(Clone, Debug)]
pub struct ProductFiles {
    domain: String,
    name: String,
    server: String,
    columns: Vec<String>,
    roles: Vec<String>,
}

impl ProductFiles {
    /// A product whose data lies at `path`, relative to the root of the mesh.
    #[must_use]
    pub fn new(domain: &str, name: &str, path: &str) -> Self {
        let server = format!("type: local, path: \"{path}\", format: parquet");
        Self { domain: domain.into(), name: name.into(), server, columns: Vec::new(), roles: Vec::new() }
    }

    /// A product whose table a catalog knows by the product's name.
    #[must_use]
    pub fn catalogued(domain: &str, name: &str, url: &str, namespace: &str) -> Self {
        let server = format!("type: iceberg, catalog: told, catalogUrl: \"{url}\", namespace: {namespace}");
        Self { server, ..Self::new(domain, name, "") }
    }

    /// Data of another format than Parquet.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        self.server = self.server.replace("format: parquet", &format!("format: {format}"));
        self
    }

    /// Adds a column: logical type, physical type, classification, and further keys as YAML flow text (`tags: […]`).
    #[must_use]
    pub fn column(mut self, name: &str, types: (&str, &str), classification: &str, more: &str) -> Self {
        let comma = if more.is_empty() { "" } else { ", " };
        self.columns.push(format!(
            "      - {{name: {name}, logicalType: {}, physicalType: \"{}\", classification: {classification}{comma}{more}}}",
            types.0, types.1
        ));
        self
    }

    /// Adds a column by all of its keys, as YAML flow text without the braces.
    #[must_use]
    pub fn property(mut self, keys: &str) -> Self {
        self.columns.push(format!("      - {{{keys}}}"));
        self
    }

    /// Adds a role that reads, with further keys as YAML flow text.
    #[must_use]
    pub fn role(mut self, role: &str, more: &str) -> Self {
        let comma = if more.is_empty() { "" } else { ", " };
        self.roles.push(format!("  - {{role: {role}, access: read{comma}{more}}}"));
        self
    }

    /// The product file and the contract file: paths and texts.
    #[must_use]
    pub fn files(&self) -> [(String, String); 2] {
        let Self { domain, name, server, .. } = self;
        let product = format!(
            "apiVersion: v1.1.0\nkind: DataProduct\nid: urn:test:dp:{domain}:{name}\nname: {name}\nversion: 1.0.0\n\
             status: active\ndomain: {domain}\noutputPorts:\n  - {{name: {name}, version: 1.0.0, type: tables, \
             contractId: \"urn:test:dc:{domain}:{name}:v1\"}}\nteam: {{name: {domain}-team}}\n"
        );
        let mut contract = format!(
            "apiVersion: v3.2.0\nkind: DataContract\nid: urn:test:dc:{domain}:{name}:v1\nname: {name}\nversion: 1.0.0\n\
             status: active\ndomain: {domain}\nservers:\n  - {{server: local, {server}}}\nschema:\n  - name: {name}\n    physicalType: table\n    logicalType: object\n    properties:\n{}\n",
            self.columns.join("\n")
        );
        if !self.roles.is_empty() {
            let _ = writeln!(contract, "roles:\n{}", self.roles.join("\n"));
        }
        [
            (format!("{domain}/{name}/{name}.odps.yaml"), product),
            (format!("{domain}/{name}/{name}-v1.odcs.yaml"), contract),
        ]
    }
}
