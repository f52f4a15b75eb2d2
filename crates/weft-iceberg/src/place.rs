//! Where the files of a table lie: addresses as metadata spells them, paths as the store does.

use object_store::path::Path;
use weft_port::error::Error;
use weft_port::location::PortLocation;

use crate::failure::refused;

/// A table's place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) at: PortLocation,
    /// Where the metadata says that the table lies, without a slash at its end.
    location: String,
}

impl Place {
    pub(crate) fn new(at: PortLocation, location: &str) -> Self {
        // What says what the table is has been read.
        let at = PortLocation { metadata: None, ..at };
        Self { at, location: plain(location).trim_end_matches('/').to_owned() }
    }

    /// The path of a file that metadata names.
    ///
    /// What lies below the table's location lies below the port's folder: a table that was moved as a whole still names its
    /// files where it was. Nothing else is read but what lies in that folder: the store of a binding holds other tables too,
    /// and labels follow places.
    ///
    /// # Errors
    /// For an address that leads elsewhere.
    pub(crate) fn path(&self, address: &str) -> Result<Path, Error> {
        let elsewhere = || {
            let address = address.escape_debug();
            refused(&self.at, format!("`{address}` lies outside of the table's own folder"))
        };
        let spelled = plain(address);
        let below = spelled.strip_prefix(&self.location).filter(|_| !self.location.is_empty()).and_then(|rest| rest.strip_prefix('/'));
        match below {
            Some(below) => Path::parse(format!("{}/{below}", self.at.path)).map_err(|_| elsewhere()),
            None => (self.at.inside)(address).filter(|path| path.prefix_match(&self.at.path).is_some()).ok_or_else(elsewhere),
        }
    }
}

impl Place {
    /// False where an address is known not to begin as another, or as what is left of it: of addresses that are spelled
    /// otherwise than the table's own that is not known.
    pub(crate) fn may_begin(&self, address: &str, other: &str) -> bool {
        let (address, other) = (plain(address), plain(other));
        let own = |address: &str| !self.location.is_empty() && address.starts_with(&self.location);
        address.starts_with(&other) || !own(&address) || !own(&other)
    }
}

/// One spelling of addresses that mean the same.
fn plain(address: &str) -> String {
    match address.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => format!("/{}", rest.trim_start_matches('/')),
        Some((scheme, rest)) if rest.starts_with("//") => {
            let scheme = scheme.to_ascii_lowercase();
            format!("{}:{rest}", if matches!(scheme.as_str(), "s3a" | "s3n") { "s3" } else { &scheme })
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;

    use super::*;

    fn place(location: &str) -> Place {
        let at = PortLocation {
            store: Arc::new(InMemory::new()),
            binding: Arc::from("b"),
            path: Path::from("lake/t"),
            metadata: None,
            keep: None,
            inside: Arc::new(|address| Path::parse(address.strip_prefix("s3://bucket/")?).ok()),
            hive: None,
            coalesce: 0,
            restrictions: None,
            spelled: Arc::from("s3://bucket/lake/t"),
        };
        Place::new(at, location)
    }

    #[test]
    fn addresses_below_the_table_are_paths_below_its_folder() {
        for (location, address, wanted) in [
            ("s3://bucket/lake/t", "s3a://bucket/lake/t/data/x y.parquet", Some("lake/t/data/x y.parquet")),
            ("s3://bucket/lake/t/", "s3://bucket/lake/t/data/k=a%2Fb/x.parquet", Some("lake/t/data/k=a%2Fb/x.parquet")),
            // A table that was moved.
            ("file:///tmp/old", "file:/tmp/old/data/x.parquet", Some("lake/t/data/x.parquet")),
            ("/tmp/old", "file:/tmp/old/data/x.parquet", Some("lake/t/data/x.parquet")),
            ("s3://elsewhere/t", "s3://bucket/lake/t/data/x.parquet", Some("lake/t/data/x.parquet")),
            ("s3://bucket/lake/t", "s3://bucket/lake/t/../u/x.parquet", None),
            ("s3://bucket/lake/t", "s3://bucket/lake/t2/x.parquet", None),
            ("s3://bucket/lake/t", "s3://other/lake/t/x.parquet", None),
            ("s3://bucket/lake/t", "/etc/passwd", None),
            ("", "/etc/passwd", None),
        ] {
            let found = place(location).path(address).ok();
            assert_eq!(found.as_ref().map(AsRef::as_ref), wanted, "{address}");
        }
    }
}
