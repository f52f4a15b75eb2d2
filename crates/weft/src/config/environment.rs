//! Settings from the environment: `WEFT__SERVER__LISTEN` is `server.listen`.

use serde_json::{Map, Value};

use crate::error::Failure;

/// What the names of such variables begin with.
pub const PREFIX: &str = "WEFT__";

/// One setting from the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The variable.
    pub name: String,
    /// Where the setting stands, in lower case.
    pub path: Vec<String>,
    /// The scalar, as YAML.
    pub value: String,
}

/// The settings among these variables, by name.
#[must_use]
pub fn overrides(variables: impl Iterator<Item = (String, String)>) -> Vec<Override> {
    let mut all: Vec<Override> = variables
        .filter_map(|(name, value)| {
            let path = name.strip_prefix(PREFIX)?.split("__").map(str::to_ascii_lowercase).collect();
            Some(Override { path, name, value })
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Puts a setting into a configuration, making the sections above it.
///
/// # Errors
/// When the value is not a scalar, or stands where a section stands.
pub fn apply(config: &mut Value, set: &Override) -> Result<(), Failure> {
    let refused = |why: &str| Failure::Setup(format!("the environment variable `{}` {why}", set.name));
    let scalar: Value = serde_saphyr::from_str(&set.value).map_err(|_| refused("does not hold a scalar"))?;
    if scalar.is_array() || scalar.is_object() {
        return Err(refused("does not hold a scalar; lists and sections belong in weft.yaml"));
    }
    let mut section = config;
    let Some((last, above)) = set.path.split_last() else { return Err(refused("names no setting")) };
    for name in above {
        section = entry(section, name).ok_or_else(|| refused("names a setting below one that is no section"))?;
    }
    let place = entry(section, last).ok_or_else(|| refused("names a setting below one that is no section"))?;
    if place.is_array() || place.is_object() {
        return Err(refused("names a section; name one of its settings"));
    }
    *place = scalar;
    Ok(())
}

fn entry<'a>(section: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    if section.is_null() {
        *section = Value::Object(Map::new());
    }
    Some(section.as_object_mut()?.entry(name).or_insert(Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Override {
        overrides([(name.to_owned(), value.to_owned())].into_iter()).remove(0)
    }

    #[test]
    fn a_setting_is_put_in_its_place() {
        let mut config = serde_json::json!({"version": 1, "server": {"listen": "127.0.0.1:1"}});
        apply(&mut config, &set("WEFT__SERVER__LISTEN", "127.0.0.1:2")).unwrap();
        apply(&mut config, &set("WEFT__LIMITS__STATEMENT_TIME", "10m")).unwrap();
        apply(&mut config, &set("WEFT__AUTH__ANONYMOUS", "true")).unwrap();
        assert_eq!(
            config,
            serde_json::json!({
                "version": 1,
                "server": {"listen": "127.0.0.1:2"},
                "limits": {"statement_time": "10m"},
                "auth": {"anonymous": true},
            })
        );
    }

    #[test]
    fn only_scalars_can_be_set() {
        let mut config = serde_json::json!({"server": {"listen": "127.0.0.1:1"}});
        let text = |failure: Failure| failure.text().unwrap();
        assert_eq!(
            text(apply(&mut config, &set("WEFT__SERVER", "x")).unwrap_err()),
            "error: the environment variable `WEFT__SERVER` names a section; name one of its settings"
        );
        assert_eq!(
            text(apply(&mut config, &set("WEFT__STORAGE__BINDINGS", "[]")).unwrap_err()),
            "error: the environment variable `WEFT__STORAGE__BINDINGS` does not hold a scalar; lists and sections belong \
             in weft.yaml"
        );
        assert_eq!(
            text(apply(&mut config, &set("WEFT__SERVER__LISTEN__PORT", "1")).unwrap_err()),
            "error: the environment variable `WEFT__SERVER__LISTEN__PORT` names a setting below one that is no section"
        );
    }
}
