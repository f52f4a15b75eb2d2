//! The subcommands, one a file.

pub mod demo;
pub mod logging;
pub mod remote;
pub mod serve;
pub mod sql;

use std::io::Write;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::error::{Failure, setup};

/// Runs a command line and says how it ended: 0 done, 1 the statement or check failed, 2 it could not run.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match attempt(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr().lock(), "{}", failure.text());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn attempt(cli: Cli) -> Result<(), Failure> {
    let config = Config::load(cli.config.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("weft-io")
        .enable_all()
        .build()
        .map_err(|cause| setup("starting the runtime")(&cause))?;
    let quiet = matches!(cli.command, Command::Sql(_));
    logging::start(&config.log, quiet);
    let done = match cli.command {
        Command::Demo(args) => runtime.block_on(demo::demo(&args, cli.output)),
        Command::Serve(args) => runtime.block_on(serve::serve(config, &args)),
        Command::Sql(args) => runtime.block_on(sql::sql(config, args, cli.output)),
    };
    runtime.shutdown_background();
    done
}
