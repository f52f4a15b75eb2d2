//! Which prefix a path falls under, and whom it belongs to.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::config::BindingConfig;
use crate::error::Error;
use crate::fault::Fault;
use crate::location::{DOMAIN, Location};
use crate::remote::address::Address;

/// One entry of `storage.bindings`.
#[derive(Debug)]
pub(crate) struct Binding {
    /// Its name.
    pub name: Arc<str>,
    /// The prefix as the configuration spells it.
    pub spelled: Arc<str>,
    /// Where it lies.
    pub pattern: Pattern,
    /// The bucket, for prefixes in object stores.
    pub address: Option<Address>,
    /// The configuration that nobody named, for what it may not open by itself.
    pub withheld: Option<Arc<str>>,
    /// The catalog whose tables lie there.
    pub catalog: Option<Arc<str>>,
    domains: Vec<String>,
}

/// A folder, or one folder per domain.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    head: PathBuf,
    tail: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Name(String),
    Domain { before: String, after: String },
}

impl Binding {
    /// Reads an entry; `place` turns a location into a path below one of the roots, if there is one.
    pub(crate) fn new(config: &BindingConfig, place: impl Fn(&Location) -> Option<PathBuf>) -> Result<Self, Error> {
        let malformed = |fault| Error::BindingMalformed { binding: config.name.clone(), fault };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if config.name.is_empty() || !config.name.chars().all(plain) {
            return Err(malformed(Fault::Name));
        }
        if Address::is_one(&config.prefix) {
            let address = Address::parse_prefix(&config.prefix).map_err(malformed)?;
            let tail = address.segments.iter().cloned().map(Part::new).collect();
            let pattern = Pattern { head: address.bucket_place(), tail };
            return Ok(Self::with(config, pattern, Some(address)));
        }
        let mut location = Location::parse_prefix(&config.prefix).map_err(malformed)?;
        let varies = location.segments.iter().position(|name| name.contains(DOMAIN)).unwrap_or(location.segments.len());
        let tail = location.segments.split_off(varies);
        let head = place(&location).ok_or_else(|| Error::BindingOutside { binding: config.name.clone() })?;
        let pattern = Pattern { head, tail: tail.into_iter().map(Part::new).collect() };
        Ok(Self::with(config, pattern, None))
    }

    fn with(config: &BindingConfig, pattern: Pattern, address: Option<Address>) -> Self {
        Self {
            name: Arc::from(config.name.as_str()),
            spelled: Arc::from(config.prefix.as_str()),
            pattern,
            address,
            withheld: config.withheld.as_deref().map(Arc::from),
            catalog: config.catalog.as_deref().map(Arc::from),
            domains: config.domains.clone(),
        }
    }

    /// True when the domain may use the prefix; `captured` is what `{domain}` stood for.
    pub(crate) fn grants(&self, domain: &str, captured: Option<&str>) -> bool {
        self.domains.iter().any(|listed| listed == "*" || listed == domain)
            && captured.is_none_or(|captured| captured == domain)
    }
}

impl Part {
    fn new(name: String) -> Self {
        match name.split_once(DOMAIN) {
            Some((before, after)) => Self::Domain { before: before.to_owned(), after: after.to_owned() },
            None => Self::Name(name),
        }
    }
}

impl Pattern {
    /// The folder of one domain.
    pub(crate) fn prefix(&self, domain: &str) -> PathBuf {
        let mut prefix = self.head.clone();
        for part in &self.tail {
            match part {
                Part::Name(name) => prefix.push(name),
                Part::Domain { before, after } => prefix.push(format!("{before}{domain}{after}")),
            }
        }
        prefix
    }

    /// How many names long it is.
    pub(crate) fn depth(&self) -> usize {
        depth(&self.head) + self.tail.len()
    }

    /// How closely it describes a path: the longer prefix wins, then the one with fewer placeholders.
    pub(crate) fn rank(&self) -> (usize, usize) {
        let names = self.tail.iter().filter(|part| matches!(part, Part::Name(_))).count();
        (self.depth(), depth(&self.head) + names)
    }

