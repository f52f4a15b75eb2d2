//! Account numbers with valid check digits, of banks that do not exist.

use super::random::Random;

/// An account number of the country, whose national part has this many digits.
///
/// Bank codes begin with four zeros, which no bank has.
#[must_use]
pub fn iban(country: &str, digits: usize, random: &mut Random) -> String {
    let account = format!("0000{}", random.digits(&"#".repeat(digits.saturating_sub(4))));
    let check = 98 - remainder(&format!("{account}{country}00"));
    format!("{country}{check:02}{account}")
}

/// ISO 7064 MOD 97-10: letters count as 10 to 35.
fn remainder(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_valid() {
        assert_eq!(remainder("370400440532013000DE89"), 1);
        let mut random = Random::named("iban");
        for (country, digits, length) in [("DE", 18, 22), ("FR", 23, 27), ("AT", 16, 20)] {
            let iban = iban(country, digits, &mut random);
            assert_eq!(iban.len(), length);
            let (head, rest) = iban.split_at(4);
            assert_eq!(remainder(&format!("{rest}{head}")), 1, "{iban}");
        }
    }
}
