//! Patterns of file names: `*`, `?`, `[a-z]`, `**`.

use std::fmt;
use std::sync::Arc;

use object_store::path::Path;

use crate::fault::{Fault, WILDCARDS_MAX};

/// A pattern below a fixed folder.
///
/// `*` and `?` stop at a slash, `**` stands for any number of folders, `[abc]`, `[a-z]` and `[!a-z]` for one
/// character. A wildcard never stands for a name that begins with `.` or `_`, since by convention these are not data
/// (`_delta_log`, `_SUCCESS`); a pattern that wants them writes the first character out. Matching takes time in
/// proportion to pattern × name, whatever the pattern.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
    text: Arc<str>,
    segments: Vec<Segment>,
}

#[derive(Clone, PartialEq, Eq)]
enum Segment {
    Folders,
    Name(Vec<Token>),
}

#[derive(Clone, PartialEq, Eq)]
enum Token {
    One(char),
    Any,
    Many,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// True when a folder or file name in a location is a pattern.
    pub(crate) fn wild(segment: &str) -> bool {
        segment.contains(['*', '?', '['])
    }

    /// Reads the segments of a pattern; none of them is `.` or `..`.
    pub(crate) fn parse(segments: &[&str]) -> Result<Self, Fault> {
        let wildcards = segments.iter().flat_map(|segment| segment.chars()).filter(|c| matches!(c, '*' | '?' | '['));
        if wildcards.count() > WILDCARDS_MAX {
            return Err(Fault::Wildcards);
        }
        let parsed = segments.iter().map(|segment| parse_segment(segment)).collect::<Result<_, _>>()?;
        Ok(Self { text: Arc::from(segments.join("/")), segments: parsed })
    }

    /// True when the pattern, read from `prefix` on, covers this file.
    #[must_use]
    pub fn matches(&self, prefix: &Path, file: &Path) -> bool {
        let Some(rest) = file.prefix_match(prefix) else { return false };
        let names: Vec<_> = rest.collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        aligned(
            &self.segments,
            &names,
            |segment| matches!(segment, Segment::Folders),
            |segment, name| match segment {
                Segment::Folders => !name.starts_with(['.', '_']),
                Segment::Name(tokens) => name_matches(tokens, name),
            },
        )
    }
}

fn parse_segment(segment: &str) -> Result<Segment, Fault> {
    if segment == "**" {
        return Ok(Segment::Folders);
    }
    if segment.contains("**") {
        return Err(Fault::Stars);
    }
    let mut tokens = Vec::new();
    let mut chars = segment.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Many,
            '?' => Token::Any,
            '[' => parse_class(&mut chars)?,
            c => Token::One(c),
        });
    }
    Ok(Segment::Name(tokens))
}

fn parse_class(chars: &mut std::str::Chars<'_>) -> Result<Token, Fault> {
    let mut members = Vec::new();
    loop {
        match chars.next() {
            Some(']') if !members.is_empty() && members != ['!'] => break,
            Some(c) => members.push(c),
            None => return Err(Fault::Bracket),
        }
    }
    let negated = members.first() == Some(&'!');
    let mut rest = members.get(usize::from(negated)..).unwrap_or_default();
    let mut ranges = Vec::new();
    while let Some((&first, tail)) = rest.split_first() {
        if let ['-', last, after @ ..] = tail {
            ranges.push((first, *last));
            rest = after;
        } else {
            ranges.push((first, first));
            rest = tail;
        }
    }
    Ok(Token::Class { negated, ranges })
}

fn name_matches(tokens: &[Token], name: &str) -> bool {
    if let Some(first) = name.chars().next()
        && matches!(first, '.' | '_')
        && tokens.first() != Some(&Token::One(first))
    {
        return false;
    }
    let chars: Vec<char> = name.chars().collect();
    aligned(
        tokens,
        &chars,
        |token| *token == Token::Many,
        |token, &c| match token {
            Token::One(one) => *one == c,
            Token::Any | Token::Many => true,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        },
    )
}

/// Whether `items` can be laid along `pattern`, where parts that `repeats` take any number of items and all others
/// exactly one. Keeps one row of the table "pattern so far covers items so far", so nothing is tried twice.
fn aligned<P, I>(pattern: &[P], items: &[I], repeats: impl Fn(&P) -> bool, takes: impl Fn(&P, &I) -> bool) -> bool {
    let mut row: Vec<bool> = std::iter::once(true).chain(items.iter().map(|_| false)).collect();
    for part in pattern {
        let mut next = Vec::with_capacity(row.len());
        let mut left = false;
        for (at, &above) in row.iter().enumerate() {
            let taken = at.checked_sub(1).and_then(|before| items.get(before)).is_some_and(|item| takes(part, item));
            left = if repeats(part) {
                above || (left && taken)
            } else {
                taken && at.checked_sub(1).and_then(|before| row.get(before)).copied().unwrap_or(false)
            };
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, file: &str) -> bool {
        let segments: Vec<&str> = pattern.split('/').collect();
        let glob = Glob::parse(&segments).expect(pattern);
        glob.matches(&Path::parse("data").expect("path"), &Path::parse(file).expect("path"))
    }

    #[test]
    fn wildcards_match_below_the_prefix_only() {
        assert!(matches("*.parquet", "data/a.parquet"));
        assert!(!matches("*.parquet", "data/x/a.parquet"));
        assert!(!matches("*.parquet", "database/a.parquet"));
        assert!(!matches("*.parquet", "other/a.parquet"));
        assert!(matches("**/*.parquet", "data/a.parquet"));
        assert!(matches("**/*.parquet", "data/x/y/a.parquet"));
        assert!(matches("**", "data/x/y/a.parquet"));
        assert!(matches("year=20??/part-[0-9].parquet", "data/year=2024/part-7.parquet"));
        assert!(!matches("year=20??/part-[!0-9].parquet", "data/year=2024/part-7.parquet"));
        assert!(matches("[]x]-[a-]", "data/]--"));
        assert!(matches("a*/**/b", "data/ab/b"));
    }

    #[test]
    fn wildcards_pass_over_names_that_are_not_data() {
        assert!(!matches("**/*.parquet", "data/_delta_log/a.parquet"));
        assert!(!matches("*", "data/_SUCCESS"));
        assert!(!matches("?a", "data/.a"));
        assert!(!matches("[._]a", "data/.a"));
        assert!(matches("_*/a", "data/_x/a"));
    }

    #[test]
    fn malformed_patterns_are_refused() {
        assert_eq!(Glob::parse(&["a**b"]), Err(Fault::Stars));
        assert_eq!(Glob::parse(&["a[b"]), Err(Fault::Bracket));
        assert_eq!(Glob::parse(&["[]"]), Err(Fault::Bracket));
        assert_eq!(Glob::parse(&[&"*?".repeat(33)]), Err(Fault::Wildcards));
    }

    #[test]
    fn many_stars_cost_no_more_than_pattern_times_name() {
        let pattern = "a*".repeat(60);
        assert!(!matches(&pattern, &format!("data/{}b", "a".repeat(30))));
    }
}
