//! Small texts that products and contracts share: descriptions, tags, names, status.

use std::sync::Arc;

use weft_model::name::{NAME_BYTES_MAX, slug};
use weft_model::version::Lifecycle;

use crate::codes;
use crate::complaints::quote;
use crate::read::reader::Reader;
use crate::standard::suggest::nearest;
use crate::yaml::tree::{Map, Mark};

/// A description as one text: the purpose first.
#[must_use]
pub fn description(map: &Map) -> Option<Arc<str>> {
    let description = map.get("description")?.map()?;
    let mut parts = Vec::new();
    for (key, label) in [("purpose", ""), ("usage", "Usage: "), ("limitations", "Limitations: ")] {
        if let Some(text) = description.text(key).map(|text| text.trim()).filter(|text| !text.is_empty()) {
            parts.push(format!("{label}{text}"));
        }
    }
    (!parts.is_empty()).then(|| Arc::from(parts.join(" ")))
}

/// The tags of an object, each once.
#[must_use]
pub fn tags(map: &Map) -> Vec<Arc<str>> {
    let mut tags: Vec<Arc<str>> = Vec::new();
    for tag in map.texts("tags") {
        if !tags.contains(tag) {
            tags.push(Arc::clone(tag));
        }
    }
    tags
}

/// The SQL spelling of a name.
pub fn sql_name(reader: &mut Reader<'_>, what: &str, name: &str, mark: Mark) -> Option<Arc<str>> {
    let sql = slug(name);
    if sql.is_none() {
        let message = format!("the {what} `{}` has no SQL spelling", quote(name));
        let hint = format!("Use letters, digits and `_`, at most {NAME_BYTES_MAX} bytes of them.");
        reader.out.error(codes::NO_SQL_NAME, mark, message, hint);
    }
    sql.map(Arc::from)
}

/// The status of a product or contract; `None` when it is missing or means nothing.
pub fn status(reader: &mut Reader<'_>, map: &Map, mark: Mark) -> Option<Lifecycle> {
    let text = map.text("status")?;
    let status = Lifecycle::parse(text);
    if status.is_none() {
        const KNOWN: [&str; 5] = ["proposed", "draft", "active", "deprecated", "retired"];
        let hint = match nearest(text, KNOWN) {
            Some(known) => format!("Did you mean `{known}`?"),
            None => format!("Write one of {}.", KNOWN.join(", ")),
        };
        let message = format!("the status `{}` means nothing to Weft", quote(text));
        reader.out.error(codes::WRONG_STATUS, map.value_mark("status", mark), message, hint);
    }
    status
}
