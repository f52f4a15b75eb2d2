//! Exact arithmetic of `bucket` and `round` over whole numbers.

use arrow::datatypes::i256;

/// A signed whole number wide enough for the values of a type.
pub(super) trait Whole: Copy + Ord + Default {
    fn ten_to(power: u32) -> Option<Self>;
    fn rem(self, by: Self) -> Option<Self>;
    fn plus(self, other: Self) -> Option<Self>;
    fn minus(self, other: Self) -> Option<Self>;
    fn times(self, other: Self) -> Option<Self>;
    fn parse(digits: &str) -> Option<Self>;
}

impl Whole for i128 {
    fn ten_to(power: u32) -> Option<Self> {
        10_i128.checked_pow(power)
    }
    fn rem(self, by: Self) -> Option<Self> {
        // Dividing narrow numbers is several times as fast.
        match (i64::try_from(self), i64::try_from(by)) {
            (Ok(narrow), Ok(by)) => narrow.checked_rem(by).map(Self::from),
            _ => self.checked_rem(by),
        }
    }
    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn minus(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }
    fn times(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn parse(digits: &str) -> Option<Self> {
        digits.parse().ok()
    }
}

impl Whole for i256 {
    fn ten_to(power: u32) -> Option<Self> {
        Self::from(10).checked_pow(power)
    }
    fn rem(self, by: Self) -> Option<Self> {
        self.checked_rem(by)
    }
    fn plus(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn minus(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }
    fn times(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn parse(digits: &str) -> Option<Self> {
        Self::from_string(digits)
    }
}

/// The multiple of `width` at or below the value; `None` when it cannot be written.
pub(super) fn floor_to<W: Whole>(value: W, width: W) -> Option<W> {
    let over = value.rem(width)?;
    let toward_zero = value.minus(over)?;
    if over < W::default() { toward_zero.minus(width) } else { Some(toward_zero) }
}

/// The value rounded to `10^power`, half away from zero; `None` when it cannot be written.
pub(super) fn round_to<W: Whole>(value: W, power: u32) -> Option<W> {
    // A unit that the number type cannot hold is more than twice any value: all of them round to zero.
    let Some(unit) = W::ten_to(power) else { return Some(W::default()) };
    let over = value.rem(unit)?;
    let toward_zero = value.minus(over)?;
    if over < W::default() {
        let short = W::default().minus(over)?;
        if short >= unit.minus(short)? { toward_zero.minus(unit) } else { Some(toward_zero) }
    } else if over >= unit.minus(over)? {
        toward_zero.plus(unit)
    } else {
        Some(toward_zero)
    }
}

/// A width in units of `10^-scale`; `None` unless that is a whole number above zero.
pub(super) fn width_in_units<W: Whole>(width: f64, scale: i8) -> Option<W> {
    if !width.is_finite() || width <= 0.0 {
        return None;
    }
    // The shortest decimal text of a number is what its author wrote: 0.1 is a tenth here.
    let text = width.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: W = W::parse(&format!("{whole}{fraction}"))?;
    let power = i64::from(scale) - i64::try_from(fraction.len()).ok()?;
    let unit = W::ten_to(u32::try_from(power.unsigned_abs()).ok()?)?;
    if power >= 0 {
        return digits.times(unit);
    }
    (digits.rem(unit)? == W::default()).then(|| divide(digits, unit)).flatten()
}

/// Exact division, by subtraction of powers: it runs once, when a mask is bound.
fn divide<W: Whole>(digits: W, unit: W) -> Option<W> {
    let mut rest = digits;
    let mut quotient = W::default();
    for power in (0..77).rev() {
        let (Some(step), Some(one)) = (W::ten_to(power).and_then(|ten| ten.times(unit)), W::ten_to(power)) else {
            continue;
        };
        while rest >= step {
            rest = rest.minus(step)?;
            quotient = quotient.plus(one)?;
        }
    }
    Some(quotient)
}
