//! `weft sql`: one statement, in this process or on a server.

use std::sync::Arc;

use futures::StreamExt;
use weft_engine::caller::{Caller, Settings};
use weft_engine::directory::TableKind;
use weft_engine::statement::StatementRequest;
use weft_model::principal::ANONYMOUS;

use crate::cli::{Output, SqlArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::output::Sink;
use crate::principal::{names, principal};
use crate::{terminal, wiring};

/// Runs the statement and prints or writes its answer.
///
/// # Errors
/// [`Failure::Statement`] when the statement failed, others when it could not begin.
pub async fn sql(mut config: Config, args: SqlArgs, output: Output) -> Result<(), Failure> {
    let text = match (&args.sql, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(path)) => std::fs::read_to_string(path).map_err(|cause| Failure::File {
            what: "reading the statement in",
            path: path.clone(),
            cause,
        })?,
        (None, None) => return Err(Failure::Setup("no statement; use -c SQL or -f FILE".to_owned())),
    };
    if let Some(url) = &args.url {
        return super::remote::sql(url, &args, &text, output).await;
    }
    if let Some(folder) = &args.catalog {
        config.place_mesh(folder)?;
    }
    let root = config.catalog().map_err(|failure| {
        failure.hinted("`weft init DIR` writes a mesh to begin with, `weft demo` generates one and serves it.")
    })?;
    let house = wiring::house(&config, &root).await?;
    let principal = principal(&config, &root, &args.who)?;
    let anonymous = *principal.name == *ANONYMOUS;
    let caller = Caller {
        principal: Arc::new(principal),
        settings: Settings { purpose: args.who.purpose.clone(), ..Settings::default() },
    };
    match answer(&house.engine, &caller, text, &args, output).await {
        Err(failure @ Failure::Statement(_)) if anonymous => Err(failure.hinted(become_someone(&config, &root))),
        Ok(()) if anonymous && output == Output::Table && args.out.is_none() => {
            if sees_nothing(&house.engine, &caller).await {
                terminal::remark(&format!("nothing of the mesh is visible: {}", become_someone(&config, &root)));
            }
            Ok(())
        }
        other => other,
    }
}

/// True when the mesh has no product for a caller.
async fn sees_nothing(engine: &weft_engine::engine::Engine, caller: &Caller) -> bool {
    let directory = engine.directory(caller).await;
    directory.is_ok_and(|directory| directory.tables.iter().all(|table| table.kind == TableKind::SystemTable))
}

async fn answer(
    engine: &weft_engine::engine::Engine,
    caller: &Caller,
    sql: String,
    args: &SqlArgs,
    output: Output,
) -> Result<(), Failure> {
    let planned = engine.prepare(caller, StatementRequest { sql, parameters: None }).await?;
    let mut sink = match &args.out {
        Some(path) => Sink::file(path, planned.schema())?,
        None => Sink::stdout(output, planned.schema()),
    };
    let mut rows = engine.execute(caller, planned).await?;
    while let Some(batch) = rows.next().await {
        sink.write(&batch?)?;
    }
    sink.finish()
}

/// What an anonymous caller does to become someone.
fn become_someone(config: &Config, root: &std::path::Path) -> String {
    let users = wiring::users(config, root).unwrap_or_default();
    let known = || users.iter().filter(|user| !user.disabled).map(|user| &*user.principal.name);
    match known().next() {
        Some(first) => format!(
            "you are `{ANONYMOUS}`; try --as {first} (users.yaml has {}), or --user, --groups and --roles",
            names(known())
        ),
        None => format!("you are `{ANONYMOUS}`; try --user NAME --groups GROUP"),
    }
}
