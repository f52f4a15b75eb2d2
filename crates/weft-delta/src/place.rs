//! Where files of a table lie: addresses as the kernel spells them, paths as the store does.

use delta_kernel::{KernelError, KernelResult};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use object_store::path::Path;
use url::Url;
use weft_port::location::PortLocation;

/// Begins every address that leads into the port's store. Nothing but this crate reads it.
pub(crate) const STORE: &str = "weft://port/";

/// The address of a folder.
pub(crate) fn folder(path: &Path) -> KernelResult<Url> {
    let mut url = file(path)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("");
    }
    Ok(url)
}

/// The address of a file.
pub(crate) fn file(path: &Path) -> KernelResult<Url> {
    let mut url = Url::parse(STORE)?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path.parts().map(|part| part.as_ref().to_owned()));
    }
    Ok(url)
}

/// The path of an address below a table; an address of anything else is refused. What the log names may be named with `..`,
/// and the store holds other tables beside this one.
pub(crate) fn path(url: &Url, table: &Path) -> KernelResult<Path> {
    let outside = || KernelError::unsupported(format!("`{url}` lies outside of the table's own folder, and is not read"));
    if !url.as_str().starts_with(STORE) {
        return Err(outside());
    }
    let path = Path::from_url_path(url.path())?;
    if path.prefix_match(table).is_none() {
        return Err(outside());
    }
    Ok(path)
}

/// The path of a file that the log names, below a table. Names are written as addresses are: a `%` begins an escape.
///
/// # Errors
/// For a name that leads elsewhere.
pub(crate) fn named(table: &Path, name: &str) -> KernelResult<Path> {
    if absolute(name) {
        let what = "lies outside of the table's own folder, as files of a shallow clone do, and is not read";
        return Err(KernelError::unsupported(format!("`{name}` {what}")));
    }
    let below = Path::from_url_path(name)?;
    Ok(table.parts().chain(below.parts()).collect())
}

/// True for what is no name below the table.
pub(crate) fn absolute(name: &str) -> bool {
    let scheme = |(scheme, _): (&str, &str)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
    };
    name.starts_with('/') || name.split_once("://").is_some_and(scheme) || name.starts_with("file:/")
}

/// The name below the table of what an absolute address leads to, spelled as names are; [`None`] when it leads elsewhere.
pub(crate) fn relative(address: &str, at: &PortLocation) -> Option<String> {
    let decoded = percent_decode_str(address).decode_utf8().ok()?;
    let path = (at.inside)(&decoded)?;
    let below: Vec<_> = path.prefix_match(&at.path)?.collect();
    let table = Path::default();
    let name = below.into_iter().fold(table, |path, part| path.join(part));
    Some(file(&name).ok()?.path().trim_start_matches('/').to_owned())
}

/// An absolute address in one of its spellings.
pub(crate) fn spelled(address: &str) -> String {
    let decoded = percent_decode_str(address).decode_utf8_lossy();
    match decoded.split_once("://") {
        Some((scheme, rest)) if !scheme.eq_ignore_ascii_case("file") => {
            let scheme = scheme.to_ascii_lowercase();
            let scheme = if matches!(scheme.as_str(), "s3a" | "s3n") { "s3" } else { &scheme };
            format!("{scheme}://{}", utf8_percent_encode(rest, AS_IN_PATHS))
        }
        _ => {
            let path = decoded.strip_prefix("file:").unwrap_or(&decoded).trim_start_matches('/');
            format!("file:///{}", utf8_percent_encode(path, AS_IN_PATHS))
        }
    }
}

/// What is escaped in an address; slashes are not.
const AS_IN_PATHS: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'"').add(b'<').add(b'>').add(b'?').add(b'#').add(b'`');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_lead_to_the_same_file() {
        let table = Path::parse("a b/t%20").unwrap();
        for (name, wanted) in [
            ("part.parquet", "a b/t%20/part.parquet"),
            ("k=a%252Fb/x%20y.parquet", "a b/t%20/k=a%2Fb/x y.parquet"),
            ("k=a:b/x.parquet", "a b/t%20/k=a:b/x.parquet"),
        ] {
            let found = named(&table, name).unwrap();
            assert_eq!(found.as_ref(), wanted);
            assert_eq!(path(&file(&found).unwrap(), &table).unwrap(), found);
        }
        assert_eq!(folder(&table).unwrap().as_str(), "weft://port/a%20b/t%2520/");
        assert_eq!(path(&folder(&table).unwrap().join("_delta_log/0.json").unwrap(), &table).unwrap().as_ref(), "a b/t%20/_delta_log/0.json");
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let table = Path::from("t");
        for name in ["s3://bucket/x.parquet", "file:///etc/passwd", "file:/etc/passwd", "/etc/passwd", "../x.parquet", "a/../../x"] {
            assert!(named(&table, name).is_err(), "{name}");
        }
        for address in ["s3://bucket/x", "weft://other/t/x", "weft://port/x", "weft://port/t2/x", "weft://port/t/../x", "weft://port/t/%2e%2e/x"] {
            assert!(path(&Url::parse(address).unwrap(), &table).is_err(), "{address}");
        }
        assert!(path(&Url::parse("weft://port/t/x").unwrap(), &table).is_ok());
    }
}
