//! Which tables hold the same data: labels belong to the physical column, whoever declares it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use weft_model::contract::{SchemaObject, Server, ServerKind};

/// Where a table lies, spelled so that equal places are equal texts. One entry per server that holds data itself.
pub(crate) fn locations(servers: &[Server], object: &SchemaObject) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = servers
        .iter()
        .filter(|server| server.kind != ServerKind::WeftSql)
        .filter_map(|server| match server.kind {
            ServerKind::IcebergCatalog => Some(Arc::from(catalogued(&server.location_of(object), &object.physical_name))),
            _ => normal(&server.location_of(object)).map(Arc::from),
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// A table of a catalog, by its name there: some catalogs know no case, and one may be reached at several addresses. Labels
/// are better joined once too often.
fn catalogued(namespace: &str, table: &str) -> String {
    let part = |text: &str| text.to_lowercase().replace('%', "%25").replace('/', "%2F");
    format!("catalog://{}/{}", part(namespace), part(table))
}

/// Scheme in one spelling, `file:` addresses as the paths they are, no empty or `.` steps, `..` resolved, everything from
/// the first wildcard on left out. weft-storage opens no other spelling of a path than those that come out alike here.
fn normal(location: &str) -> Option<String> {
    let location = location.trim();
    match location.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => {
            let path = rest.strip_prefix("//").map_or(rest, |rest| rest.strip_prefix("localhost").unwrap_or(rest));
            local(&decoded(path))
        }
        Some((scheme, rest)) if rest.starts_with("//") => remote(&scheme.to_ascii_lowercase(), rest.trim_start_matches('/')),
        _ => local(location),
    }
}

fn local(path: &str) -> Option<String> {
    let steps = steps(path);
    let absolute = if path.starts_with('/') { "/" } else { "" };
    if steps.is_empty() { None } else { Some(format!("{absolute}{}", steps.join("/"))) }
}

/// An address. Names of machines know no case, and one machine answers at several ports; of buckets some stores say the
/// same. Labels are better joined once too often.
fn remote(scheme: &str, rest: &str) -> Option<String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = authority.to_lowercase();
    let (family, place, path) = match scheme {
        // One bucket may be reached as either.
        "s3" | "s3a" | "s3n" | "gs" | "gcs" => ("bucket", authority, path.to_owned()),
        "abfs" | "abfss" | "wasb" | "wasbs" | "az" | "azure" => {
            let path = steps(path).join("/");
            let (place, path) = container(&authority, &path);
            ("azure", place, path.to_owned())
        }
        "http" | "https" => ("http", machine(&authority).to_owned(), path.to_owned()),
        other => (other, authority, path.to_owned()),
    };
    let steps = steps(&path);
    if place.is_empty() && steps.is_empty() {
        return None;
    }
    let between = if steps.is_empty() { "" } else { "/" };
    Some(format!("{family}://{place}{between}{}", steps.join("/")))
}

fn steps(path: &str) -> Vec<&str> {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            wild if wild.contains(['*', '?', '[', '{']) => break,
            plain => steps.push(plain),
        }
    }
    steps
}

/// The host without its port and without the dot that ends a name that is written in full.
fn machine(authority: &str) -> &str {
    let port = authority.rfind(':').filter(|at| !authority.get(*at..).unwrap_or_default().contains(']'));
    port.and_then(|at| authority.get(..at)).unwrap_or(authority).trim_end_matches('.')
}

/// Account and container, from `container@account.…` or `account.…/container`, and the path below them.
fn container<'a>(authority: &str, path: &'a str) -> (String, &'a str) {
    let account = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
    if let Some((container, host)) = authority.split_once('@') {
        return (format!("{}/{container}", account(host)), path);
    }
    if authority.contains('.') {
        let (container, path) = path.split_once('/').unwrap_or((path, ""));
        return (format!("{}/{}", account(authority), container.to_lowercase()), path);
    }
    (authority.to_owned(), path)
}

