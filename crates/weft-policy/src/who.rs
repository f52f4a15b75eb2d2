//! Whom a rule speaks of: `to` and `except`, with three answers because an attribute may be unknown.

use std::sync::Arc;

use weft_model::principal::Principal;

use crate::glob::Glob;

/// A `to` or `except`: keys are joined by AND, the values of a key by OR. An absent key asks nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Who {
    pub(crate) users: Option<Vec<Glob>>,
    pub(crate) groups: Option<Vec<Glob>>,
    pub(crate) roles: Option<Vec<Glob>>,
    pub(crate) purpose: Option<Vec<Glob>>,
    pub(crate) attributes: Vec<(Arc<str>, Vec<Glob>)>,
}

/// Whether a principal is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// They are.
    Yes,
    /// They are not.
    No,
    /// They lack an attribute that would tell.
    Unknown,
}

impl Who {
    /// Whether a principal, reading for a purpose, is meant.
    pub(crate) fn answer(&self, principal: &Principal, purpose: Option<&str>) -> Answer {
        let plain = asks(self.users.as_deref(), std::iter::once(&*principal.name))
            && asks(self.groups.as_deref(), principal.groups.iter().map(|group| &**group))
            && asks(self.roles.as_deref(), principal.roles.iter().map(|role| &**role))
            && asks(self.purpose.as_deref(), purpose.into_iter());
        if !plain {
            return Answer::No;
        }
        let mut answer = Answer::Yes;
        for (name, globs) in &self.attributes {
            match principal.attributes.get(name) {
                Some(value) if any(globs, value) => {}
                Some(_) => return Answer::No,
                // A list without values is met by nobody, whatever the attribute holds.
                None if globs.is_empty() => return Answer::No,
                None => answer = Answer::Unknown,
            }
        }
        answer
    }
}

fn any(globs: &[Glob], text: &str) -> bool {
    globs.iter().any(|glob| glob.matches(text))
}

/// Whether one of the values is asked for; an absent key asks nothing.
fn asks<'a>(globs: Option<&[Glob]>, mut have: impl Iterator<Item = &'a str>) -> bool {
    globs.is_none_or(|globs| have.any(|text| any(globs, text)))
}

/// Whether a granting rule speaks of the principal: only when that is certain.
pub(crate) fn granted(to: Option<&Who>, except: Option<&Who>, principal: &Principal, purpose: Option<&str>) -> bool {
    to.is_some_and(|to| to.answer(principal, purpose) == Answer::Yes)
        && except.is_none_or(|except| except.answer(principal, purpose) == Answer::No)
}

/// Whether a tightening rule speaks of the principal: unless it is certain that it does not.
pub(crate) fn tightened(to: Option<&Who>, except: Option<&Who>, principal: &Principal, purpose: Option<&str>) -> bool {
    to.is_none_or(|to| to.answer(principal, purpose) != Answer::No)
        && except.is_none_or(|except| except.answer(principal, purpose) != Answer::Yes)
}
