//! Rules as compiled from a file: one rule, one effect.

use std::sync::Arc;

use weft_model::mask::Mask;
use weft_model::name::DomainName;
use weft_model::place::Place;
use weft_model::principal::Principal;

use crate::condition::{Condition, Literal, SessionValue};
use crate::decision::{Authority, Factor};
use crate::ladder::Class;
use crate::matcher::Match;
use crate::who::{Who, granted, tightened};

/// A rule of the board or of a domain.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) authority: Authority,
    /// The domain whose products it is confined to; absent for the board.
    pub(crate) domain: Option<DomainName>,
    pub(crate) place: Place,
    pub(crate) matches: Match,
    pub(crate) to: Option<Who>,
    pub(crate) except: Option<Who>,
    pub(crate) effect: Effect,
    /// The rows of a grant, or the rows a restriction leaves.
    pub(crate) rows: Option<RowRule>,
    /// A restriction is not meant for tables without its columns.
    pub(crate) where_present: bool,
    /// The first second in which a grant no longer holds.
    pub(crate) expires: Option<i64>,
    /// The rule as a factor of a decision.
    pub(crate) factor: Factor,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    Allow,
    /// Opens what a table was, to those who may read what it is.
    History,
    Deny,
    Restrict,
    Mask(Mask),
    Hide,
    Clear,
    Classify { at_least: Option<Class>, tags: Vec<Arc<str>> },
}

/// The row part of a rule: a predicate and mappings, joined by AND.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowRule {
    /// The rule as written, for people.
    pub(crate) text: Arc<str>,
    pub(crate) condition: Option<Condition>,
    pub(crate) mappings: Vec<MappingRule>,
}

/// `rows_in` or `rows_not_in`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MappingRule {
    pub(crate) column: Arc<str>,
    pub(crate) domain: DomainName,
    pub(crate) product: Arc<str>,
    pub(crate) select: Arc<str>,
    pub(crate) equals: Vec<(Arc<str>, MappingValue)>,
    pub(crate) negated: bool,
}

/// What a column of a mapping is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MappingValue {
    Session(SessionValue),
    Literal(Literal),
}

impl Effect {
    /// True for rules that open something.
    pub(crate) fn grants(&self) -> bool {
        matches!(self, Self::Allow | Self::History | Self::Clear)
    }
}

impl Rule {
    /// The name of the rule.
    pub(crate) fn id(&self) -> &Arc<str> {
        &self.factor.rule
    }

    /// True when the rule speaks of the principal now.
    pub(crate) fn applies(&self, principal: &Principal, purpose: Option<&str>, now: i64) -> bool {
        if self.effect.grants() {
            self.expires.is_none_or(|expires| now < expires)
                && granted(self.to.as_ref(), self.except.as_ref(), principal, purpose)
        } else {
            tightened(self.to.as_ref(), self.except.as_ref(), principal, purpose)
        }
    }
}
