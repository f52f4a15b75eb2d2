//! `weft demo`: a retail mesh, generated, served, and what to paste.

use std::io::Write;
use std::path::{Path, PathBuf};

use weft_auth::token::{TokenRequest, TokenStore};
use weft_auth::users::UsersFile;
use weft_storage::config::BindingConfig;

use crate::cli::{DemoArgs, Output};
use weft_model::quantity::Bytes;
use crate::config::{Audit, Config, Keys, SecretSource};
use crate::demo::examples::EXAMPLES;
use crate::demo::prepare::{MESH, prepare};
use crate::error::{Failure, setup};
use crate::wiring;

/// A persona with the token made for it.
struct Persona {
    name: String,
    token: String,
    groups: Vec<String>,
    purposes: Vec<String>,
}

/// Generates the mesh unless it is there, serves it, and prints what to paste.
///
/// # Errors
/// When the folder cannot be written or the port is taken.
pub async fn demo(args: &DemoArgs, output: Output) -> Result<(), Failure> {
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => cache_folder()?.join("weft").join("demo"),
    };
    let dir = std::path::absolute(&dir).map_err(|cause| setup("finding the demo's folder")(&cause))?;
    let listener = super::serve::listen(([127, 0, 0, 1], args.port).into(), "`--port`, 0 for a free one").await?;
    let address = listener.local_addr().map_err(|cause| setup("listening")(&cause))?;
    let prepared = prepare(&dir, &mut |line| say(line)).map_err(|cause| setup("generating the demo")(&cause))?;
    let root = prepared.root;
    let mut config = Config { folder: dir.clone(), ..Config::default() };
    config.mesh.catalog = Some(root.clone());
    // Without a binding, every domain could name every other domain's files.
    config.storage.bindings = vec![BindingConfig {
        name: "demo".to_owned(),
        prefix: "./data/{domain}/".to_owned(),
        domains: vec!["*".to_owned()],
        ..BindingConfig::default()
    }];
    config.keys = Keys { ticket: None, token: Some(master_key(&dir)?) };
    let max = Bytes(100 * 1024 * 1024);
    config.audit = Some(Audit { file: PathBuf::from("audit.jsonl"), max, keep: 10 });
    // One port is enough to try things out.
    config.admin.listen = None;
    let (personas, tokens) = personas(&config, &root, &dir)?;
    let house = wiring::house(&config, &root).await?;
    let url = format!("grpc://{address}");
    match output {
        Output::Json => print_json(&url, &personas)?,
        Output::Table | Output::Csv => print_text(&url, &personas, &dir.join(MESH))?,
    }
    super::serve::run(&config, &root, Some(tokens), house, listener, super::serve::stopped()).await
}

#[expect(clippy::disallowed_methods, reason = "the user's cache folder is where the environment says it is")]
fn cache_folder() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    match std::env::var_os("HOME") {
        Some(home) => Ok(PathBuf::from(home).join(".cache")),
        None => Err(Failure::Setup("no cache folder is known; name one with --dir".to_owned())),
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The demo's own master key for token masks, made once per folder.
fn master_key(dir: &Path) -> Result<SecretSource, Failure> {
    let path = dir.join("token.key");
    if !path.exists() {
        let key = weft_auth::random::bytes::<32>().map_err(|cause| setup("making a key")(&cause))?;
        private_file(&path, weft_auth::random::hex(&key).as_bytes())?;
    }
    Ok(SecretSource { file: Some(path), env: None })
}

/// Makes a fresh token for every user of the mesh; only their hashes are kept.
fn personas(config: &Config, root: &Path, dir: &Path) -> Result<(Vec<Persona>, PathBuf), Failure> {
    let users: UsersFile = wiring::users(config, root)?;
    let path = dir.join("tokens.json");
    let failed = |cause: weft_auth::error::Error| setup("making tokens")(&cause);
    if path.exists() {
        std::fs::remove_file(&path).map_err(|cause| Failure::File {
            what: "replacing the tokens in",
            path: path.clone(),
            cause,
        })?;
    }
    let mut personas = Vec::new();
    weft_auth::token_file::update(&path, |store: &mut TokenStore| {
        for user in users.iter() {
            let request = TokenRequest { name: "demo".to_owned(), purposes: None, expires: None };
            let (_, secret) = store.create(user, request, wiring::now())?;
            personas.push(Persona {
                name: user.principal.name.to_string(),
                token: secret.expose().to_owned(),
                groups: user.principal.groups.iter().map(ToString::to_string).collect(),
                purposes: user.principal.purposes.iter().map(ToString::to_string).collect(),
            });
        }
        Ok(())
    })
    .map_err(failed)?;
    Ok((personas, path))
}

fn private_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(path).and_then(|mut file| file.write_all(bytes));
    made.map_err(|cause| Failure::File { what: "writing", path: path.to_owned(), cause })
}

/// Exactly one line, once the server can answer.
fn print_json(url: &str, personas: &[Persona]) -> Result<(), Failure> {
    let line = serde_json::json!({
        "url": url,
        "personas": personas.iter().map(|persona| serde_json::json!({
            "name": persona.name,
            "token": persona.token,
            "groups": persona.groups,
            "purposes": persona.purposes,
        })).collect::<Vec<_>>(),
        "examples": EXAMPLES.iter().map(|example| serde_json::json!({
            "persona": example.persona,
            "sql": example.sql,
            "purpose": example.purpose,
        })).collect::<Vec<_>>(),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|cause| setup("printing")(&cause))
}

fn print_text(url: &str, personas: &[Persona], data: &Path) -> Result<(), Failure> {
    let mut text = format!("Serving the retail mesh at {url}\nFiles: {}\n", data.display());
    for persona in personas {
        text.push_str(&format!("\n{} (groups: {})\n", persona.name, persona.groups.join(", ")));
        if !persona.purposes.is_empty() {
            text.push_str(&format!("  purposes: {}\n", persona.purposes.join(", ")));
        }
        text.push_str(&format!("  token: {}\n", persona.token));
        for example in EXAMPLES.iter().filter(|example| example.persona == persona.name).take(1) {
            let purpose = example.purpose.map(|purpose| format!(" --purpose {purpose}")).unwrap_or_default();
            text.push_str(&format!(
                "  WEFT_TOKEN={} weft sql --url {url}{purpose} -c \"{}\"\n",
                persona.token, example.sql
            ));
        }
    }
    text.push_str(&format!(
        "\nPython: import adbc_driver_flightsql.dbapi as fl\n        fl.connect(\"{url}\", db_kwargs={{\"username\": \
         NAME, \"password\": TOKEN}})\nStop with Ctrl-C.\n"
    ));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|cause| setup("printing")(&cause))
}
