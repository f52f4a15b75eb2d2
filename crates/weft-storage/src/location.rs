//! Locations as contracts and bindings spell them.

use crate::fault::{Fault, LOCATION_BYTES_MAX};
use crate::glob::Glob;
use crate::segment;

/// What stands for the name of the domain in the prefix of a binding.
pub(crate) const DOMAIN: &str = "{domain}";

/// A location on a local disk, normalised: no `.`, no `..`, no empty names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// True when it does not start at the mesh root.
    pub absolute: bool,
    /// The names before the first wildcard.
    pub segments: Vec<String>,
    /// The rest, when it holds a wildcard.
    pub glob: Option<Glob>,
}

impl Location {
    /// Reads a location: a path, or a `file:` address.
    ///
    /// Paths are taken as they stand; only addresses are percent-decoded, before anything is checked.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse_with(text, None)
    }

    /// Reads the prefix of a binding, which may hold `{domain}`.
    pub(crate) fn parse_prefix(text: &str) -> Result<Self, Fault> {
        let location = Self::parse_with(text, Some(DOMAIN))?;
        if location.glob.is_some() { Err(Fault::Wildcard) } else { Ok(location) }
    }

    fn parse_with(text: &str, placeholder: Option<&str>) -> Result<Self, Fault> {
        if text.len() > LOCATION_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let path = without_scheme(text.trim())?;
        if path.is_empty() {
            return Err(Fault::Empty);
        }
        let mut segments: Vec<&str> = Vec::new();
        let mut wild_from: Option<usize> = None;
        for name in path.split('/') {
            match name {
                "" | "." => {}
                // What a pattern stands for is not known, so nothing can be taken back from it.
                ".." if wild_from.is_some() => return Err(Fault::Climbs),
                ".." => {
                    segments.pop().ok_or(Fault::Climbs)?;
                }
                name => {
                    segment::check(name)?;
                    let bare = placeholder.map(|placeholder| name.replacen(placeholder, "", 1));
                    if bare.as_deref().unwrap_or(name).contains(['{', '}']) {
                        return Err(Fault::Placeholder);
                    }
                    if wild_from.is_none() && Glob::wild(name) {
                        wild_from = Some(segments.len());
                    }
                    segments.push(name);
                }
            }
        }
        let (fixed, pattern) = segments.split_at_checked(wild_from.unwrap_or(segments.len())).unwrap_or_default();
        let glob = if pattern.is_empty() { None } else { Some(Glob::parse(pattern)?) };
        Ok(Self { absolute: path.starts_with('/'), segments: fixed.iter().map(|s| (*s).to_owned()).collect(), glob })
    }
}

/// The names of an absolute path or `file:` address that table metadata holds; nothing is decoded and nothing is a
/// pattern. `None` when it is neither, or names no plain file.
pub(crate) fn absolute_names(text: &str) -> Option<Vec<&str>> {
    let path = match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => rest.strip_prefix("//").unwrap_or(rest),
        _ => text,
    };
    let mut names = Vec::new();
    for name in path.strip_prefix('/')?.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => {
                segment::check(name).ok()?;
                names.push(name);
            }
        }
    }
    Some(names)
}

/// The path of a `file:` address, or the text itself when it is a path.
fn without_scheme(text: &str) -> Result<String, Fault> {
    let Some((scheme, rest)) = text.split_once(':') else { return Ok(text.to_owned()) };
    if scheme.eq_ignore_ascii_case("file") {
        let path = match rest.strip_prefix("//") {
            Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
            None => rest,
        };
        if !path.starts_with('/') {
            return Err(Fault::Scheme);
        }
        return String::from_utf8(segment::percent_decoded(path.as_bytes())).map_err(|_| Fault::Character);
    }
    if rest.starts_with("//") { Err(Fault::Scheme) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> String {
        let location = Location::parse(text).expect(text);
        format!("{}{}", if location.absolute { "/" } else { "" }, location.segments.join("/"))
    }

    #[test]
    fn paths_are_normalised() {
        for (text, path) in [
            ("data/orders", "data/orders"),
            ("./data//orders/", "data/orders"),
            ("data/./x/../orders", "data/orders"),
            ("/srv/lake/", "/srv/lake"),
            ("file:///srv/la%20ke", "/srv/la ke"),
            ("file:/srv/lake", "/srv/lake"),
            ("FILE://localhost/srv", "/srv"),
            ("region=a%2Fb/x", "region=a%2Fb/x"),
            ("a:b/c", "a:b/c"),
            (".", ""),
        ] {
            assert_eq!(fixed(text), path);
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("", Fault::Empty),
            ("  ", Fault::Empty),
            ("..", Fault::Climbs),
            ("a/../../b", Fault::Climbs),
            ("/..", Fault::Climbs),
            ("file:///a/%2e%2e/%2e%2e/b", Fault::Climbs),
            ("%2e%2e/b", Fault::Disguised),
            ("a/..%2fb", Fault::Disguised),
            ("a\\..\\b", Fault::Character),
            ("a/b\0", Fault::Character),
            ("file:///a%00", Fault::Character),
            ("file://host/a", Fault::Scheme),
            ("file:a", Fault::Scheme),
            ("s3://bucket/a", Fault::Scheme),
            ("data/{modle}", Fault::Placeholder),
            ("data/*/../x", Fault::Climbs),
            ("data/a**", Fault::Stars),
        ] {
            assert_eq!(Location::parse(text), Err(fault), "{text}");
        }
        assert_eq!(Location::parse(&"x".repeat(4097)), Err(Fault::TooLong));
    }

    #[test]
    fn patterns_begin_at_the_first_wildcard() {
        let location = Location::parse("data/orders/**/*.parquet").expect("location");
        assert_eq!(location.segments, ["data", "orders"]);
        assert_eq!(location.glob.expect("glob").to_string(), "**/*.parquet");
    }
}
