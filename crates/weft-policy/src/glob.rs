//! Globs: `*` stands for any run of characters, everything else for itself.

use std::fmt;
use std::sync::Arc;

/// The longest pattern, in bytes.
pub(crate) const GLOB_BYTES_MAX: usize = 256;

/// The most stars of a pattern: each is looked for in every name.
pub(crate) const GLOB_STARS_MAX: usize = 8;

/// True for a pattern within the bounds.
pub(crate) fn bounded(pattern: &str) -> bool {
    pattern.len() <= GLOB_BYTES_MAX && pattern.matches('*').count() <= GLOB_STARS_MAX
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    text: Arc<str>,
    shape: Shape,
}

/// The pattern by what has to be looked at; most are not general.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Any,
    Exact,
    Prefix(Box<str>),
    Suffix(Box<str>),
    Contains(Box<str>),
    /// The pieces between the stars, first and last anchored.
    Pieces(Vec<Box<str>>),
}

impl Glob {
    /// A pattern that tells upper from lower case.
    pub(crate) fn new(text: &str) -> Self {
        let pieces: Vec<&str> = text.split('*').collect();
        let shape = match pieces.as_slice() {
            [_] => Shape::Exact,
            all if all.iter().all(|piece| piece.is_empty()) => Shape::Any,
            [first, ""] => Shape::Prefix(Box::from(*first)),
            ["", last] => Shape::Suffix(Box::from(*last)),
            ["", middle, ""] => Shape::Contains(Box::from(*middle)),
            all => Shape::Pieces(all.iter().map(|piece| Box::from(*piece)).collect()),
        };
        Self { text: Arc::from(text), shape }
    }

    /// A pattern for names that are folded to lower case before they are matched.
    pub(crate) fn folded(text: &str) -> Self {
        Self::new(&text.to_lowercase())
    }

    /// True when the pattern has no star.
    pub(crate) fn exact(&self) -> bool {
        self.shape == Shape::Exact
    }

    /// True when the pattern covers the text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Any => true,
            Shape::Exact => *self.text == *text,
            Shape::Prefix(first) => text.starts_with(&**first),
            Shape::Suffix(last) => text.ends_with(&**last),
            Shape::Contains(middle) => text.contains(&**middle),
            Shape::Pieces(pieces) => pieces_match(pieces, text),
        }
    }
}

/// First piece at the start, last piece at the end, the others in order between them.
fn pieces_match(pieces: &[Box<str>], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = text.strip_prefix(&**first) else { return false };
    for piece in middle {
        match rest.split_once(&**piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(&**last)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, text, covers) in [
            ("*", "", true),
            ("**", "x", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*email*", "work_email_2", true),
            ("*email*", "mail", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("a**c", "abc", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), covers, "{pattern} {text}");
        }
    }
}
