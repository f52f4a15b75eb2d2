//! Switching a guard off from outside, so that a test can see other tests fail.

use std::sync::Once;

use weft_govern::guard::{Guard, sabotage};

/// The variable that names the guard to switch off. Only tests read it.
pub const VARIABLE: &str = "WEFT_TEST_SABOTAGE";

/// Switches off the guard that the variable names, the first time it is called in this process.
///
/// # Panics
/// When the variable names no guard: a test of nothing would pass for a proof.
pub fn obey() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Some(named) = std::env::var_os(VARIABLE) {
            let found = Guard::ALL.iter().find(|guard| *format!("{guard:?}") == *named);
            sabotage::switch_off(Some(*found.unwrap_or_else(|| panic!("{VARIABLE} names no guard"))));
        }
    });
}
