//! `weft sql`: one statement, in this process or on a server.

use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use weft_catalog::catalog::ProductCatalog;
use weft_engine::caller::{Caller, Settings};
use weft_engine::directory::TableKind;
use weft_engine::statement::StatementRequest;
use weft_model::finding::Severity;
use weft_model::principal::ANONYMOUS;

use crate::cli::{Output, SqlArgs};
use crate::config::Config;
use crate::discovery::Discovery;
use crate::error::Failure;
use crate::output::Sink;
use crate::output::target::Target;
use crate::principal::{names, principal};
use crate::{terminal, wiring};

/// The code of a product that cannot be opened.
const BROKEN: &str = "WEFT-Q007";

/// Runs the statement and prints or writes its answer; `named` says that a configuration was named.
///
/// # Errors
/// [`Failure::Statement`] when the statement failed, others when it could not begin.
pub async fn sql(config: Config, args: SqlArgs, named: bool, output: Output) -> Result<(), Failure> {
    let text = statement(&args)?;
    let target = args.out.as_deref().map(Target::of).transpose()?;
    if let Some(url) = server(&args) {
        return super::remote::sql(&url, &args, &text, output, target.as_ref()).await;
    }
    let (config, root) = match &args.catalog {
        Some(folder) => crate::mesh::at(&config, folder, named)?,
        None => {
            let root = config.catalog().map_err(|failure| {
                failure.hinted("`weft init DIR` writes a mesh to begin with, `weft demo` generates one and serves it.")
            })?;
            (config, root)
        }
    };
    crate::mesh::remark_passed(&config, &[""]);
    let house = wiring::house(&config, &root).await?;
    Discovery::begun(&config, &root, &house.catalog).await?;
    let principal = principal(&config, &root, &args.who)?;
    let anonymous = *principal.name == *ANONYMOUS;
    let caller = Caller {
        principal: Arc::new(principal),
        settings: Settings { purpose: args.who.purpose.clone(), as_of: args.as_of.clone(), ..Settings::default() },
    };
    let answered = answer(&house.engine, &caller, text, output, target.as_ref()).await;
    if let Err(Failure::Statement(_)) = &answered {
        wrong_with_the_mesh(&house).await;
    }
    let answered = answered.map_err(|failure| match (&failure, crate::mesh::withheld(&config)) {
        (Failure::Statement(error), Some(hint)) if error.code().id == BROKEN => failure.hinted(hint),
        _ => failure,
    });
    match answered {
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

/// The statement of `-c`, of a file or of standard input. Editors mark the beginning of a file; the mark is no SQL.
fn statement(args: &SqlArgs) -> Result<String, Failure> {
    let path = match (&args.sql, &args.file) {
        (Some(sql), _) => return Ok(sql.clone()),
        (None, Some(path)) => path,
        (None, None) => return Err(Failure::Setup("no statement; use -c SQL or -f FILE".to_owned())),
    };
    let read = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(path)
    };
    let text = read.map_err(|cause| Failure::File { what: "reading the statement in", path: path.clone(), cause })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// The server of `--url`, or that of WEFT_URL unless the command line names a mesh or a user of this process.
#[expect(clippy::disallowed_methods, reason = "clap would take the variable for a flag that conflicts with others")]
fn server(args: &SqlArgs) -> Option<String> {
    let who = &args.who;
    let made_up = !(who.groups.is_empty() && who.roles.is_empty() && who.attributes.is_empty());
    if args.url.is_some() || args.catalog.is_some() || who.as_user.is_some() || who.user.is_some() || made_up {
        return args.url.clone();
    }
    std::env::var("WEFT_URL").ok().filter(|url| !url.is_empty())
}

/// Says what a failed statement may come from: whoever runs the engine alone has no operators and no log to ask.
async fn wrong_with_the_mesh(house: &wiring::House) {
    let Ok(snapshot) = house.catalog.snapshot().await else { return };
    let errors = snapshot.problems().iter().filter(|problem| problem.finding.severity == Severity::Error);
    match errors.count() {
        0 => {}
        1 => terminal::remark("the mesh has an error; `weft validate` shows it"),
        many => terminal::remark(&format!("the mesh has {many} errors; `weft validate` shows them")),
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
    output: Output,
    target: Option<&Target>,
) -> Result<(), Failure> {
    let planned = engine.prepare(caller, StatementRequest { sql, parameters: None }).await?;
    let mut sink = Sink::open(target, output, planned.schema())?;
    let mut rows = engine.execute(caller, planned).await?;
    while let Some(batch) = rows.next().await {
        sink.write(&batch?)?;
        if sink.unread() {
            break;
        }
    }
    sink.finish()
}

/// What an anonymous caller does to become someone.
fn become_someone(config: &Config, root: &Path) -> String {
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
