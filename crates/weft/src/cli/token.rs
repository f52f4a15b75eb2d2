//! `weft token`: personal access tokens, and password hashes for users.yaml.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `weft token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
    /// The file of tokens, instead of the configuration's `auth.tokens`.
    #[arg(long, global = true, value_name = "FILE")]
    pub tokens: Option<PathBuf>,
    /// The folder of the mesh, instead of the configuration's; its users.yaml counts unless `auth.users` is set.
    #[arg(long, global = true, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for a user and print it, this one time.
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List the tokens, without their secrets.
    List,
    /// End a token now.
    Revoke(RevokeArgs),
    /// Turn a password into the text that users.yaml holds.
    #[command(after_help = HASH_EXAMPLES)]
    HashPassword(HashArgs),
}

const CREATE_EXAMPLES: &str = "\
The token works as a Bearer and as a password. Only its hash is kept, in a file that only you can read.

Examples:
  weft token create --user analyst
  weft token create --user analyst --name ci --expires 30d --purposes reporting > ci.token
  weft token create --user analyst --expires never --output json";

const HASH_EXAMPLES: &str = "\
The password is asked for, read from standard input when that is no terminal, or read from a file; never given as an
argument, where other users of this machine could see it.

Examples:
  weft token hash-password
  weft token hash-password --password-file secret.txt
  printf %s \"$PASSWORD\" | weft token hash-password";

/// `weft token create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// A user of users.yaml; what the token may do is what this user may do.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// What to call it.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub name: String,
    /// When it ends: a number of days or hours (90d, 12h), a day (YYYY-MM-DD), or `never`.
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    pub expires: String,
    /// The purposes it is limited to, separated by commas; without them, all of the user's.
    #[arg(long, value_delimiter = ',', value_name = "PURPOSES")]
    pub purposes: Option<Vec<String>>,
}

/// `weft token revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The token's id, as `weft token list` shows it.
    pub id: String,
}

/// `weft token hash-password`.
#[derive(Debug, Args)]
pub struct HashArgs {
    /// A file that holds the password; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}
