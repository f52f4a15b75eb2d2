//! Benchmarks: two ways of answering the same question, side by side in one process.
//!
//! A benchmark states its conditions and reports medians and ratios; it never fails because of a time.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run stops")]

pub mod answers;
pub mod conditions;
pub mod pairs;
