//! Parts of an answer, taken out of it as they stand.
//!
//! A table's metadata is handed on as text, and what stands beside it, keys among others, stays behind.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// The most members of an answer.
const MEMBERS_MAX: usize = 1_000;

/// The members of an object, each with its value as it stands.
///
/// # Errors
/// For what is no object, and for a member that is there twice: no two readers take the same one.
pub(crate) fn members(text: &[u8]) -> Result<Vec<(String, &[u8])>, String> {
    let broken = || "it is no JSON object".to_owned();
    let mut rest = after(text, b'{').ok_or_else(broken)?;
    let mut found: Vec<(String, &[u8])> = Vec::new();
    let mut names_seen = HashSet::new();
    if after(rest, b'}').is_some_and(|rest| blank(rest).is_empty()) {
        return Ok(found);
    }
    loop {
        let mut names = Deserializer::from_slice(rest).into_iter::<String>();
        let name = names.next().and_then(Result::ok).ok_or_else(broken)?;
        rest = rest.get(names.byte_offset()..).and_then(|rest| after(rest, b':')).ok_or_else(broken)?;
        let mut values = Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        values.next().and_then(Result::ok).ok_or_else(broken)?;
        let (value, behind) = rest.split_at_checked(values.byte_offset()).ok_or_else(broken)?;
        if found.len() == MEMBERS_MAX {
            return Err(format!("it has more than {MEMBERS_MAX} members"));
        }
        if !names_seen.insert(name.clone()) {
            return Err("it has a member twice".to_owned());
        }
        found.push((name, blank(value)));
        match (after(behind, b','), after(behind, b'}')) {
            (Some(more), _) => rest = more,
            (None, Some(end)) if blank(end).is_empty() => return Ok(found),
            _ => return Err(broken()),
        }
    }
}

/// What follows a character; [`None`] where another stands.
fn after(text: &[u8], character: u8) -> Option<&[u8]> {
    blank(text).strip_prefix(&[character])
}

/// The text from its first character that is no space.
fn blank(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<Vec<(String, String)>, String> {
        let own = |(name, value): (String, &[u8])| (name, String::from_utf8_lossy(value).into_owned());
        members(text.as_bytes()).map(|all| all.into_iter().map(own).collect())
    }

    #[test]
    fn values_stand_as_they_are() {
        let own = |pairs: &[(&str, &str)]| Ok(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect());
        assert_eq!(shown("{}"), own(&[]));
        assert_eq!(shown(" { \"a\" : [1, {\"b\": \"}\"}] , \"b\\u0031\":null } "), own(&[("a", "[1, {\"b\": \"}\"}]"), ("b1", "null")]));
        assert_eq!(shown("{\"a\": 12}"), own(&[("a", "12")]));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":1 \"b\":2}", "<html>", "{\"a\":tru}"] {
            assert_eq!(shown(text), Err("it is no JSON object".to_owned()), "{text}");
        }
        assert_eq!(shown("{\"a\":1,\"\\u0061\":2}"), Err("it has a member twice".to_owned()));
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(shown(&deep), Err("it is no JSON object".to_owned()));
    }
}
