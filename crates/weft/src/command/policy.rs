//! `weft policy`: what the policy means, asked without touching data.

mod check;
mod diff;
mod explain;
mod outcome;
mod suite;
mod table;
mod test;

use crate::cli::Output;
use crate::cli::policy::{PolicyArgs, PolicyCommand};
use crate::config::Config;
use crate::error::Failure;

/// Explains, checks, tests or compares.
///
/// # Errors
/// [`Failure::Found`] when what was asked for is not so, others when it cannot be asked.
pub async fn policy(mut config: Config, args: &PolicyArgs, named: bool, output: Output) -> Result<(), Failure> {
    if let Some(folder) = &args.catalog {
        config.place_mesh(folder)?;
    }
    match &args.command {
        PolicyCommand::Explain(args) => explain::explain(&config, args, output).await,
        PolicyCommand::Check(args) => check::check(&config, args, output).await,
        PolicyCommand::Test(args) => test::test(&config, args, output).await,
        PolicyCommand::Diff(args) => diff::diff(&config, args, named, output).await,
    }
}
