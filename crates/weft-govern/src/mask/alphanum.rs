//! Iceberg `mask-alphanum`.

/// Digits become `n`, the signs `( ) , . - @` stay, every other character becomes `x`.
pub(super) fn alphanum(value: &str, shown: &mut String) {
    if value.is_ascii() {
        shown.extend(value.bytes().map(|byte| char::from(masked(byte))));
    } else {
        shown.extend(value.chars().map(|character| char::from(u8::try_from(character).map_or(b'x', masked))));
    }
}

fn masked(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'n',
        b'(' | b')' | b',' | b'.' | b'-' | b'@' => byte,
        _ => b'x',
    }
}
