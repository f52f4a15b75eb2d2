//! What is taken from a configuration that nobody named: the weft.yaml of a folder that a command was given.
//!
//! Such a file may come from anywhere, as by cloning somebody's mesh. It says what its mesh is and where its data lies;
//! it does not get to use secrets of whoever runs the command, to name addresses to send them to, or to have files written.

use std::path::{Component, Path};

use serde_json::{Map, Value};
use weft_storage::config::BindingConfig;
use weft_storage::credentials::Credentials;
use weft_storage::remote::address::{Address, Service};

use crate::config::Config;
use crate::error::{Failure, setup};

/// Takes out of a file's settings what it may not say by itself, and returns the names of those.
pub(super) fn strip(settings: &mut Value, folder: &Path) -> Vec<String> {
    let Value::Object(settings) = settings else { return Vec::new() };
    let mut passed = Vec::new();
    // What says how a server runs has no meaning for the commands that come here.
    for section in ["server", "admin", "log"] {
        settings.shift_remove(section);
    }
    if settings.shift_remove("audit").is_some_and(|audit| !audit.is_null()) {
        passed.push("audit".to_owned());
    }
    if settings.get("spill").and_then(|spill| spill.get("dir")).is_some_and(|dir| !dir.is_null()) {
        passed.push("spill.dir".to_owned());
    }
    keep(settings, "spill", &["max"]);
    keep(settings, "auth", &["users"]);
    keep(settings, "keys", &["token"]);
    let own = |value: &Value| value.as_str().is_some_and(|path| inside(folder, Path::new(path)));
    if let Some(auth) = settings.get_mut("auth").and_then(Value::as_object_mut)
        && auth.get("users").is_some_and(|users| !users.is_null() && !own(users))
    {
        auth.shift_remove("users");
        passed.push("auth.users".to_owned());
    }
    if let Some(keys) = settings.get_mut("keys").and_then(Value::as_object_mut)
        && let Some(token) = keys.get("token").filter(|token| !token.is_null())
        && !(token.get("env").is_none() && token.get("file").is_some_and(own))
    {
        keys.shift_remove("token");
        passed.push("keys.token".to_owned());
    }
    passed
}

/// Leaves these keys in a section; a section that is not there stays so.
fn keep(settings: &mut Map<String, Value>, section: &str, keys: &[&str]) {
    if let Some(section) = settings.get_mut(section).and_then(Value::as_object_mut) {
        section.retain(|key, _| keys.contains(&key.as_str()));
    }
}

/// Withholds bindings that present themselves or name an address, and every catalog, and returns their names.
///
/// # Errors
/// When the mesh lies outside of the folder.
pub(super) fn withhold(config: &mut Config, path: &Path, folder: &Path) -> Result<Vec<String>, Failure> {
    if let Some(catalog) = &config.mesh.catalog {
        let there = config.path(catalog);
        let found = |path: &Path| path.canonicalize().map_err(|cause| setup(&format!("finding the mesh `{}`", path.display()))(&cause));
        if !found(&there)?.starts_with(found(folder)?) {
            let (path, folder) = (path.display(), folder.display());
            return Err(Failure::Setup(format!("`mesh.catalog` of `{path}` leads out of `{folder}`"))
                .hinted(format!("Nobody named that file: --config {path} obeys it, if you trust it.")));
        }
    }
    let mut passed = Vec::new();
    for binding in &mut config.storage.bindings {
        if asks(binding) {
            passed.push(format!("storage.bindings `{}`", binding.name.escape_debug()));
            binding.withheld = Some(path.display().to_string());
        }
    }
    for catalog in &mut config.storage.catalogs {
        passed.push(format!("storage.catalogs `{}`", catalog.name.escape_debug()));
        catalog.withheld = Some(path.display().to_string());
    }
    Ok(passed)
}

/// True for a binding that takes a secret, or names an address that is not the cloud's own.
fn asks(binding: &BindingConfig) -> bool {
    let http = Address::is_one(&binding.prefix)
        && Address::parse(&binding.prefix.replace("{domain}", "d")).is_ok_and(|address| address.service == Service::Http);
    http || binding.credentials != Credentials::Anonymous
        || binding.endpoint.is_some()
        || binding.metadata_endpoint.is_some()
}

/// True for a path that stays in a folder, links included.
fn inside(folder: &Path, path: &Path) -> bool {
    let there = folder.join(path);
    match (there.canonicalize(), folder.canonicalize()) {
        (Ok(there), Ok(folder)) => there.starts_with(folder),
        // What is not there cannot be read either; whoever needs it says so.
        _ => path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)),
    }
}
