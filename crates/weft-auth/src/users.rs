//! The users of this server: `users.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};
use serde_saphyr::{Location, Spanned};
use weft_model::finding::{Finding, Severity};
use weft_model::name::NAME_BYTES_MAX;
use weft_model::place::Place;
use weft_model::principal::{ANONYMOUS, Principal};

use crate::password::{StoredPassword, Unfit};
use crate::secret::Secret;

/// The user name that goes with any token in clients that insist on one.
pub const TOKEN_USER: &str = "token";

/// The users of this server.
#[derive(Clone, Debug, Default)]
pub struct UsersFile {
    users: BTreeMap<Arc<str>, Arc<User>>,
    warnings: Vec<Finding>,
}

/// One user.
#[derive(Clone, Debug)]
pub struct User {
    /// Who they are, with everything policy may look at.
    pub principal: Arc<Principal>,
    /// What their password is checked against; absent for users of tokens only.
    pub password: Option<StoredPassword>,
    /// True for users who may not come in for now.
    pub disabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    users: Vec<UserForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserForm {
    name: Spanned<String>,
    password: Option<Spanned<Unshown>>,
    #[serde(default)]
    groups: BTreeSet<Arc<str>>,
    #[serde(default)]
    roles: BTreeSet<Arc<str>>,
    #[serde(default)]
    purposes: BTreeSet<Arc<str>>,
    #[serde(default)]
    attributes: BTreeMap<Arc<str>, Arc<str>>,
    #[serde(default)]
    disabled: bool,
}

/// Text that complaints about the file do not repeat.
struct Unshown(Secret);

impl<'de> Deserialize<'de> for Unshown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Unshown;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a PHC string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Unshown, E> {
                Ok(Unshown(Secret::new(text)))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

const SYNTAX: &str = "AUTH-U001";
const NAME: &str = "AUTH-U002";
const PASSWORD: &str = "AUTH-U003";
const WEAK: &str = "AUTH-U004";

impl UsersFile {
    /// Reads `users.yaml`; `file` is how findings call it.
    ///
    /// # Errors
    /// Everything that is wrong with it; nothing of the file counts then.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let form: FileForm = serde_saphyr::from_str(text).map_err(|error| vec![syntax(file, &error)])?;
        let mut users = BTreeMap::new();
        let mut findings = Vec::new();
        for form in form.users {
            let place = place(file, form.name.referenced);
            let name: Arc<str> = Arc::from(form.name.value.as_str());
            check_name(&name, &place, &mut findings);
            let password = form.password.and_then(|text| stored(file, &name, text, &mut findings));
            let principal = Arc::new(Principal {
                name: Arc::clone(&name),
                groups: form.groups,
                roles: form.roles,
                purposes: form.purposes,
                attributes: form.attributes,
            });
            let user = Arc::new(User { principal, password, disabled: form.disabled });
            if users.insert(Arc::clone(&name), user).is_some() {
                findings.push(Finding::error(NAME, place, format!("user `{name}` is listed twice")));
            }
        }
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(findings);
        }
        Ok(Self { users, warnings: findings })
    }

    /// The user with this name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&Arc<User>> {
        self.users.get(name)
    }

    /// All users, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// What is worth knowing about a file that counts.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }
}

fn stored(file: &str, user: &str, text: Spanned<Unshown>, findings: &mut Vec<Finding>) -> Option<StoredPassword> {
    let place = place(file, text.referenced);
    match StoredPassword::parse(text.value.0.expose()) {
        Ok(stored) => {
            if stored.weak() {
                let message = format!("the password of user `{user}` is hashed with less memory than advised");
                let hint = "Make a new one with `weft token hash-password`.";
                findings.push(Finding::warning(WEAK, place, message).hint(hint));
            }
            Some(stored)
        }
        Err(Unfit::Plain) => {
            let message = format!("the password of user `{user}` is not an argon2id PHC string");
            let hint = "Replace it by the output of `weft token hash-password`, which reads the password from standard \
                        input; if this was the password itself, choose another one.";
            findings.push(Finding::error(PASSWORD, place, message).hint(hint));
            None
        }
        Err(Unfit::TooCostly) => {
            let message = format!("the password of user `{user}` costs too much to check");
            let hint = "Make a new one with `weft token hash-password`.";
            findings.push(Finding::error(PASSWORD, place, message).hint(hint));
            None
        }
    }
}

