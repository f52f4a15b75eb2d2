//! `${NAME}` and `${NAME:-default}`: filled in inside `servers`, refused everywhere else.
//!
//! A value never leaves this module but in the text it was filled into; messages show the spelling in the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codes;
use crate::complaints::{Complaints, quote};
use crate::yaml::tree::{Mark, Node, Value};

/// Placeholders of quality queries, which look like variables and are none.
const QUERY_PLACEHOLDERS: [&str; 11] =
    ["object", "table", "model", "schema", "property", "column", "field", "dataset", "project", "catalog", "database"];

/// The longest text that variables are filled into, in bytes.
pub const FILLED_BYTES_MAX: usize = 16 * 1024;

/// Fills variables in inside `servers` and reports every other one.
pub fn fill(root: &mut Node, variables: &BTreeMap<String, String>, out: &mut Complaints) {
    let Value::Map(map) = &mut root.value else { return };
    for entry in &mut map.entries {
        if &*entry.key == "servers"
            && let Value::List(servers) = &mut entry.value.value
        {
            for server in servers {
                fill_server(server, variables, out);
            }
        } else {
            refuse(&entry.key, &entry.value, out);
        }
    }
}

fn fill_server(server: &mut Node, variables: &BTreeMap<String, String>, out: &mut Complaints) {
    let Value::Map(map) = &mut server.value else { return fill_node(server, variables, out) };
    for entry in &mut map.entries {
        // A server is named in messages, so its name may not come from a variable.
        if matches!(&*entry.key, "server" | "id") {
            refuse(&entry.key, &entry.value, out);
        } else {
            fill_node(&mut entry.value, variables, out);
        }
    }
}

fn fill_node(node: &mut Node, variables: &BTreeMap<String, String>, out: &mut Complaints) {
    let mark = node.mark;
    match &mut node.value {
        Value::Text(text) => {
            if let Some(filled) = filled(&text.value, mark, variables, out) {
                text.spelling = Some(std::mem::replace(&mut text.value, filled));
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| fill_node(item, variables, out)),
        Value::Map(map) => map.entries.iter_mut().for_each(|entry| fill_node(&mut entry.value, variables, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text with its variables filled in; `None` when it has none, or when one of them cannot be filled in.
fn filled(text: &str, mark: Mark, variables: &BTreeMap<String, String>, out: &mut Complaints) -> Option<Arc<str>> {
    let mut result = String::with_capacity(text.len());
    let (mut rest, mut any, mut whole) = (text, false, true);
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        let Some((variable, behind)) = variable(after) else {
            let message = "a `${` begins no variable".to_owned();
            out.error(codes::BROKEN_VARIABLE, mark, message, "Write `${NAME}` or `${NAME:-default}`.");
            return None;
        };
        any = true;
        match (variables.get(variable.name), variable.default) {
            (Some(value), _) => result.push_str(value),
            (None, Some(default)) => result.push_str(default),
            (None, None) => {
                whole = false;
                let message = format!("the mesh lists no variable `{}`", quote(variable.name));
                let hint = "List it under `mesh.variables` in `weft.yaml`; the process environment is not read.";
                out.error(codes::UNLISTED_VARIABLE, mark, message, hint);
            }
        }
        rest = behind;
        if result.len() > FILLED_BYTES_MAX {
            let message = format!("a text with its variables filled in exceeds {FILLED_BYTES_MAX} bytes");
            out.error(codes::BOUND, mark, message, "Shorten it.");
            return None;
        }
    }
    result.push_str(rest);
    (any && whole).then(|| Arc::from(result))
}

fn refuse(key: &str, node: &Node, out: &mut Complaints) {
    match &node.value {
        Value::Text(text) => {
            let mut rest: &str = &text.value;
            while let Some((_, after)) = rest.split_once("${") {
                let Some((variable, behind)) = variable(after) else {
                    rest = after;
                    continue;
                };
                rest = behind;
                let placeholder = key == "query" && QUERY_PLACEHOLDERS.contains(&variable.name);
                if !placeholder {
                    let message = format!("the variable `{}` stands outside `servers`", quote(variable.name));
                    let hint = "Variables are filled in only in the places and formats of `servers`.";
                    out.error(codes::VARIABLE_PLACE, node.mark, message, hint);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| refuse(key, item, out)),
        Value::Map(map) => map.entries.iter().for_each(|entry| refuse(&entry.key, &entry.value, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

struct Variable<'a> {
    name: &'a str,
    default: Option<&'a str>,
}

/// Reads what stands behind `${`, and gives back what stands behind the closing brace.
fn variable(after: &str) -> Option<(Variable<'_>, &str)> {
    let (body, behind) = after.split_once('}')?;
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (body, None),
    };
    let first = name.chars().next()?;
    let spelled =
        (first.is_ascii_alphabetic() || first == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    spelled.then_some((Variable { name, default }, behind))
}
