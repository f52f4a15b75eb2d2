//! `weft sql`: one statement, in this process or on a server.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use futures::StreamExt;
use weft_engine::caller::{Caller, Settings};
use weft_engine::statement::StatementRequest;
use weft_model::principal::Principal;

use crate::cli::{Output, SqlArgs};
use crate::config::Config;
use crate::error::Failure;
use crate::output::Sink;
use crate::wiring;

/// Runs the statement and prints or writes its answer.
///
/// # Errors
/// [`Failure::Statement`] when the statement failed, others when it could not begin.
pub async fn sql(mut config: Config, args: SqlArgs, output: Output) -> Result<(), Failure> {
    let text = match (&args.sql, &args.file) {
        (Some(sql), _) => sql.clone(),
        (None, Some(path)) => std::fs::read_to_string(path)
            .map_err(|cause| Failure::File { what: "reading the statement in", path: path.clone(), cause })?,
        (None, None) => return Err(Failure::Setup("no statement; use -c SQL or -f FILE".to_owned())),
    };
    if let Some(url) = &args.url {
        return super::remote::sql(url, &args, &text, output).await;
    }
    if let Some(folder) = &args.catalog {
        config.folder = std::path::PathBuf::from(".");
        config.mesh.catalog = Some(folder.clone());
    }
    let root = config.catalog()?;
    let house = wiring::house(&config, &root).await?;
    let principal = principal(&config, &root, &args)?;
    let anonymous = *principal.name == *weft_model::principal::ANONYMOUS;
    let caller = Caller {
        principal: Arc::new(principal),
        settings: Settings { purpose: args.purpose.clone(), ..Settings::default() },
    };
    let answer = answer(&house.engine, &caller, text, &args, output).await;
    if anonymous && answer.is_err() {
        become_someone(&config, &root);
    }
    answer
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

/// The user of users.yaml, the made-up one, or nobody. There is no way to be everybody.
fn principal(config: &Config, root: &std::path::Path, args: &SqlArgs) -> Result<Principal, Failure> {
    if let Some(name) = &args.as_user {
        let users = wiring::users(config, root)?;
        let user = users.user(name).filter(|user| !user.disabled).ok_or_else(|| {
            let known: Vec<String> = users.iter().map(|user| user.principal.name.to_string()).collect();
            Failure::Setup(format!("no user `{name}` in users.yaml; there are: {}", known.join(", ")))
        })?;
        return Ok(user.principal.as_ref().clone());
    }
    if args.user.is_none() && args.groups.is_empty() && args.roles.is_empty() {
        return Ok(Principal::anonymous());
    }
    let set = |names: &[String]| names.iter().map(|name| Arc::from(name.as_str())).collect::<BTreeSet<Arc<str>>>();
    Ok(Principal {
        name: Arc::from(args.user.as_deref().unwrap_or("someone")),
        groups: set(&args.groups),
        roles: set(&args.roles),
        purposes: args.purpose.iter().map(|purpose| Arc::from(purpose.as_str())).collect(),
        ..Principal::default()
    })
}

/// Tells an anonymous caller how to become someone.
fn become_someone(config: &Config, root: &std::path::Path) {
    let names = wiring::users(config, root)
        .map(|users| users.iter().map(|user| user.principal.name.to_string()).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut err = std::io::stderr().lock();
    let _ = match names.first() {
        Some(first) => writeln!(
            err,
            "hint: you are `anonymous`; try --as {first} (users.yaml has: {}), or --user, --groups, --roles",
            names.join(", ")
        ),
        None => writeln!(err, "hint: you are `anonymous`; try --user NAME --groups GROUP"),
    };
}
