//! Random numbers that are the same on every machine and in every release: SplitMix64.

/// A stream of random numbers, chosen by name.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The stream with this name. Every table has its own, so that a change to one leaves the others alone.
    #[must_use]
    pub fn named(name: &str) -> Self {
        // FNV-1a of the name is the seed.
        let state = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `bound` − 1; 0 when the bound is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The high half of a 32 × 32 bit product is below the bound.
        let product = (self.next() >> 32) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low.saturating_add_unsigned(self.below(high.abs_diff(low).saturating_add(1)))
    }

    /// True this many times in a hundred.
    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of the items; the type's default when there are none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        self.place(items.len()).and_then(|place| items.get(place)).copied().unwrap_or_default()
    }

    /// A reference to one of the items.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        self.place(items.len()).and_then(|place| items.get(place))
    }

    /// Fills every `#` of the pattern with a digit.
    pub fn digits(&mut self, pattern: &str) -> String {
        pattern
            .chars()
            .map(|c| if c == '#' { char::from_digit(self.below(10), 10).unwrap_or('0') } else { c })
            .collect()
    }

    fn place(&mut self, len: usize) -> Option<usize> {
        usize::try_from(self.below(u32::try_from(len).ok()?)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_and_differ_by_name() {
        let draw = |name: &str| {
            let mut random = Random::named(name);
            [random.below(1000), random.below(1000), random.below(1000)]
        };
        assert_eq!(draw("orders"), draw("orders"));
        assert_ne!(draw("orders"), draw("touches"));
    }

    #[test]
    fn bounds_hold() {
        let mut random = Random::named("bounds");
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((-3..=3).contains(&random.between(-3, 3)));
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<u8>(&[]), 0);
        assert_eq!(random.digits("##-#").len(), 4);
    }
}
