//! A keyed permutation of the whole numbers below a limit: equal in, equal out; different in, different out.

use std::cell::RefCell;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Rounds over wide blocks.
const ROUNDS: u8 = 8;

/// Rounds over blocks whose half is narrow: the fewer inputs a round has, the more of them it takes.
const ROUNDS_NARROW: u8 = 10;

/// Bits of a half from which a block is wide.
const WIDE: u32 = 24;

/// Fewer values than this are refused: they could be tried out one by one.
const LEAST: u128 = 1 << 32;

/// A balanced Feistel network with HMAC-SHA256 as its round function, walked until it lands below the limit.
#[derive(Clone)]
pub(super) struct Permutation {
    mac: Hmac<Sha256>,
    half: u32,
    rounds: u8,
    last: u128,
}

impl Permutation {
    /// A permutation of the numbers from zero to `last`. `None` when they are too few.
    pub(super) fn new(mac: Hmac<Sha256>, last: u128) -> Option<Self> {
        if last < LEAST - 1 {
            return None;
        }
        let half = (u128::BITS - last.leading_zeros()).div_ceil(2);
        let rounds = if half < WIDE { ROUNDS_NARROW } else { ROUNDS };
        Some(Self { mac, half, rounds, last })
    }

    /// What stands for the number; `None` above the last one.
    pub(super) fn apply(&self, number: u128) -> Option<u128> {
        if number > self.last {
            return None;
        }
        // Every step is a permutation, so the walk comes back below the limit, after four steps at most on average.
        let mut number = self.step(number);
        while number > self.last {
            number = self.step(number);
        }
        Some(number)
    }

    fn step(&self, block: u128) -> u128 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (block >> self.half, block & mask);
        for round in 0..self.rounds {
            (left, right) = (right, left ^ (self.round(round, right) & mask));
        }
        left << self.half | right
    }

    /// 64 pseudo-random bits of a round and a half.
    fn round(&self, round: u8, half: u128) -> u128 {
        // Halves have at most 64 bits; the number of the round fills the bits above them.
        let message = u128::from(round) << 64 | half;
        let output = <[u8; 32]>::from(self.mac.clone().chain_update(message.to_be_bytes()).finalize().into_bytes());
        output.first_chunk().map_or(0, |bytes| u128::from(u64::from_be_bytes(*bytes)))
    }
}

/// Numbers of one array seen before: keys of a foreign table come many times, and each costs many hashes.
pub(super) struct Memo<'a> {
    numbers: &'a Permutation,
    seen: RefCell<Vec<Option<Seen>>>,
}

/// A number and what stands for it.
type Seen = (u128, Option<u128>);

/// Numbers remembered; a later one takes the place of an earlier one.
const REMEMBERED: usize = 1 << 10;

impl<'a> Memo<'a> {
    pub(super) fn new(numbers: &'a Permutation) -> Self {
        Self { numbers, seen: RefCell::new(vec![None; REMEMBERED]) }
    }

    /// What stands for the number; `None` above the last one.
    pub(super) fn apply(&self, number: u128) -> Option<u128> {
        let mut seen = self.seen.borrow_mut();
        let Some(place) = seen.get_mut(place_of(number)) else { return self.numbers.apply(number) };
        match place {
            Some((before, token)) if *before == number => *token,
            _ => {
                let token = self.numbers.apply(number);
                *place = Some((number, token));
                token
            }
        }
    }
}

/// Spreads numbers over the places by the high bits of a product, because the low bits of many are alike.
fn place_of(number: u128) -> usize {
    let folded = (number ^ (number >> 64)) & u128::from(u64::MAX);
    let spread = u64::try_from(folded).unwrap_or_default().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(spread >> 54).unwrap_or_default()
}
