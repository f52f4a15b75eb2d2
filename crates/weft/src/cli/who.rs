//! Who a statement runs as, or a decision is asked for.

use clap::Args;

/// A user of users.yaml, or one made up on the command line; nobody in particular without any of these.
#[derive(Args, Clone, Debug, Default)]
pub struct WhoArgs {
    /// A user of users.yaml.
    #[arg(long = "as", value_name = "NAME", conflicts_with_all = ["user", "groups", "roles", "attributes"])]
    pub as_user: Option<String>,
    /// The name of a made-up user.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Its groups, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "GROUPS")]
    pub groups: Vec<String>,
    /// Its roles, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "ROLES")]
    pub roles: Vec<String>,
    /// Its attributes, as NAME=VALUE separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "ATTRIBUTES")]
    pub attributes: Vec<String>,
    /// The purpose; a user with a single permitted purpose has it without asking.
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
}
