//! Masks over strings that keep some of their characters.

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
pub(super) fn partial(value: &str, shown: &mut Vec<u8>, how: Partial) {
    let count = characters(value);
    let kept = how.keep_first.saturating_add(how.keep_last);
    let hidden = count.saturating_sub(kept);
    if hidden < how.min_hidden.max(1) {
        return repeat(how.character, count, shown);
    }
    let (first, rest) = split_at(value, how.keep_first);
    let (_, last) = split_at(rest, hidden);
    shown.extend_from_slice(first.as_bytes());
    repeat(how.character, hidden, shown);
    shown.extend_from_slice(last.as_bytes());
}

/// Iceberg `show-first-4`: values of up to four characters stay, as the specification says.
pub(super) fn show_first_4(value: &str, shown: &mut Vec<u8>) {
    let (first, rest) = split_at(value, SHOWN);
    shown.extend_from_slice(first.as_bytes());
    alphanum(rest, shown);
}

/// Iceberg `show-last-4`: values of up to four characters stay, as the specification says.
pub(super) fn show_last_4(value: &str, shown: &mut Vec<u8>) {
    let (rest, last) = split_at(value, characters(value).saturating_sub(SHOWN));
    alphanum(rest, shown);
    shown.extend_from_slice(last.as_bytes());
}

fn repeat(character: char, count: usize, shown: &mut Vec<u8>) {
    let mut bytes = [0; 4];
    match character.encode_utf8(&mut bytes).as_bytes() {
        [byte] => shown.resize(shown.len() + count, *byte),
        bytes => (0..count).for_each(|_| shown.extend_from_slice(bytes)),
    }
}

fn characters(value: &str) -> usize {
    if value.is_ascii() { value.len() } else { value.chars().count() }
}

/// The value before and behind its first `count` characters.
fn split_at(value: &str, count: usize) -> (&str, &str) {
    if value.is_ascii() {
        return value.split_at_checked(count).unwrap_or((value, ""));
    }
    let end = value.char_indices().nth(count).map_or(value.len(), |(end, _)| end);
    value.split_at_checked(end).unwrap_or((value, ""))
}
