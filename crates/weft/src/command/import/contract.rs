//! The texts of a product and its contract.

use std::collections::BTreeSet;

use weft_model::contract::Contract;
use weft_model::name::NAME_BYTES_MAX;

use crate::cli::import::ImportArgs;

use super::spelling;
use super::source::Source;
use super::survey::{Survey, Surveyed};

/// What is to be written.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) domain: &'a str,
    pub(super) product: &'a str,
    /// Where the data lies.
    pub(super) source: &'a Source,
    pub(super) args: &'a ImportArgs,
    pub(super) survey: &'a Survey,
}

/// A text as a YAML scalar that is read back as it is.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{85}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The data product, with a port for a contract.
pub(super) fn product(draft: &Draft<'_>, contract: &Contract) -> String {
    let Draft { domain, product, .. } = draft;
    format!(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: {id}\nname: {name}\nversion: 1.0.0\nstatus: active\ntype: \
         sourceAligned\ndomain: {domain}\ndescription:\n  purpose: {purpose}\n\noutputPorts:\n  - name: {name}\n    id: \
         {port}\n    version: {version}\n    type: tables\n    contractId: {contract}\n",
        id = quoted(&format!("urn:weft:dp:{domain}:{product}")),
        name = quoted(product),
        domain = quoted(domain),
        purpose = quoted("Imported; say here what it is for."),
        port = quoted(&identifier(product)),
        version = contract.version,
        contract = quoted(&contract.id),
    )
}

fn contract_id(draft: &Draft<'_>) -> String {
    format!("urn:weft:dc:{}:{}:v1", draft.domain, draft.product)
}

/// An identifier as both standards allow it.
fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("t{plain}") }
}

/// The data contract.
pub(super) fn contract(draft: &Draft<'_>) -> String {
    let Draft { domain, product, args, survey, .. } = draft;
    let mut text = format!(
        "apiVersion: v3.2.0\nkind: DataContract\nid: {id}\nname: {name}\nversion: 1.0.0\nstatus: active\ndomain: \
         {domain}\ndescription:\n  purpose: {purpose}\n\n",
        id = quoted(&contract_id(draft)),
        name = quoted(product),
        domain = quoted(domain),
        purpose = quoted("Data as it was found; say here what it is for."),
    );
    text.push_str(&server(draft));
    text.push_str(&format!(
        "\nschema:\n  - name: {name}\n    physicalName: {table}\n    physicalType: table\n    logicalType: object\n    \
         properties:\n",
        name = quoted(product),
        table = quoted(draft.source.table().unwrap_or(product)),
    ));
    let mut ids = BTreeSet::new();
    for (at, column) in survey.columns.iter().enumerate() {
        text.push_str(&property(column, at + 1, draft, &mut ids));
    }
    let readers: BTreeSet<&String> = args.readers.iter().collect();
    if !readers.is_empty() {
        text.push_str("\nroles:\n");
        for role in readers {
            text.push_str(&format!("  - role: {}\n    access: read\n", quoted(role)));
        }
    }
    text
}

/// True for names that a column may have; others are read under their own name and served under another.
fn usable(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control)
}

fn server(draft: &Draft<'_>) -> String {
    use weft_model::contract::{Format, ServerKind};
    let location = match draft.source {
        Source::Location(location) => quoted(location),
        Source::Catalog { name, uri, warehouse, namespace, .. } => return catalog(name, uri, warehouse.as_deref(), namespace),
    };
    let mut own: Vec<(&str, &str)> = Vec::new();
    let (kind, key) = match draft.source.kind() {
        ServerKind::S3 => ("s3", "location"),
        ServerKind::Azure => ("azure", "location"),
        ServerKind::Gcs => {
            own.push(("customType", "gcs"));
            ("custom", "location")
        }
        ServerKind::Http => {
            own.push(("customType", "http"));
            ("custom", "location")
        }
        _ => ("local", "path"),
    };
    let format = draft.survey.format.as_str();
    let mut text = format!("servers:\n  - server: data\n    type: {kind}\n    {key}: {location}\n    format: {format}\n");
    let plain = draft.survey.format == Format::Parquet;
    if plain && draft.survey.columns.iter().any(|column| column.folder.is_some()) {
        own.push(("hivePartitioning", "true"));
    }
    if !own.is_empty() {
        text.push_str("    customProperties:\n");
        for (property, value) in own {
            text.push_str(&format!("      - {{property: {property}, value: {value}, vendor: weft}}\n"));
        }
    }
    text
}

/// A server that is a catalog.
fn catalog(name: &str, uri: &str, warehouse: Option<&str>, namespace: &str) -> String {
    let (name, uri, namespace) = (quoted(name), quoted(uri), quoted(namespace));
    let mut text = format!(
        "servers:\n  - server: data\n    type: iceberg\n    catalog: {name}\n    catalogUrl: {uri}\n    namespace: {namespace}\n"
    );
    if let Some(warehouse) = warehouse {
        text.push_str(&format!("    warehouse: {}\n", quoted(warehouse)));
    }
    text
}

fn property(column: &Surveyed, position: usize, draft: &Draft<'_>, ids: &mut BTreeSet<String>) -> String {
    let pad = "        ";
    let mut id = identifier(&column.name);
    while !ids.insert(id.clone()) {
        id.push_str("_2");
    }
    let mut text = format!("      - id: {}\n", quoted(&id));
    if usable(&column.name) {
        text.push_str(&format!("{pad}name: {}\n", quoted(&column.name)));
    } else {
        let physical = quoted(&column.name);
        text.push_str(&format!("{pad}name: column_{position}\n{pad}physicalName: {physical}\n"));
    }
    text.push_str(&spelling::lines(&column.data_type, column.uuid, pad.len()));
    if let Some(description) = &column.description {
        text.push_str(&format!("{pad}description: {}\n", quoted(description)));
    }
    if column.required {
        text.push_str(&format!("{pad}required: true\n"));
    }
    if let Some(position) = column.folder {
        text.push_str(&format!("{pad}partitioned: true\n{pad}partitionKeyPosition: {position}\n"));
    }
    if let Some(classification) = &draft.args.classification {
        text.push_str(&format!("{pad}classification: {}\n", quoted(classification)));
    }
    let tags: BTreeSet<&str> = column.proposals.iter().map(|proposal| proposal.tag).collect();
    if !tags.is_empty() {
        let tags: Vec<String> = tags.into_iter().map(quoted).collect();
        text.push_str(&format!("{pad}tags: [{}]\n", tags.join(", ")));
    }
    text
}
