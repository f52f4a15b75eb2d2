//! `weft completions`: what a shell needs to complete command lines.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Failure;
use crate::terminal;

/// Prints the script for a shell.
///
/// # Errors
/// When standard output cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "weft", &mut script);
    terminal::answer(&String::from_utf8_lossy(&script))
}
