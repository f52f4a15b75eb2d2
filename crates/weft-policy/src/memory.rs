//! Labels do not fall by themselves: what a contract said of a column counts until the board lets it go.

use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::product::Product;

use crate::compiled::CompiledProduct;
use crate::complaint::LOWERED;
use crate::label::{Later, OwnLabel, Remembered};
use crate::ladder::{Class, Ladder};
use crate::leaf::{SEPARATOR, Leaf, leaves, union};
use crate::lowered::Lowered;
use crate::matcher::Reach;

/// The most columns whose labels are remembered after they vanished, per product.
const GHOSTS_MAX: usize = 4_096;

/// Everything that an earlier set knows of the columns of a product.
pub(crate) fn recall(compiled: &CompiledProduct, ladder: &Ladder) -> Vec<Remembered> {
    let mut found = compiled.ghosts.clone();
    for (port, compiled_port) in compiled.product.ports.iter().zip(&compiled.ports) {
        for (object, table) in port.contract.objects.iter().zip(&compiled_port.tables) {
            for (leaf, own) in leaves(&object.columns, &Arc::from([]), ladder).iter().zip(&table.own) {
                let (class, tags) = match &own.after {
                    Some(later) => (later.class, &later.tags),
                    None => (own.class, &own.tags),
                };
                found.push(Remembered {
                    product: compiled.product.name.clone(),
                    path: leaf.dotted(),
                    physical: leaf.physical(),
                    field_id: leaf.column.field_id,
                    class: class.map(|class| Arc::from(ladder.name(Some(class)))),
                    tags: Arc::clone(tags),
                });
            }
        }
    }
    found
}

/// What of the past is no longer declared.
pub(crate) fn ghosts(remembered: &[Remembered], product: &Product, declared: &[(String, String)]) -> Vec<Remembered> {
    let gone = |old: &&Remembered| {
        old.product == product.name
            && !declared.iter().any(|(path, physical)| old.path == *path && old.physical == *physical)
    };
    remembered.iter().filter(gone).take(GHOSTS_MAX).cloned().collect()
}

impl Remembered {
    /// True when this is the same column: by any of its names in its own product, by what the files call it elsewhere.
    fn same(&self, leaf: &Leaf<'_>, path: &str, physical: &str, product: &Product) -> bool {
        let id = self.field_id.is_some() && self.field_id == leaf.column.field_id;
        // A column may be taken whole now and was in parts before, or the other way round.
        let holds = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(SEPARATOR));
        let physical =
            self.physical == physical || holds(&self.physical, physical) || holds(physical, &self.physical);
        physical || id || (self.product == product.name && self.path == path)
    }
}

/// The label of a leaf: as declared, but not below what is remembered unless the board says so.
pub(crate) fn own_label(
    leaf: &Leaf<'_>,
    product: &Product,
    remembered: &[Remembered],
    ladder: &Ladder,
    lowered: &[Lowered],
    findings: &mut Vec<Finding>,
) -> OwnLabel {
    let mut own = OwnLabel { class: leaf.class, tags: Arc::clone(&leaf.tags), after: None, kept: false };
    if remembered.is_empty() {
        return own;
    }
    let (path, physical) = (leaf.dotted(), leaf.physical());
    let mut class = leaf.class;
    let mut tags = Arc::clone(&leaf.tags);
    for old in remembered.iter().filter(|old| old.same(leaf, &path, &physical, product)) {
        // A word that left the ladder counts as the strictest.
        let old_class = old.class.as_ref().and_then(|word| ladder.class(word).or_else(|| ladder.top()));
        class = class.max(old_class).filter(|_| old_class.is_some() || leaf.class.is_some()).or(class);
        tags = union(&tags, old.tags.iter().cloned());
    }
    // Classifying a column that was not classified is no lowering, whatever the default for such columns.
    if class == own.class && tags.len() == own.tags.len() {
        return own;
    }
    let entry = lowered.iter().find(|entry| {
        entry.domain.matches(&product.name.domain.as_str().to_lowercase())
            && entry.product.matches(&product.name.product.to_lowercase())
            && entry.path.segments.len() == leaf.path.len()
            && entry.path.covers(&leaf.path, Reach::TopLevel)
    });
    match entry {
        Some(entry) => {
            own.class = leaf.class.max(Some(entry.to));
            own.after = entry.until.map(|second| Later { second, class, tags });
        }
        None => {
            findings.push(lowering(leaf, product, &path, class, &tags, ladder));
            (own.class, own.tags, own.kept) = (class, tags, true);
        }
    }
    own
}

fn lowering(
    leaf: &Leaf<'_>,
    product: &Product,
    path: &str,
    class: Option<Class>,
    tags: &[Arc<str>],
    ladder: &Ladder,
) -> Finding {
    let message = if class == leaf.class {
        let lost: Vec<&str> = tags.iter().filter(|tag| !leaf.tags.contains(tag)).map(|tag| &**tag).collect();
        format!(
            "column `{path}` of `{}` no longer carries the tag `{}`; the tag stays",
            product.name,
            lost.join("`, `")
        )
    } else {
        format!(
            "column `{path}` of `{}` is now `{}` and was `{}`; the old label stays",
            product.name,
            ladder.name(leaf.class),
            ladder.name(class)
        )
    };
    let to = ladder.name(leaf.class.or(class));
    let hint = format!(
        "A label falls when the board lists it: `lowered: [{{product: {}, column: {path}, to: {to}}}]`.",
        product.name
    );
    Finding::warning(LOWERED, leaf.column.place.clone(), message).hint(hint)
}
