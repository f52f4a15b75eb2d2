//! "Did you mean …": the nearest known word.

/// The longest word for which a neighbour is looked up.
const WORD_CHARS_MAX: usize = 64;

/// The candidate that is nearest to `word`, if one is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    if letters.len() > WORD_CHARS_MAX {
        return None;
    }
    let allowed = (letters.len() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= WORD_CHARS_MAX && near_in_length(candidate, letters.len(), allowed))
        .map(|candidate| (distance(&letters, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Words whose lengths differ more than that are not near; the check costs nothing.
fn near_in_length(candidate: &str, letters: usize, allowed: usize) -> bool {
    candidate.chars().count().abs_diff(letters) <= allowed
}

/// How many letters have to be inserted, left out, replaced or swapped with their neighbour.
fn distance(word: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (i, &a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut left = i + 1;
        let mut neighbour = None;
        for (j, &b) in other.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&above, j) + usize::from(a != b)).min(at(&above, j + 1) + 1).min(left + 1);
            if previous == Some(b) && neighbour == Some(a) && j > 0 {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
            left = cost;
            neighbour = Some(b);
        }
        before = std::mem::replace(&mut above, row);
        previous = Some(a);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let keys = ["physicalType", "physicalName", "logicalType", "name", "id"];
        for (word, meant) in [
            ("phisicalType", Some("physicalType")),
            ("logicaltype", Some("logicalType")),
            ("nmae", Some("name")),
            ("names", Some("name")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
    }
}