fn check_name(name: &str, place: &Place, findings: &mut Vec<Finding>) {
    let fault = if name.is_empty() {
        "a user has no name".to_owned()
    } else if name == ANONYMOUS || name == TOKEN_USER {
        format!("user name `{name}` is reserved")
    } else if name.len() > NAME_BYTES_MAX {
        format!("a user name is longer than {NAME_BYTES_MAX} bytes")
    } else if name.contains(':') || name.chars().any(char::is_control) || name.trim() != name {
        format!("user name `{}` holds a colon, a control character or space around it", name.escape_debug())
    } else {
        return;
    };
    findings.push(Finding::error(NAME, place.clone(), fault));
}

fn syntax(file: &str, error: &serde_saphyr::Error) -> Finding {
    // The text with a snippet would show passwords.
    let error = error.without_snippet();
    let place = error.location().map_or_else(|| Place::file(file), |location| place(file, location));
    let message = error.to_string();
    let line = message.lines().next().unwrap_or_default().to_owned();
    Finding::error(SYNTAX, place, format!("the file is not a list of users: {line}"))
}

fn place(file: &str, location: Location) -> Place {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Place::new(file, number(location.line()), number(location.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$/gCHQXeWuH7mvGMkWSyTGg";

    fn findings(text: &str) -> Vec<String> {
        let findings = UsersFile::parse("users.yaml", text).expect_err(text);
        findings.into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn users_are_read_with_everything_policy_looks_at() {
        let text = format!(
            "users:\n  - name: ana\n    password: {PHC}\n    groups: [eu-analysts]\n    roles: [analyst]\n    \
             purposes: [fraud]\n    attributes: {{region: EU, level: 3}}\n  - {{name: bob, disabled: true}}\n"
        );
        let users = UsersFile::parse("users.yaml", &text).expect("users");
        let ana = users.user("ana").expect("ana");
        assert_eq!(&*ana.principal.name, "ana");
        assert!(ana.principal.groups.contains("eu-analysts") && ana.principal.roles.contains("analyst"));
        assert!(ana.principal.purposes.contains("fraud"));
        assert_eq!(ana.principal.attributes.get("region").map(AsRef::as_ref), Some("EU"));
        assert_eq!(ana.principal.attributes.get("level").map(AsRef::as_ref), Some("3"));
        assert!(ana.password.is_some() && !ana.disabled);
        let bob = users.user("bob").expect("bob");
        assert!(bob.password.is_none() && bob.disabled);
        assert_eq!(users.iter().count(), 2);
        assert!(users.warnings().is_empty());
        assert!(!format!("{users:?}").contains("argon2id"));
    }

    #[test]
    fn a_plain_password_is_refused_and_not_repeated() {
        let found = findings("users:\n  - name: ana\n    password: hunter2\n");
        assert_eq!(
            found,
            ["users.yaml:3:15: error[AUTH-U003]: the password of user `ana` is not an argon2id PHC string\n  hint: \
              Replace it by the output of `weft token hash-password`, which reads the password from standard input; if \
              this was the password itself, choose another one."]
        );
        for text in ["users: [{name: a, password: [hunter2]}]", "users: [{name: a, password: hunter2, x: 1}]"] {
            assert!(!findings(text).concat().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn every_fault_is_found_at_its_place() {
        let found = findings("users:\n  - {name: ana}\n  - {name: ana}\n  - {name: 'a:b'}\n  - {name: token}\n");
        assert_eq!(
            found,
            [
                "users.yaml:3:12: error[AUTH-U002]: user `ana` is listed twice",
                "users.yaml:4:12: error[AUTH-U002]: user name `a:b` holds a colon, a control character or space around it",
                "users.yaml:5:12: error[AUTH-U002]: user name `token` is reserved",
            ]
        );
        let found = findings("users:\n  - {name: ana, grups: [x]}\n").concat();
        assert!(found.starts_with("users.yaml:2:17: error[AUTH-U001]: the file is not a list of users: "), "{found}");
        assert!(found.contains("grups"), "{found}");
        assert_eq!(findings("users: [{name: ''}, {name: anonymous}]").len(), 2);
        assert_eq!(findings("").len(), 1);
        assert_eq!(findings("user: []").len(), 1);
    }

    #[test]
    fn a_weak_password_is_worth_a_warning() {
        let text = format!("users: [{{name: ana, password: '{}'}}]", PHC.replace("19456", "1024"));
        let users = UsersFile::parse("users.yaml", &text).expect("users");
        let [warning] = users.warnings() else { panic!("one warning") };
        assert_eq!(warning.message, "the password of user `ana` is hashed with less memory than advised");
    }
}
