//! The subcommands, one a file.

pub mod completions;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod init;
pub mod logging;
pub mod policy;
pub mod remote;
pub mod serve;
pub mod sql;
pub mod token;
pub mod validate;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::cli::token::{TokenArgs, TokenCommand};
use crate::cli::{Cli, Command, Output};
use crate::config::Config;
use crate::error::{Failure, setup};
use crate::terminal;

/// Runs a command line and says how it ended: 0 done, 1 the statement or check failed, 2 it could not run.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match attempt(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                terminal::remark(&text);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn attempt(cli: Cli) -> Result<(), Failure> {
    let named = cli.config.as_deref();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("weft-io")
        .enable_all()
        .build()
        .map_err(|cause| setup("starting the runtime")(&cause))?;
    let done = match cli.command {
        // What needs no configuration does not fail for a bad one.
        Command::Completions(args) => completions::completions(&args),
        Command::Init(args) => init::init(&args, cli.output),
        Command::Doctor(args) => runtime.block_on(doctor::doctor(named, &args, cli.output)),
        Command::Token(TokenArgs { command: TokenCommand::HashPassword(args), .. }) => {
            token::hash_password(&args, cli.output)
        }
        other => configured(Config::load(named)?, named.is_some(), other, cli.output, &runtime),
    };
    runtime.shutdown_background();
    done
}

/// Runs a command that a configuration says something to; `named` when the user named it.
fn configured(config: Config, named: bool, command: Command, output: Output, runtime: &Runtime) -> Result<(), Failure> {
    let quiet = !matches!(command, Command::Serve(_) | Command::Demo(_));
    logging::start(&config.log, quiet);
    match command {
        Command::Demo(args) => runtime.block_on(demo::demo(&args, output)),
        Command::Serve(args) => runtime.block_on(serve::serve(config, &args)),
        Command::Sql(args) => runtime.block_on(sql::sql(config, args, named, output)),
        Command::Import(args) => runtime.block_on(import::import(&config, &args, named, output)),
        Command::Validate(args) => runtime.block_on(validate::validate(&config, &args, named, output)),
        Command::Policy(args) => runtime.block_on(policy::policy(config, &args, named, output)),
        Command::Token(args) => token::token(config, &args, output),
        Command::Completions(_) | Command::Init(_) | Command::Doctor(_) => Ok(()),
    }
}
