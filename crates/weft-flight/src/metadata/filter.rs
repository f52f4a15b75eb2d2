//! Filters of catalog questions: names, and patterns with `%`, `_` and `\`.

/// A pattern as `LIKE` reads it, with `\` before a character that is meant as such.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    Any,
    Rest,
}

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                // A `\` at the very end stands for itself.
                '\\' => Part::Char(chars.next().unwrap_or('\\')),
                '_' => Part::Any,
                '%' => Part::Rest,
                other => Part::Char(other),
            };
            if part != Part::Rest || parts.last() != Some(&Part::Rest) {
                parts.push(part);
            }
        }
        Self { parts }
    }

    /// True when the pattern matches a whole name. Linear in pattern times name, whatever the pattern.
    pub(crate) fn matches(&self, name: &str) -> bool {
        // Which numbers of parts can have been used up by the characters so far.
        let mut reached = vec![false; self.parts.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        self.skip_rests(&mut reached);
        for c in name.chars() {
            let mut next = vec![false; reached.len()];
            for (at, part) in self.parts.iter().enumerate() {
                if reached.get(at) != Some(&true) {
                    continue;
                }
                let target = match part {
                    Part::Rest => at,
                    Part::Any => at + 1,
                    Part::Char(wanted) if *wanted == c => at + 1,
                    Part::Char(_) => continue,
                };
                if let Some(slot) = next.get_mut(target) {
                    *slot = true;
                }
            }
            self.skip_rests(&mut next);
            reached = next;
        }
        reached.last() == Some(&true)
    }

    /// A `%` may also match nothing.
    fn skip_rests(&self, reached: &mut [bool]) {
        for (at, part) in self.parts.iter().enumerate() {
            if *part == Part::Rest
                && reached.get(at) == Some(&true)
                && let Some(slot) = reached.get_mut(at + 1)
            {
                *slot = true;
            }
        }
    }
}

/// True when an optional pattern matches; none, and the empty one some tools send for none, match everything.
pub(crate) fn pattern(pattern: Option<&str>) -> impl Fn(&str) -> bool + use<> {
    let pattern = pattern.filter(|text| !text.is_empty()).map(Pattern::new);
    move |name| pattern.as_ref().is_none_or(|pattern| pattern.matches(name))
}

/// True when a catalog filter means our one catalog: drivers send nothing, its name, or a pattern such as `%`.
pub(crate) fn catalog(filter: Option<&str>, mesh: &str) -> bool {
    pattern(filter)(mesh)
}

/// True when an optional exact name matches; none and the empty one match everything.
pub(crate) fn exact(filter: Option<&str>, name: &str) -> bool {
    filter.is_none_or(|filter| filter.is_empty() || filter == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_like_does() {
        for (pattern, name, expected) in [
            ("%", "", true),
            ("%", "orders", true),
            ("ord%", "orders", true),
            ("%ders", "orders", true),
            ("o_ders", "orders", true),
            ("o_ders", "oders", false),
            ("%r%e%", "orders", true),
            ("%x%", "orders", false),
            ("orders", "orders_v1", false),
            (r"orders\_v1", "orders_v1", true),
            (r"orders\_v1", "ordersxv1", false),
            (r"100\%", "100%", true),
            (r"100\%", "1000", false),
            (r"a\\b", r"a\b", true),
            (r"a\", r"a\", true),
            ("ärz_e", "ärzte", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!Pattern::new(&"%a".repeat(500)).matches(&"a".repeat(400)));
    }

    #[test]
    fn catalogs_are_taken_leniently() {
        for filter in [None, Some(""), Some("weft"), Some("%"), Some("we%")] {
            assert!(catalog(filter, "weft"), "{filter:?}");
        }
        assert!(!catalog(Some("other"), "weft"));
    }
}
