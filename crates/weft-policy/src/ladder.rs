//! The board's ladder of classifications and what happens to a column of each by default.

use std::sync::Arc;

use weft_model::place::Place;

use crate::decision::{Authority, Factor};

/// The most steps a ladder may have.
pub(crate) const STEPS_MAX: usize = 32;

/// The word for columns that nobody classified.
pub(crate) const UNCLASSIFIED: &str = "unclassified";

/// A step of the ladder, 0 the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Class(u8);

/// Some steps of the ladder, and perhaps "unclassified".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes(u64);

/// What happens to a column when no rule of the board names it; strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DefaultAction {
    /// It is absent.
    Hide,
    /// It is masked.
    Mask,
    /// It is shown.
    Clear,
}

/// The ladder with its defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ladder {
    steps: Vec<Step>,
    unclassified: Option<Step>,
    delegate: Option<Class>,
}

/// One classification.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) name: Arc<str>,
    pub(crate) action: DefaultAction,
    pub(crate) factor: Factor,
}

impl Step {
    /// A classification and its default, declared at a place.
    pub(crate) fn new(name: &str, action: DefaultAction, place: Place) -> Self {
        let effect = match action {
            DefaultAction::Hide => "hides",
            DefaultAction::Mask => "masks",
            DefaultAction::Clear => "shows",
        };
        Self {
            name: Arc::from(name),
            action,
            factor: Factor {
                authority: Authority::Board,
                rule: Arc::from(format!("default:{name}")),
                effect: effect.to_owned(),
                place,
            },
        }
    }
}

impl Class {
    /// The step with a position.
    pub(crate) fn at(position: usize) -> Option<Self> {
        u8::try_from(position).ok().filter(|step| usize::from(*step) < STEPS_MAX).map(Self)
    }
}

impl Classes {
    /// Adds a step, or "unclassified".
    pub(crate) fn insert(&mut self, class: Option<Class>) {
        self.0 |= Self::bit(class);
    }

    /// True when it holds the step.
    pub(crate) fn contains(self, class: Option<Class>) -> bool {
        self.0 & Self::bit(class) != 0
    }

    fn bit(class: Option<Class>) -> u64 {
        1 << class.map_or(63, |class| class.0)
    }
}

impl Ladder {
    /// Puts a ladder together.
    pub(crate) fn new(steps: Vec<Step>, unclassified: Step, delegate: Option<Class>) -> Self {
        Self { steps, unclassified: Some(unclassified), delegate }
    }

    /// The step with a name, whatever its case.
    pub(crate) fn class(&self, name: &str) -> Option<Class> {
        self.steps.iter().position(|step| step.name.eq_ignore_ascii_case(name)).and_then(Class::at)
    }

    /// The highest step.
    pub(crate) fn top(&self) -> Option<Class> {
        self.steps.len().checked_sub(1).and_then(Class::at)
    }

    /// The names of the steps, lowest first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.steps.iter().map(|step| &step.name)
    }

    /// The name of a classification.
    pub(crate) fn name(&self, class: Option<Class>) -> &str {
        self.step(class).map_or(UNCLASSIFIED, |step| &step.name)
    }

    /// What happens by default; hidden where the ladder says nothing.
    pub(crate) fn action(&self, class: Option<Class>) -> DefaultAction {
        self.step(class).map_or(DefaultAction::Hide, |step| step.action)
    }

    /// The default as a factor of a decision.
    pub(crate) fn factor(&self, class: Option<Class>) -> Option<&Factor> {
        self.step(class).map(|step| &step.factor)
    }

    /// True when a domain's `clear` reaches a column of this classification.
    pub(crate) fn delegated(&self, class: Option<Class>) -> bool {
        matches!((class, self.delegate), (Some(class), Some(delegate)) if class <= delegate)
    }

    /// The highest classification that a domain may clear.
    pub(crate) fn delegate(&self) -> Option<Class> {
        self.delegate
    }

    fn step(&self, class: Option<Class>) -> Option<&Step> {
        match class {
            Some(Class(position)) => self.steps.get(usize::from(position)),
            None => self.unclassified.as_ref(),
        }
    }
}
