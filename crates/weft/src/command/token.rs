//! `weft token`: personal access tokens, and password hashes for users.yaml.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use weft_auth::password;
use weft_auth::token::{TokenRecord, TokenRequest};
use weft_auth::token_file;

use crate::cli::Output;
use crate::cli::token::{CreateArgs, HashArgs, TokenArgs, TokenCommand};
use crate::config::Config;
use crate::error::Failure;
use crate::principal::listed;
use crate::{listing, moment, terminal, wiring};

/// The longest name of a token.
const NAME_CHARS_MAX: usize = 100;

/// When a change of the file counts.
const SERVERS: &str = "A server that runs takes the change in within seconds; with `mesh.reload: manual`, on SIGHUP.";

const HOUR: i64 = 60 * 60;

/// Makes, lists or ends tokens.
///
/// # Errors
/// When users or tokens cannot be read or written, or the request makes no sense.
pub fn token(mut config: Config, args: &TokenArgs, output: Output) -> Result<(), Failure> {
    if let Some(folder) = &args.catalog {
        config.place_mesh(folder)?;
    }
    match &args.command {
        TokenCommand::Create(create) => make(&config, &file(&config, args)?, create, output),
        TokenCommand::List => list(&file(&config, args)?, output),
        TokenCommand::Revoke(revoke) => end(&file(&config, args)?, &revoke.id, output),
        TokenCommand::HashPassword(hash) => hash_password(hash, output),
    }
}

/// Where the tokens are kept.
fn file(config: &Config, args: &TokenArgs) -> Result<PathBuf, Failure> {
    match (&args.tokens, &config.auth.tokens) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(path)) => Ok(config.path(path)),
        (None, None) => Err(Failure::Setup(
            "no file of tokens is named; use --tokens FILE, or `auth.tokens` in weft.yaml".to_owned(),
        )),
    }
}

fn make(config: &Config, path: &Path, args: &CreateArgs, output: Output) -> Result<(), Failure> {
    // Only the mesh's own users.yaml needs the mesh.
    let root = if config.auth.users.is_some() { config.folder.clone() } else { config.catalog()? };
    let users = wiring::users(config, &root)?;
    let user = listed(&users, &args.user)?;
    if args.name.chars().any(char::is_control) || args.name.chars().count() > NAME_CHARS_MAX {
        return Err(Failure::Setup(format!(
            "a token's name has at most {NAME_CHARS_MAX} characters, none of them a control character"
        )));
    }
    let now = wiring::now();
    let request = TokenRequest {
        name: args.name.clone(),
        purposes: args
            .purposes
            .as_ref()
            .map(|all| all.iter().map(|one| Arc::from(one.as_str())).collect::<BTreeSet<_>>()),
        expires: expiry(&args.expires, now)?,
    };
    let made = token_file::update(path, |store| store.create(user, request, now));
    let (record, secret) = made.map_err(Failure::unmet("making a token"))?;
    if output == Output::Json {
        let mut value = as_json(&record, now);
        if let Value::Object(map) = &mut value {
            map.insert("token".to_owned(), Value::from(secret.expose()));
        }
        return terminal::json(&value);
    }
    terminal::answer(secret.expose())?;
    let until = record.expires.map_or_else(|| "never".to_owned(), moment::text);
    terminal::remark(&format!(
        "token {} of user `{}`, ends {until}; it is not shown again\n{SERVERS}",
        record.id, record.user
    ));
    Ok(())
}

/// When a token ends: after a span, on a day, or never.
fn expiry(text: &str, now: i64) -> Result<Option<i64>, Failure> {
    if text == "never" {
        return Ok(None);
    }
    let span = |ending: char, seconds: i64| {
        let number = text.strip_suffix(ending)?.parse::<u32>().ok()?;
        now.checked_add(i64::from(number).checked_mul(seconds)?)
    };
    if let Some(moment) = span('d', 24 * HOUR).or_else(|| span('h', HOUR)) {
        return Ok(Some(moment));
    }
    moment::day(text).map(Some).map_err(|_| {
        Failure::Setup(format!("`--expires {text}` is none of a span (90d, 12h), a day (2027-03-31) or `never`"))
    })
}

fn list(path: &Path, output: Output) -> Result<(), Failure> {
    let store = token_file::load(path).map_err(Failure::unmet("reading the tokens"))?;
    let now = wiring::now();
    if output == Output::Json {
        return terminal::json(&store.list().iter().map(|record| as_json(record, now)).collect());
    }
    let rows: Vec<[String; 7]> = store
        .list()
        .iter()
        .map(|record| {
            let purposes = record.purposes.as_ref().map_or_else(
                || "all of the user's".to_owned(),
                |purposes| purposes.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(","),
            );
            [
                record.id.to_string(),
                record.user.to_string(),
                record.name.clone(),
                purposes,
                moment::text(record.created),
                record.expires.map_or_else(|| "never".to_owned(), moment::text),
                state(record, now).to_owned(),
            ]
        })
        .collect();
    listing::print(["id", "user", "name", "purposes", "created", "expires", "state"], &rows, output)
}

fn end(path: &Path, id: &str, output: Output) -> Result<(), Failure> {
    let now = wiring::now();
    let ended = token_file::update(path, |store| store.revoke(id, now).cloned());
    let record = ended.map_err(Failure::unmet("revoking a token"))?;
    match output {
        Output::Json => terminal::json(&as_json(&record, now)),
        Output::Table | Output::Csv => {
            terminal::answer(&format!("token {} of user `{}` is revoked", record.id, record.user))?;
            terminal::remark(SERVERS);
            Ok(())
        }
    }
}

/// Turns a password into the text that users.yaml holds; needs no configuration.
///
/// # Errors
/// When there is no password, or it cannot be one.
pub fn hash_password(args: &HashArgs, output: Output) -> Result<(), Failure> {
    let password = match &args.password_file {
        Some(path) => crate::password::from_file(path)?,
        None => crate::password::ask()?,
    };
    let hash = password::hash(&password).map_err(Failure::unmet("hashing the password"))?;
    match output {
        Output::Json => terminal::json(&json!({ "hash": hash })),
        Output::Table | Output::Csv => terminal::answer(&hash),
    }
}

fn state(record: &TokenRecord, now: i64) -> &'static str {
    match record {
        _ if record.works(now) => "works",
        TokenRecord { revoked: Some(_), .. } => "revoked",
        _ => "expired",
    }
}

/// A token without its hash: nobody needs that, and it is one less thing to leak.
fn as_json(record: &TokenRecord, now: i64) -> Value {
    json!({
        "id": &*record.id,
        "user": &*record.user,
        "name": record.name,
        "purposes": record.purposes.as_ref().map(|all| all.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
        "created": moment::text(record.created),
        "expires": record.expires.map(moment::text),
        "revoked": record.revoked.map(moment::text),
        "state": state(record, now),
    })
}
