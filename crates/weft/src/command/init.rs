//! `weft init`: a folder that serves, to be changed into one's own.

mod orders;
mod template;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use weft_auth::secret::Secret;
use weft_auth::users::UsersFile;
use weft_auth::{password, random};

use crate::cli::{InitArgs, Output};
use crate::error::{Failure, setup};
use crate::terminal;

/// The mode of files that hold secrets.
const PRIVATE: u32 = 0o600;

/// The mode of every other file.
const SHARED: u32 = 0o644;

/// A file to be written.
struct File {
    path: PathBuf,
    bytes: Vec<u8>,
    mode: u32,
}

/// Writes the folder, or nothing when one of its files is there already.
///
/// # Errors
/// When a file is there, cannot be written, or the user's name or password cannot be one.
pub fn init(args: &InitArgs, output: Output) -> Result<(), Failure> {
    let given = match &args.password_file {
        Some(path) => Some(crate::password::from_file(path)?),
        None if std::io::stdin().is_terminal() && output == Output::Table => {
            terminal::remark("A password for the first user; leave it empty to have one made up.");
            Some(crate::password::ask()?).filter(|typed| !typed.expose().is_empty())
        }
        None => None,
    };
    let (secret, made_up) = match given {
        Some(given) => (given, false),
        None => (Secret::new(random_digits::<12>()?), true),
    };
    let files = files(args, &secret)?;
    if let Some(there) = files.iter().find(|file| file.path.symlink_metadata().is_ok()) {
        return Err(Failure::Setup(format!(
            "`{}` is there already, and nothing is overwritten; name another folder",
            there.path.display()
        )));
    }
    for file in &files {
        write(file)?;
    }
    told(args, &files, made_up.then_some(&secret), output)
}

/// Everything that will be written.
fn files(args: &InitArgs, secret: &Secret) -> Result<Vec<File>, Failure> {
    let hash = password::hash(secret).map_err(Failure::unmet("hashing the password"))?;
    let fill = |text: &str| text.replace("{{user}}", &args.user).replace("{{hash}}", &hash);
    let users = fill(template::USERS);
    // A name that is no user name would make a folder that does not serve.
    let listed = UsersFile::parse("users.yaml", &users).ok();
    if listed.is_none_or(|listed| listed.user(&args.user).is_none()) {
        return Err(Failure::Setup(format!("`{}` cannot be the name of a user", args.user.escape_debug())));
    }
    let mut files = vec![
        File::new(args, "users.yaml", users.into_bytes(), PRIVATE),
        File::new(args, "keys/ticket.key", random_digits::<32>()?.into_bytes(), PRIVATE),
        File::new(args, "keys/token.key", random_digits::<32>()?.into_bytes(), PRIVATE),
        File::new(args, orders::PATH, orders::parquet().map_err(|cause| setup("making the orders")(&cause))?, SHARED),
    ];
    files.extend(template::FILES.iter().map(|(path, text)| File::new(args, path, fill(text).into_bytes(), SHARED)));
    Ok(files)
}

impl File {
    fn new(args: &InitArgs, path: &str, bytes: Vec<u8>, mode: u32) -> Self {
        Self { path: args.dir.join(path), bytes, mode }
    }
}

/// Random bytes as digits: a key, or a password that can be pasted.
fn random_digits<const BYTES: usize>() -> Result<String, Failure> {
    Ok(random::hex(&random::bytes::<BYTES>().map_err(Failure::unmet("making a key"))?))
}

fn write(file: &File) -> Result<(), Failure> {
    let failed = |what, path: &Path| {
        let path = path.to_owned();
        move |cause| Failure::File { what, path, cause }
    };
    if let Some(folder) = file.path.parent() {
        std::fs::create_dir_all(folder).map_err(failed("making the folder", folder))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, file.mode);
    options.open(&file.path).and_then(|mut out| out.write_all(&file.bytes)).map_err(failed("writing", &file.path))
}

/// Says what there is now; a password that was made up is shown this one time.
fn told(args: &InitArgs, files: &[File], made_up: Option<&Secret>, output: Output) -> Result<(), Failure> {
    let dir = args.dir.display();
    if output == Output::Json {
        return terminal::json(&json!({
            "dir": args.dir.display().to_string(),
            "user": args.user,
            "password": made_up.map(Secret::expose),
            "files": files.iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>(),
        }));
    }
    let password = match made_up {
        Some(secret) => format!("password {}, which is not shown again", secret.expose()),
        None => "the password you gave".to_owned(),
    };
    terminal::answer(&format!(
        "Wrote {} files into {dir}: a mesh of one domain and one product, to be changed into your own.\n\
         User {} has {password}.\n\nNext:\n  cd {dir}\n  weft validate --bind\n  weft sql --as {} -c 'select * from \
         shop.orders limit 5'\n  weft policy explain --as {} shop.orders\n  weft serve\n",
        files.len(),
        args.user,
        args.user,
        args.user
    ))
}
