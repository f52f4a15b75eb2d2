//! The `storage` section of `weft.yaml`.

use std::path::PathBuf;

use serde::Deserialize;

/// Which files the server may touch, and which domain may use which of them.
///
/// `local_roots` says where on disk Weft may read at all; the mesh root always counts as one.
/// `bindings` divide these roots among domains. Without any binding every domain may use everything below the roots,
/// so one domain's contract can name another domain's files. A mesh with more than one team therefore wants at least
///
/// ```yaml
/// storage:
///   bindings:
///     - {name: lake, prefix: "./data/{domain}/", domains: ["*"]}
/// ```
///
/// which gives every domain the folder that carries its name. As soon as one binding exists, a location under no
/// binding is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// Absolute folders below which local files may lie, beside the mesh root.
    pub local_roots: Vec<PathBuf>,
    /// Which domains may use which prefix.
    pub bindings: Vec<BindingConfig>,
}

/// One prefix and the domains that may use it.
///
/// The longest prefix that covers a location decides alone (at the same length, one without `{domain}`): a domain that may use `./data/` but not `./data/hr/`
/// cannot reach a file below the second one through the first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingConfig {
    /// The name contracts may ask for.
    pub name: String,
    /// A folder, absolute or relative to the mesh root. `{domain}` stands for the name of the domain that asks.
    pub prefix: String,
    /// The domains that may use it, by SQL name, or `*` for all; none means nobody.
    #[serde(default)]
    pub domains: Vec<String>,
}
