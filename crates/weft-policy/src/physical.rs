//! Which tables hold the same data: labels belong to the physical column, whoever declares it.

use std::collections::HashMap;
use std::sync::Arc;

use weft_model::contract::{SchemaObject, Server, ServerKind};

/// Where a table lies, spelled so that equal places are equal texts. One entry per server that holds data itself.
pub(crate) fn locations(servers: &[Server], object: &SchemaObject) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = servers
        .iter()
        .filter(|server| server.kind != ServerKind::WeftSql)
        .filter_map(|server| {
            let mut location = normal(&server.location_of(object))?;
            if server.kind == ServerKind::IcebergCatalog {
                // One catalog holds many tables; it looks them up by this name.
                location.push('/');
                location.push_str(&object.physical_name.to_lowercase());
            }
            Some(Arc::from(location))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Scheme in one spelling, no empty or `.` steps, `..` resolved, everything from the first wildcard on left out.
fn normal(location: &str) -> Option<String> {
    let (scheme, path) = match location.split_once("://") {
        Some((scheme, path)) => (scheme.to_ascii_lowercase(), path),
        None => (String::new(), location),
    };
    let scheme = match scheme.as_str() {
        "s3a" | "s3n" => "s3",
        "gcs" => "gs",
        "abfs" | "wasbs" | "wasb" => "abfss",
        "file" => "",
        other => other,
    };
    let absolute = if scheme.is_empty() && path.starts_with('/') { "/" } else { "" };
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
    if steps.is_empty() {
        return None;
    }
    let scheme = if scheme.is_empty() { absolute.to_owned() } else { format!("{scheme}://") };
    Some(format!("{scheme}{}", steps.join("/")))
}

/// Puts tables into groups that share a place, or of which one lies inside another's place.
///
/// Each entry of `places` lists the places of one table; the answer gives each table a group number, `None` for
/// tables that share nothing.
pub(crate) fn groups(places: &[&[Arc<str>]]) -> Vec<Option<usize>> {
    let mut all: Vec<(&str, usize)> =
        places.iter().enumerate().flat_map(|(table, places)| places.iter().map(move |place| (&**place, table))).collect();
    all.sort_unstable();
    let mut groups = Groups { parent: (0..places.len()).collect() };
    let mut joined = false;
    // A place sorts right before what lies inside it, except for siblings such as `a-b` between `a` and `a/b`:
    // so every open ancestor is kept.
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (place, table) in &all {
        let mut end = place.len();
        while let Some(prefix) = place.get(..end) {
            if let Some(other) = open.get(prefix)
                && other != table
            {
                groups.join(*other, *table);
                joined = true;
            }
            match prefix.rfind('/') {
                Some(at) if at > 0 => end = at,
                _ => break,
            }
        }
        open.insert(place, *table);
    }
    if !joined {
        return vec![None; places.len()];
    }
    let roots: Vec<usize> = (0..places.len()).map(|table| groups.root(table)).collect();
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    for root in &roots {
        *sizes.entry(*root).or_default() += 1;
    }
    roots.into_iter().map(|root| (sizes.get(&root).copied().unwrap_or(0) > 1).then_some(root)).collect()
}

/// A union-find forest.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn root(&mut self, mut at: usize) -> usize {
        while let Some(above) = self.parent.get(at).copied()
            && above != at
        {
            let next = self.parent.get(above).copied().unwrap_or(above);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = next;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        if let Some(slot) = self.parent.get_mut(left) {
            *slot = right;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_alike() {
        for (written, normal_form) in [
            ("s3://lake/hr//salaries/", "s3://lake/hr/salaries"),
            ("s3a://lake/hr/./salaries", "s3://lake/hr/salaries"),
            ("S3://lake/x/../hr/salaries/*.parquet", "s3://lake/hr/salaries"),
            ("./data/orders", "data/orders"),
            ("/data/orders/", "/data/orders"),
            ("file:///data/orders", "/data/orders"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(normal_form), "{written}");
        }
        assert_eq!(normal("./"), None);
    }

    #[test]
    fn tables_that_share_a_place_are_one_group() {
        let places: Vec<Vec<Arc<str>>> = [
            vec!["s3://lake/hr/salaries"],
            vec!["s3://lake/hr-archive"],
            vec!["s3://lake/hr"],
            vec!["s3://lake/other"],
            vec!["s3://lake/other2", "s3://lake/hr-archive"],
        ]
        .into_iter()
        .map(|places| places.into_iter().map(Arc::from).collect())
        .collect();
        let views: Vec<&[Arc<str>]> = places.iter().map(Vec::as_slice).collect();
        let groups = groups(&views);
        assert!(groups[0].is_some() && groups[0] == groups[2], "{groups:?}");
        assert!(groups[1].is_some() && groups[1] == groups[4], "{groups:?}");
        assert_ne!(groups[0], groups[1]);
        assert_eq!(groups[3], None);
    }
}
