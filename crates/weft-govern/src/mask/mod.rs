//! Masks made ready for one column, and the keys some of them need.
//!
//! A mask never changes a column's type, and NULL stays NULL except under `constant` and `mask_to_fixed_value`.
//! A mask that cannot apply (another type, no key, no token domain, a constant that does not parse) shows NULL
//! everywhere: it fails closed.
//!
//! Read in this order: [`bound`], [`keys`], [`salt`], `kernel`, then the functions: `text`, `alphanum`, `address`,
//! `calendar`, `numbers`, `whole`, `decimals`, `fill`, `digest`, `token`, `permutation`, `encoded`.

mod address;
mod alphanum;
pub mod bound;
mod calendar;
mod decimals;
mod digest;
mod encoded;
pub mod error;
mod fill;
mod kernel;
pub mod keys;
mod numbers;
mod permutation;
pub mod salt;
mod text;
mod token;
mod whole;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
