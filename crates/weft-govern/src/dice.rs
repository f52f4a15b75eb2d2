//! Numbers that nobody outside of a query can know.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::mask::salt::QuerySalt;

/// Draws numbers, other ones in every stream of every query.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// One stream's; `salt` is the query's, which nobody outside knows.
    pub(crate) fn new(salt: &QuerySalt) -> Self {
        static STREAMS: AtomicU64 = AtomicU64::new(0);
        Self(salt.seed(STREAMS.fetch_add(1, Ordering::Relaxed)))
    }

    /// Those that a number makes, the same each time.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound, by the multiplication that maps 64 random bits onto it.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