    /// Whether an existing file or folder belongs to this prefix. A file that stands where the placeholder's folders
    /// stand belongs to nobody's folder.
    pub(crate) fn owns(&self, real: &Path, folder: bool) -> bool {
        let beside = !folder && matches!(self.tail.last(), Some(Part::Domain { .. }));
        let real = if beside { real.parent().unwrap_or(real) } else { real };
        self.covers(real).is_some()
    }

    /// Whether a path is this folder or lies below it; inside, what `{domain}` stands for there.
    pub(crate) fn covers<'p>(&self, path: &'p Path) -> Option<Option<&'p str>> {
        let mut rest = path.strip_prefix(&self.head).ok()?.components();
        let mut captured: Option<&str> = None;
        for part in &self.tail {
            let Some(Component::Normal(name)) = rest.next() else { return None };
            let name = name.to_str()?;
            match part {
                Part::Name(wanted) if wanted == name => {}
                Part::Name(_) => return None,
                Part::Domain { before, after } => {
                    let domain = name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
                    if domain.is_empty() || captured.is_some_and(|earlier| earlier != domain) {
                        return None;
                    }
                    captured = Some(domain);
                }
            }
        }
        Some(captured)
    }

    /// The same folder with the links in its fixed part resolved, as far as it exists.
    pub(crate) fn resolved(&self) -> Self {
        let head = self.head.canonicalize().unwrap_or_else(|_| self.head.clone());
        Self { head, tail: self.tail.clone() }
    }
}

/// How many names long a path is.
pub(crate) fn depth(path: &Path) -> usize {
    path.components().filter(|component| matches!(component, Component::Normal(_))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(prefix: &str, domains: &[&str]) -> Result<Binding, Error> {
        let config = BindingConfig {
            name: "lake".to_owned(),
            prefix: prefix.to_owned(),
            domains: domains.iter().map(|&d| d.to_owned()).collect(),
            ..BindingConfig::default()
        };
        Binding::new(&config, |location| {
            let base = if location.absolute { PathBuf::from("/") } else { PathBuf::from("/mesh") };
            Some(base.join(location.segments.join("/"))).filter(|path| path.starts_with("/mesh"))
        })
    }

    #[test]
    fn a_template_covers_each_domains_folder() {
        let lake = binding("./data/d-{domain}/out", &["*"]).expect("binding");
        assert_eq!(lake.pattern.prefix("hr"), Path::new("/mesh/data/d-hr/out"));
        assert_eq!(lake.pattern.depth(), 4);
        assert_eq!(lake.pattern.covers(Path::new("/mesh/data/d-hr/out/x")), Some(Some("hr")));
        assert_eq!(lake.pattern.covers(Path::new("/mesh/data/d-/out")), None);
        assert_eq!(lake.pattern.covers(Path::new("/mesh/data/d-hr")), None);
        assert_eq!(lake.pattern.covers(Path::new("/mesh/data/hr/out")), None);
        assert!(lake.grants("hr", Some("hr")));
        assert!(!lake.grants("hr", Some("sales")));
    }

    #[test]
    fn nobody_is_the_default() {
        let lake = binding("data", &[]).expect("binding");
        assert!(!lake.grants("hr", None));
        assert!(binding("data", &["hr"]).expect("binding").grants("hr", None));
    }

    #[test]
    fn malformed_prefixes_are_refused() {
        let message = |prefix: &str| binding(prefix, &[]).expect_err(prefix).to_string();
        assert_eq!(message("data/*"), "storage binding `lake` holds a wildcard");
        assert_eq!(message("data/{model}"), "storage binding `lake` holds a placeholder that does not exist here");
        assert_eq!(message("../data"), "storage binding `lake` climbs out of the folder it starts in");
        assert_eq!(
            message("/etc"),
            "the prefix of storage binding `lake` lies below no entry of `storage.local_roots`"
        );
    }
}
