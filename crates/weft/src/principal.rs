//! The principal that a command line names: a user of users.yaml, a made-up one, or nobody in particular.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use weft_auth::users::{User, UsersFile};
use weft_contract::standard::suggest::nearest;
use weft_model::principal::{ANONYMOUS, Principal};

use crate::cli::who::WhoArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::wiring;

/// How many users a message names.
const NAMED_MAX: usize = 20;

/// The principal that the arguments name. There is no way to be everybody.
///
/// # Errors
/// When no such user is listed, or the purpose is not one of theirs.
pub fn principal(config: &Config, root: &Path, who: &WhoArgs) -> Result<Principal, Failure> {
    match &who.as_user {
        Some(name) => {
            let users = wiring::users(config, root)?;
            let principal = Principal::clone(&listed(&users, name)?.principal);
            purpose(&principal, who.purpose.as_deref())?;
            Ok(principal)
        }
        None => made_up(who),
    }
}

/// The user with this name, who may come in.
///
/// # Errors
/// When there is none; the message names those there are.
pub fn listed<'a>(users: &'a UsersFile, name: &str) -> Result<&'a Arc<User>, Failure> {
    let known = || users.iter().filter(|user| !user.disabled).map(|user| &*user.principal.name);
    match users.user(name) {
        Some(user) if !user.disabled => Ok(user),
        Some(_) => Err(Failure::Setup(format!("user `{name}` is disabled in the users file"))),
        None => {
            let meant = nearest(name, known()).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            let there = match names(known()) {
                none if none.is_empty() => "it lists nobody".to_owned(),
                names => format!("it lists {names}"),
            };
            Err(Failure::Setup(format!("no user `{name}` in the users file; {there}{meant}")))
        }
    }
}

/// Names for a message, at most [`NAMED_MAX`] of them.
pub fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let more = all.len().saturating_sub(NAMED_MAX);
    let mut text = all.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The purpose that counts for a principal who asks for this one.
///
/// # Errors
/// When it is none of theirs.
pub fn purpose(principal: &Principal, asked: Option<&str>) -> Result<Option<Arc<str>>, Failure> {
    principal.purpose(asked).map_err(|asked| {
        let theirs = match names(principal.purposes.iter().map(AsRef::as_ref)) {
            none if none.is_empty() => "none is permitted".to_owned(),
            names => format!("permitted are {names}"),
        };
        Failure::Setup(format!("purpose `{asked}` is not permitted to user `{}`; {theirs}", principal.name))
    })
}

fn made_up(who: &WhoArgs) -> Result<Principal, Failure> {
    let set = |names: &[String]| names.iter().map(|name| Arc::from(name.as_str())).collect::<BTreeSet<Arc<str>>>();
    let named = who.user.is_some() || !who.groups.is_empty() || !who.roles.is_empty() || !who.attributes.is_empty();
    if !named {
        purpose(&Principal::anonymous(), who.purpose.as_deref())?;
        return Ok(Principal::anonymous());
    }
    let name = who.user.as_deref().unwrap_or("someone");
    if name == ANONYMOUS {
        return Err(Failure::Setup(format!("`--user {ANONYMOUS}` means nobody; leave it out")));
    }
    let attributes: Result<BTreeMap<Arc<str>, Arc<str>>, Failure> = who
        .attributes
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((Arc::from(name), Arc::from(value))),
            _ => Err(Failure::Setup(format!("`--attributes {pair}` is not NAME=VALUE"))),
        })
        .collect();
    Ok(Principal {
        name: Arc::from(name),
        groups: set(&who.groups),
        roles: set(&who.roles),
        purposes: who.purpose.iter().map(|purpose| Arc::from(purpose.as_str())).collect(),
        attributes: attributes?,
    })
}
