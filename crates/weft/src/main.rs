//! The `weft` command.

use std::process::ExitCode;

use clap::Parser;
use weft::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    weft::command::run(Cli::parse())
}
