//! The lattice of results: hide < null < constant < any other mask < clear.

use std::borrow::Cow;

use weft_model::mask::{DateUnit, Mask};

use crate::decision::MaskRule;
use crate::fit::null;

/// What may be said of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome<'a> {
    Hidden,
    Masked(Cow<'a, MaskRule>),
    Clear,
}

/// Gathers results and keeps the greatest that lies below all of them, in whatever order they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meet<'a> {
    hidden: bool,
    null: bool,
    constant: Option<Cow<'a, MaskRule>>,
    other: Option<Cow<'a, MaskRule>>,
    clear: bool,
    clash: bool,
}

impl<'a> Meet<'a> {
    /// Adds a result.
    pub(crate) fn add(&mut self, outcome: Outcome<'a>) {
        let rule = match outcome {
            Outcome::Hidden => {
                self.hidden = true;
                return;
            }
            Outcome::Clear => {
                self.clear = true;
                return;
            }
            Outcome::Masked(rule) => rule,
        };
        let slot = match rule.mask {
            Mask::Null {} | Mask::ReplaceWithNull {} => {
                self.null = true;
                return;
            }
            Mask::Constant { .. } | Mask::MaskToFixedValue {} => &mut self.constant,
            _ => &mut self.other,
        };
        match slot {
            None => *slot = Some(rule),
            Some(held) if *held == rule => {}
            Some(held) => match stricter(&held.mask, &rule.mask) {
                Some(mask) => {
                    let token_domain = held.token_domain.clone();
                    *slot = Some(Cow::Owned(MaskRule { mask, token_domain }));
                }
                None => self.clash = true,
            },
        }
    }

    /// The result; `None` when nothing was added.
    pub(crate) fn finish(self) -> Option<Outcome<'a>> {
        if self.hidden {
            return Some(Outcome::Hidden);
        }
        if self.null || self.clash {
            return Some(Outcome::Masked(Cow::Owned(null())));
        }
        let masked = self.constant.or(self.other).map(Outcome::Masked);
        masked.or(self.clear.then_some(Outcome::Clear))
    }

    /// True when masks met of which neither is stricter.
    pub(crate) fn clashes(&self) -> bool {
        self.clash
    }
}

/// The meet of two results.
pub(crate) fn meet<'a>(left: Outcome<'a>, right: Outcome<'a>) -> Outcome<'a> {
    let mut both = Meet::default();
    both.add(left);
    both.add(right);
    both.finish().unwrap_or(Outcome::Hidden)
}

/// The stricter of two masks of one function; `None` for different functions, and where neither shows less than the
/// other.
fn stricter(left: &Mask, right: &Mask) -> Option<Mask> {
    Some(match (left, right) {
        (
            Mask::Partial { keep_first: a, keep_last: b, character: c, min_hidden: d },
            Mask::Partial { keep_first: e, keep_last: f, character: g, min_hidden: h },
        ) => Mask::Partial {
            keep_first: *a.min(e),
            keep_last: *b.min(f),
            character: if c == g { *c } else { '*' },
            min_hidden: *d.max(h),
        },
        (Mask::Truncate { unit: left }, Mask::Truncate { unit: right }) => {
            let (fine, coarse) = if left <= right { (left, right) } else { (right, left) };
            // Weeks straddle months, so that neither tells less than the other.
            if *fine == DateUnit::Week && coarse != fine {
                return None;
            }
            Mask::Truncate { unit: *coarse }
        }
        (Mask::Bucket { width: left }, Mask::Bucket { width: right }) => {
            let (fine, coarse) = if left <= right { (left, right) } else { (right, left) };
            // Only edges that are edges of both tell no more than either.
            if coarse % fine != 0.0 {
                return None;
            }
            Mask::Bucket { width: *coarse }
        }
        (Mask::Round { places: left }, Mask::Round { places: right }) => Mask::Round { places: *left.min(right) },
        (Mask::IpPrefix { v4: a, v6: b }, Mask::IpPrefix { v4: c, v6: d }) => {
            Mask::IpPrefix { v4: *a.min(c), v6: *b.min(d) }
        }
        (left, right) if left == right => left.clone(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(mask: Mask) -> Outcome<'static> {
        Outcome::Masked(Cow::Owned(MaskRule { mask, token_domain: None }))
    }

    fn partial(keep_first: u32, keep_last: u32, min_hidden: u32) -> Mask {
        Mask::Partial { keep_first, keep_last, character: '*', min_hidden }
    }

    #[test]
    fn the_lattice_has_five_levels() {
        let levels = [
            Outcome::Hidden,
            masked(Mask::Null {}),
            masked(Mask::Constant { value: "x".to_owned() }),
            masked(Mask::EmailDomain {}),
            Outcome::Clear,
        ];
        for (low, left) in levels.iter().enumerate() {
            for (high, right) in levels.iter().enumerate() {
                assert_eq!(meet(left.clone(), right.clone()), levels[low.min(high)], "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn one_function_takes_the_stricter_parameters() {
        for (left, right, result) in [
            (partial(1, 4, 2), partial(0, 6, 4), partial(0, 4, 4)),
            (
                Mask::Truncate { unit: DateUnit::Day },
                Mask::Truncate { unit: DateUnit::Week },
                Mask::Truncate { unit: DateUnit::Week },
            ),
            (
                Mask::Truncate { unit: DateUnit::Year },
                Mask::Truncate { unit: DateUnit::Month },
                Mask::Truncate { unit: DateUnit::Year },
            ),
            (Mask::Truncate { unit: DateUnit::Week }, Mask::Truncate { unit: DateUnit::Year }, Mask::Null {}),
            (Mask::Bucket { width: 5.0 }, Mask::Bucket { width: 10.0 }, Mask::Bucket { width: 10.0 }),
            (Mask::Bucket { width: 10.0 }, Mask::Bucket { width: 15.0 }, Mask::Null {}),
            (Mask::Round { places: 2 }, Mask::Round { places: -1 }, Mask::Round { places: -1 }),
            (Mask::IpPrefix { v4: 24, v6: 32 }, Mask::IpPrefix { v4: 16, v6: 48 }, Mask::IpPrefix { v4: 16, v6: 32 }),
            (Mask::ShowLast4 {}, Mask::ShowFirst4 {}, Mask::Null {}),
            (Mask::Constant { value: "a".to_owned() }, Mask::Constant { value: "b".to_owned() }, Mask::Null {}),
        ] {
            assert_eq!(meet(masked(left.clone()), masked(right.clone())), masked(result.clone()), "{left} {right}");
            assert_eq!(meet(masked(right), masked(left)), masked(result));
        }
    }
}