/// Percent-decoded, as far as it is text.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.first_chunk::<2>().filter(|_| *first == b'%').and_then(|pair| {
            let pair =
                std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            u8::from_str_radix(pair, 16).ok()
        });
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Which places hold data that a table declares too: its own, those they lie in, and those that lie in them.
///
/// Each entry of `places` lists the places of one table; the answer is absent for tables that share nothing.
pub(crate) fn related<'a>(places: &[&'a [Arc<str>]]) -> Vec<Option<BTreeSet<&'a str>>> {
    let mut tables: HashMap<&str, Vec<usize>> = HashMap::with_capacity(places.len());
    for (table, places) in places.iter().enumerate() {
        for place in *places {
            tables.entry(place).or_default().push(table);
        }
    }
    let mut above: HashMap<&str, Vec<&'a str>> = HashMap::new();
    let mut below: HashMap<&str, Vec<&'a str>> = HashMap::new();
    for place in tables.keys().copied() {
        for outer in prefixes(place).filter(|outer| tables.contains_key(outer)) {
            above.entry(place).or_default().push(outer);
            below.entry(outer).or_default().push(place);
        }
    }
    let alone = |table: usize, place: &str| {
        !above.contains_key(place)
            && !below.contains_key(place)
            && tables.get(place).is_none_or(|held| held.iter().all(|other| *other == table))
    };
    places
        .iter()
        .enumerate()
        .map(|(table, places)| {
            if places.iter().all(|place| alone(table, place)) {
                return None;
            }
            let mut found: BTreeSet<&str> = BTreeSet::new();
            for place in *places {
                found.insert(place);
                found.extend(above.get(&**place).into_iter().flatten());
                found.extend(below.get(&**place).into_iter().flatten());
            }
            Some(found)
        })
        .collect()
}

/// The places a place lies in, innermost first.
fn prefixes(place: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(outer(place), |inner| outer(inner))
}

/// The place a place lies in.
fn outer(inner: &str) -> Option<&str> {
    let end = inner.rfind('/').filter(|at| *at > 0)?;
    inner.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_alike() {
        for (written, normal_form) in [
            ("s3://lake/hr//salaries/", "bucket://lake/hr/salaries"),
            ("s3a://lake/hr/./salaries", "bucket://lake/hr/salaries"),
            ("S3://lake/x/../hr/salaries/*.parquet", "bucket://lake/hr/salaries"),
            ("./data/orders", "data/orders"),
            ("/data/orders/", "/data/orders"),
            ("file:///data/orders", "/data/orders"),
            ("file:/data/orders", "/data/orders"),
            ("FILE://localhost/data/orders", "/data/orders"),
            ("file:///data/%6frders", "/data/orders"),
            ("data/%6frders", "data/%6frders"),
            (" ./data/orders ", "data/orders"),
            ("data/a:b", "data/a:b"),
            ("s3://Lake/Hr/x", "bucket://lake/Hr/x"),
            ("http://Data.Example:80/hr/x.parquet", "http://data.example/hr/x.parquet"),
            ("https://data.example./hr/%78.parquet", "http://data.example/hr/%78.parquet"),
            ("HTTPS://data.example:8443//hr/./x.parquet", "http://data.example/hr/x.parquet"),
            ("http://[::1]:80/x", "http://[::1]/x"),
            ("http://[::1]/x", "http://[::1]/x"),
            ("abfss://Orders@ACME.dfs.core.windows.net/v2", "azure://acme/orders/v2"),
            ("az://acme.blob.core.windows.net/.//orders//v2/*.parquet", "azure://acme/orders/v2"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(normal_form), "{written}");
        }
        assert_eq!(normal("./"), None);
        assert_eq!(catalogued("Shop.EU", "Orders/1"), "catalog://shop.eu/orders%2F1");
    }

    #[test]
    fn tables_share_what_is_equal_or_lies_inside() {
        let places: Vec<Vec<Arc<str>>> = [
            vec!["s3://lake/hr/salaries"],
            vec!["s3://lake/hr-archive"],
            vec!["s3://lake/hr"],
            vec!["s3://lake/other"],
            vec!["s3://lake/other2", "s3://lake/hr-archive"],
            vec!["s3://lake/hr/people"],
        ]
        .into_iter()
        .map(|places| places.into_iter().map(Arc::from).collect())
        .collect();
        let views: Vec<&[Arc<str>]> = places.iter().map(Vec::as_slice).collect();
        let found: Vec<Option<Vec<&str>>> =
            related(&views).into_iter().map(|places| Some(places?.into_iter().collect())).collect();
        assert_eq!(found[0], Some(vec!["s3://lake/hr", "s3://lake/hr/salaries"]));
        assert_eq!(found[1], Some(vec!["s3://lake/hr-archive"]));
        assert_eq!(found[2], Some(vec!["s3://lake/hr", "s3://lake/hr/people", "s3://lake/hr/salaries"]));
        assert_eq!(found[3], None);
        assert_eq!(found[4], Some(vec!["s3://lake/hr-archive", "s3://lake/other2"]));
        assert_eq!(found[5], Some(vec!["s3://lake/hr", "s3://lake/hr/people"]));
    }
}
