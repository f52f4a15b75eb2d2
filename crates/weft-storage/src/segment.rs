//! Names of single files and folders inside a location.

use crate::fault::Fault;

/// How often percent-encoding is undone when looking for something disguised.
const DECODE_ROUNDS: usize = 3;

/// Refuses names that are not plainly one file or folder, now or after somebody decodes them.
///
/// Names are used as they stand and never decoded, so `%2e%2e` would only be an odd file name here; it is refused
/// all the same, in case a layer above or below decodes.
pub(crate) fn check(segment: &str) -> Result<(), Fault> {
    if segment.is_empty() {
        return Err(Fault::Empty);
    }
    if segment.chars().any(|c| c.is_control() || c == '\\') {
        return Err(Fault::Character);
    }
    if matches!(segment, "." | "..") || segment.contains('/') {
        return Err(Fault::Climbs);
    }
    let mut bytes = segment.as_bytes().to_vec();
    for _ in 0..DECODE_ROUNDS {
        if !bytes.contains(&b'%') {
            return Ok(());
        }
        bytes = percent_decoded(&bytes);
        if bytes.contains(&0) || bytes.split(|b| matches!(b, b'/' | b'\\')).any(|part| matches!(part, b"." | b"..")) {
            return Err(Fault::Disguised);
        }
    }
    Ok(())
}

/// Undoes percent-encoding once; a `%` without two hexadecimal digits stays.
pub(crate) fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (nibble(*high), nibble(*low))
        {
            out.push(high << 4 | low);
            rest = after;
            continue;
        }
        out.push(first);
        rest = tail;
    }
    out
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_hive_names_pass() {
        for name in ["a", "region=EU West", "x%2Fy", "100%", "part-0.parquet", "...", "%2e%2e%2e", "ä", "a#1", "~"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn dots_are_found_behind_every_disguise() {
        for name in ["%2e%2e", "%2E.", ".%2e", "%2e", "%252e%252e", "%25252e%2e", "a%2f..%2fb", "..%2f", "..%5c", "%00"]
        {
            assert_eq!(check(name), Err(Fault::Disguised), "{name}");
        }
        assert_eq!(check(".."), Err(Fault::Climbs));
        assert_eq!(check("a/b"), Err(Fault::Climbs));
        for name in ["a\0b", "a\nb", "a\\b", "\u{85}"] {
            assert_eq!(check(name), Err(Fault::Character), "{name:?}");
        }
        assert_eq!(check(""), Err(Fault::Empty));
    }
}
