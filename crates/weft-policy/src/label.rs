//! Labels: the classification and tags that count for a leaf, from its contract, from its past, from whoever else
//! declares the same physical column, and from the board.

use std::sync::Arc;

use weft_model::name::ProductName;

use crate::ladder::{Class, Ladder};
use crate::leaf::{Leaf, union};
use crate::matcher::{ColumnFacts, Match, Reach, TableFacts};
use crate::rule::{Effect, Rule};

/// A classification and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) class: Option<Class>,
    /// Tags that the product's own domain or the board gave; in lower case.
    pub(crate) tags: Arc<[Arc<str>]>,
    /// Tags that other domains gave to the same physical column: they close, and open nothing.
    pub(crate) foreign: Arc<[Arc<str>]>,
}

/// What a contract says of a leaf, kept from falling below what it said before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnLabel {
    pub(crate) class: Option<Class>,
    pub(crate) tags: Arc<[Arc<str>]>,
    /// The label that is back from a second on, when the board let it fall for a while only.
    pub(crate) after: Option<Later>,
    /// True when the contract says less than this.
    pub(crate) kept: bool,
}

/// A label that is back from a second on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Later {
    pub(crate) second: i64,
    pub(crate) class: Option<Class>,
    pub(crate) tags: Arc<[Arc<str>]>,
}

/// What other declarations of the same physical column say.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLabel {
    /// The strictest of the same domain.
    pub(crate) own: Option<Class>,
    pub(crate) own_tags: Vec<Arc<str>>,
    /// The strictest of other domains.
    pub(crate) foreign: Option<Class>,
    pub(crate) foreign_tags: Vec<Arc<str>>,
}

/// A board rule that classifies, with what it needs to be matched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classifier<'a> {
    matches: &'a Match,
    at_least: Option<Class>,
    tags: &'a [Arc<str>],
}

impl<'a> Classifier<'a> {
    /// The classifying part of a rule, if it has one.
    pub(crate) fn of(rule: &'a Rule) -> Option<Self> {
        match &rule.effect {
            Effect::Classify { at_least, tags } => Some(Self { matches: &rule.matches, at_least: *at_least, tags }),
            _ => None,
        }
    }

    /// True when the rule speaks of the table at all.
    pub(crate) fn table(&self, table: &TableFacts<'_>) -> bool {
        self.matches.table(table)
    }
}

impl Label {
    /// The label of a leaf from its own and shared parts, before the board's rules.
    pub(crate) fn joined(
        class: Option<Class>,
        tags: &Arc<[Arc<str>]>,
        shared: Option<&SharedLabel>,
        ladder: &Ladder,
    ) -> Self {
        let Some(shared) = shared else {
            return Self { class, tags: Arc::clone(tags), foreign: Arc::from([]) };
        };
        let own = class.max(shared.own);
        let class = match (own, shared.foreign) {
            (Some(own), foreign) => foreign.max(Some(own)),
            // Nobody of the domain classified the column; another domain may make that stricter, not laxer.
            (None, Some(foreign)) if ladder.action(Some(foreign)) < ladder.action(None) => Some(foreign),
            (None, _) => None,
        };
        Self {
            class,
            tags: union(tags, shared.own_tags.iter().cloned()),
            foreign: union(&Arc::from([]), shared.foreign_tags.iter().cloned()),
        }
    }

    /// Raises the label by every classifier that means the leaf, until none adds anything.
    pub(crate) fn raise(&mut self, leaf: &Leaf<'_>, classifiers: &[Classifier<'_>]) {
        let mut done = vec![false; classifiers.len()];
        loop {
            let mut changed = false;
            for (classifier, done) in classifiers.iter().zip(&mut done) {
                if *done || !self.meant(leaf, classifier) {
                    continue;
                }
                *done = true;
                changed = true;
                self.class = self.class.max(classifier.at_least);
                self.tags = union(&self.tags, classifier.tags.iter().cloned());
            }
            if !changed {
                return;
            }
        }
    }

    /// True when a classifier means a leaf with this label.
    pub(crate) fn meant(&self, leaf: &Leaf<'_>, classifier: &Classifier<'_>) -> bool {
        let matches = classifier.matches;
        let tags = self.all_tags();
        matches.column(&facts(leaf, self.class, &tags), Reach::AnyDepth) && matches.data_type(leaf.column)
    }

    /// Own and foreign tags.
    pub(crate) fn all_tags(&self) -> Arc<[Arc<str>]> {
        if self.foreign.is_empty() { Arc::clone(&self.tags) } else { union(&self.tags, self.foreign.iter().cloned()) }
    }
}

/// The leaf as `match` sees it, with a class and tags.
pub(crate) fn facts<'a>(leaf: &'a Leaf<'a>, class: Option<Class>, tags: &'a [Arc<str>]) -> ColumnFacts<'a> {
    ColumnFacts { path: &leaf.path, class, tags }
}

/// What is remembered of a leaf from an earlier set.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    /// The product that declared it.
    pub(crate) product: ProductName,
    /// The path in SQL, in lower case.
    pub(crate) path: String,
    /// The path in the files, in lower case.
    pub(crate) physical: String,
    pub(crate) field_id: Option<i32>,
    /// The classification by name: the ladder may have changed.
    pub(crate) class: Option<Arc<str>>,
    pub(crate) tags: Arc<[Arc<str>]>,
}
