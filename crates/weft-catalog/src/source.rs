//! What a file of the mesh is, judged by its path alone.

use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::name::{DomainName, slug};
use weft_model::place::Place;
use weft_policy::set::SourceAuthority;

/// The folder that belongs to the governance board.
pub(crate) const GOVERNANCE: &str = "_governance";

/// What a file of the mesh is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An ODPS or ODCS document.
    Document,
    /// Rules of the board or of a domain.
    Policy(SourceAuthority),
    /// What a domain says about itself.
    Domain(DomainName),
    /// The query of a derived product.
    Query,
}

/// The role of a file, by its path relative to the root of the mesh; `None` for files that are none of ours.
///
/// # Errors
/// A finding for a policy file where no policy is read: ignoring it in silence would drop rules that tighten.
pub(crate) fn role(path: &Arc<str>) -> Result<Option<Role>, Finding> {
    let Some(stem) = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml")) else {
        return Ok(path.ends_with(".sql").then_some(Role::Query));
    };
    if is_document(path) {
        return Ok(Some(Role::Document));
    }
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let in_governance = folder.split('/').next() == Some(GOVERNANCE);
    let is_policy = name == "policy" || name.ends_with(".policy");
    if in_governance && name.ends_with(".policy") {
        return Ok(Some(Role::Policy(SourceAuthority::Board)));
    }
    if in_governance {
        return Err(misplaced(
            path,
            "is not read as policy",
            "Board policies are named `_governance/<name>.policy.yaml`.",
        ));
    }
    let domain = if folder.is_empty() || folder.contains('/') { None } else { slug(folder).map(DomainName::new) };
    match (name, domain) {
        ("policy" | "domain", Some(domain)) if domain.reserved() => Err(misplaced(
            path,
            "would speak for a domain that belongs to Weft itself",
            "Give the folder another name.",
        )),
        ("policy", Some(domain)) => Ok(Some(Role::Policy(SourceAuthority::Domain(domain)))),
        ("domain", Some(domain)) => Ok(Some(Role::Domain(domain))),
        _ if is_policy => Err(misplaced(
            path,
            "is not read as policy",
            "A domain's policy is `<domain>/policy.yaml`, the board's are `_governance/<name>.policy.yaml`.",
        )),
        _ => Ok(None),
    }
}

/// True for product and contract files, by their path.
pub(crate) fn is_document(path: &str) -> bool {
    let stem = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml"));
    stem.is_some_and(|stem| stem.ends_with(".odps") || stem.ends_with(".odcs"))
}

/// The complaint about a file in a place where it is not read.
fn misplaced(path: &Arc<str>, message: &str, hint: &str) -> Finding {
    Finding::error("CAT-005", Place::file(Arc::clone(path)), format!("a file here {message}")).hint(hint)
}

/// The domain whose folder a file lies in.
pub(crate) fn folder_domain(path: &str) -> Option<DomainName> {
    let (folder, _) = path.split_once('/')?;
    slug(folder).map(DomainName::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_paths() {
        let orders = || DomainName::new("orders");
        let cases = [
            ("orders/orders/orders.odps.yaml", Some(Role::Document)),
            ("x.odcs.yml", Some(Role::Document)),
            ("_governance/pii.policy.yaml", Some(Role::Policy(SourceAuthority::Board))),
            ("_governance/eu/gdpr.policy.yml", Some(Role::Policy(SourceAuthority::Board))),
            ("orders/policy.yaml", Some(Role::Policy(SourceAuthority::Domain(orders())))),
            ("Orders/policy.yml", Some(Role::Policy(SourceAuthority::Domain(orders())))),
            ("orders/domain.yaml", Some(Role::Domain(orders()))),
            ("orders/daily/daily.sql", Some(Role::Query)),
            ("users.yaml", None),
            ("orders/readme.md", None),
            ("orders/orders/notes.yaml", None),
            ("domain.yaml", None),
        ];
        for (path, expected) in cases {
            assert_eq!(role(&Arc::from(path)), Ok(expected), "{path}");
        }
    }

    #[test]
    fn misplaced_policies_are_reported() {
        for path in ["policy.yaml", "orders/orders/policy.yaml", "orders/extra.policy.yaml", "board.policy.yaml"] {
            let finding = role(&Arc::from(path)).unwrap_err();
            assert_eq!(
                finding.to_string(),
                format!(
                    "{path}: error[CAT-005]: a file here is not read as policy\n  hint: A domain's policy is \
                     `<domain>/policy.yaml`, the board's are `_governance/<name>.policy.yaml`."
                )
            );
        }
        let finding = role(&Arc::from("weft/domain.yaml")).unwrap_err();
        assert_eq!(
            finding.to_string(),
            "weft/domain.yaml: error[CAT-005]: a file here would speak for a domain that belongs to Weft itself\n  hint: \
             Give the folder another name."
        );
        let finding = role(&Arc::from("_governance/pii.yaml")).unwrap_err();
        assert_eq!(
            finding.to_string(),
            "_governance/pii.yaml: error[CAT-005]: a file here is not read as policy\n  hint: Board policies are named \
             `_governance/<name>.policy.yaml`."
        );
    }
}
