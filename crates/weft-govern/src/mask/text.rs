//! Masks over strings that keep some of their characters.

use std::iter::repeat_n;

use super::alphanum::alphanum;

/// Parameters of `partial`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    pub(super) keep_first: usize,
    pub(super) keep_last: usize,
    pub(super) character: char,
    pub(super) min_hidden: usize,
}

/// Characters that the Iceberg actions show.
const SHOWN: usize = 4;

/// Some characters at the ends stay. A value of which less than `min_hidden`, or nothing, would be hidden is hidden
/// whole: every character of it becomes the mask character.
pub(super) fn partial(value: &str, shown: &mut String, how: Partial) {
    let count = characters(value);
    let kept = how.keep_first.saturating_add(how.keep_last);
    let hidden = count.saturating_sub(kept);
    if hidden < how.min_hidden.max(1) {
        shown.extend(repeat_n(how.character, count));
        return;
    }
    let (first, rest) = split_at(value, how.keep_first);
    let (_, last) = split_at(rest, hidden);
    shown.push_str(first);
    shown.extend(repeat_n(how.character, hidden));
    shown.push_str(last);
}

/// Iceberg `show-first-4`: values of up to four characters stay, as the specification says.
pub(super) fn show_first_4(value: &str, shown: &mut String) {
    let (first, rest) = split_at(value, SHOWN);
    shown.push_str(first);
    alphanum(rest, shown);
}

/// Iceberg `show-last-4`: values of up to four characters stay, as the specification says.
pub(super) fn show_last_4(value: &str, shown: &mut String) {
    let (rest, last) = split_at(value, characters(value).saturating_sub(SHOWN));
    alphanum(rest, shown);
    shown.push_str(last);
}

fn characters(value: &str) -> usize {
    if value.is_ascii() { value.len() } else { value.chars().count() }
}

/// The value before and behind its first `count` characters.
fn split_at(value: &str, count: usize) -> (&str, &str) {
    let end = value.char_indices().nth(count).map_or(value.len(), |(end, _)| end);
    value.split_at_checked(end).unwrap_or((value, ""))
}
