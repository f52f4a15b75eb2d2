//! Twins: columns of one table that are one column in the files. They carry one label and all masks of each other,
//! so that two disguises of one value are never seen side by side.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use weft_model::column::Column;

use crate::label::OwnLabel;
use crate::leaf::{Leaf, union};

/// Joins the labels and masks of twins.
pub(crate) fn join(leaves: &mut [Leaf<'_>], own: &mut [OwnLabel]) {
    for twins in twins(leaves) {
        let labels: Vec<OwnLabel> = twins.iter().filter_map(|twin| own.get(*twin)).cloned().collect();
        let Some(mut joined) = labels.first().cloned() else { continue };
        for label in &labels {
            // A label that was lowered for a while counts as it will be: its twin has no such time.
            let (class, tags) = match &label.after {
                Some(later) => (later.class.max(label.class), &later.tags),
                None => (label.class, &label.tags),
            };
            joined.class = joined.class.max(class);
            joined.tags = union(&joined.tags, tags.iter().chain(label.tags.iter()).cloned());
            joined.kept |= label.kept || label.after.is_some();
            joined.after = None;
        }
        let mut masked: Vec<&Column> = Vec::new();
        for leaf in twins.iter().filter_map(|twin| leaves.get(*twin)) {
            masked.extend(&leaf.masked);
        }
        for twin in twins {
            if let (Some(label), Some(leaf)) = (own.get_mut(twin), leaves.get_mut(twin)) {
                *label = joined.clone();
                leaf.masked.clone_from(&masked);
            }
        }
    }
}

/// Positions of leaves that share their path in the files or their field id; most tables have none.
fn twins(leaves: &[Leaf<'_>]) -> Vec<Vec<usize>> {
    let mut hashes: Vec<u64> = leaves.iter().flat_map(keys).collect();
    hashes.sort_unstable();
    if hashes.windows(2).all(|pair| pair.first() != pair.last()) {
        return Vec::new();
    }
    let mut group: Vec<usize> = (0..leaves.len()).collect();
    let mut first: BTreeMap<u64, usize> = BTreeMap::new();
    for (position, leaf) in leaves.iter().enumerate() {
        for key in keys(leaf) {
            let other = *first.entry(key).or_insert(position);
            let at = |position: usize| group.get(position).copied().unwrap_or(position);
            let (keep, drop) = (at(other), at(position));
            if keep != drop {
                group.iter_mut().filter(|held| **held == drop).for_each(|held| *held = keep);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, group) in group.into_iter().enumerate() {
        groups.entry(group).or_default().push(position);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// Hashes of the path in the files and of the field id. Two columns whose hashes collide by chance are joined too.
fn keys(leaf: &Leaf<'_>) -> impl Iterator<Item = u64> {
    let mut path = DefaultHasher::new();
    leaf.path.iter().for_each(|segment| segment.physical.hash(&mut path));
    let id = leaf.column.field_id.map(|id| {
        let mut hasher = DefaultHasher::new();
        ("field id", id).hash(&mut hasher);
        hasher.finish()
    });
    std::iter::once(path.finish()).chain(id)
}
