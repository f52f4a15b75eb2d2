//! `to` and `except`.

use std::sync::Arc;

use crate::complaint::{Complaints, WHO};
use crate::glob::Glob;
use crate::read::keys::{Keys, texts};
use crate::who::Who;
use crate::yaml::{Kind, Node};

/// Reads `to` or `except`; `None` after a complaint.
pub(crate) fn who(node: &Node, key: &str, complaints: &mut Complaints) -> Option<Who> {
    let mark = complaints.mark();
    let known = ["users", "groups", "roles", "purpose", "attributes"];
    let keys = Keys::read(node, &format!("`{key}`"), &known, WHO, complaints)?;
    if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
        let hint = "Name users, groups, roles, a purpose or attributes; `users: \"*\"` means everybody.";
        complaints.error_hint(WHO, node.at, format!("`{key}` names nobody"), hint);
    }
    let mut globs = |name: &str| {
        let texts = texts(keys.get(name)?, name, WHO, complaints)?;
        Some(texts.into_iter().map(|(text, _)| Glob::new(text)).collect())
    };
    let mut who = Who {
        users: globs("users"),
        groups: globs("groups"),
        roles: globs("roles"),
        purpose: globs("purpose"),
        attributes: Vec::new(),
    };
    if let Some(node) = keys.get("attributes") {
        match &node.kind {
            Kind::Map(entries) if !entries.is_empty() => {
                for entry in entries {
                    if let Some(texts) = texts(&entry.value, &entry.key, WHO, complaints) {
                        let globs = texts.into_iter().map(|(text, _)| Glob::new(text)).collect();
                        who.attributes.push((Arc::from(entry.key.as_str()), globs));
                    }
                }
            }
            _ => complaints.kind(WHO, "attributes", "a map of names and values", node),
        }
    }
    (!complaints.failed_since(mark)).then_some(who)
}
