//! What this binary was built from, as `build.rs` found it.

/// Everything `weft --version` says behind the name.
pub const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit      ",
    env!("WEFT_COMMIT"),
    "\ntarget      ",
    env!("WEFT_TARGET"),
    "\nprofile     ",
    env!("WEFT_PROFILE"),
    "\ndatafusion  ",
    env!("WEFT_DATAFUSION"),
    "\narrow       ",
    env!("WEFT_ARROW"),
);
