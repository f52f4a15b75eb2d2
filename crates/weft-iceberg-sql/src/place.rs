//! Where a table lies whose metadata file is known.

use weft_storage::catalog::CatalogFault;

/// The folder of a table that holds its metadata.
const METADATA: &str = "metadata";

/// The folder of a table, from the location of its metadata file: a row of the catalog has no other.
///
/// # Errors
/// [`CatalogFault::Unusable`], also when the table keeps its metadata elsewhere.
pub(crate) fn of_table(metadata: &str) -> Result<&str, CatalogFault> {
    let unusable = |what: &str| Err(CatalogFault::Unusable(what.to_owned()));
    if !metadata.starts_with('/') && !addressed(metadata) {
        return unusable("the table's metadata is at a relative path: relative to what, nobody knows");
    }
    let mut parts = metadata.rsplitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(METADATA), Some(table))
            if !file.is_empty() && !table.is_empty() && !table.ends_with(['/', ':']) =>
        {
            Ok(table)
        }
        _ => unusable(
            "the table's metadata is not a file of a folder `metadata`, so that where the table lies is not known",
        ),
    }
}

/// True when a text begins with the scheme of an address.
fn addressed(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_folder_above_the_metadata() {
        for (metadata, table) in [
            ("file:///lake/shop/t/metadata/00001-a.metadata.json", "file:///lake/shop/t"),
            ("file:/lake/shop.db/t/metadata/00001-a.gz.metadata.json", "file:/lake/shop.db/t"),
            ("/lake/t/metadata/v1.metadata.json", "/lake/t"),
            ("s3://bucket/metadata/metadata/00001-a.metadata.json", "s3://bucket/metadata"),
            ("s3://bucket/metadata/x", "s3://bucket"),
            ("abfss://c@a.dfs.core.windows.net/t/metadata/x", "abfss://c@a.dfs.core.windows.net/t"),
        ] {
            assert_eq!(of_table(metadata), Ok(table), "{metadata}");
        }
    }

    #[test]
    fn elsewhere_it_is_not_known() {
        for metadata in [
            "lake/t/metadata/x",
            "metadata/x",
            "",
            "./t/metadata/x",
            "a b:/t/metadata/x",
            ":/t/metadata/x",
            "é:/t/metadata/x",
        ] {
            let said = of_table(metadata).expect_err(metadata).to_string();
            assert!(said.contains("relative path"), "{metadata}: {said}");
        }
        for metadata in [
            "/lake/t/meta/x",
            "/lake/t/Metadata/x",
            "/lake/t/x",
            "/lake/t/metadata/",
            "/lake/t/metadata",
            "/metadata/x",
            "//metadata/x",
            "/lake/t//metadata/x",
            "/lake/t/metadata/old/x",
            "file:/metadata/x",
            "file:///metadata/x",
            "s3:metadata/x",
            "s3://metadata/x",
            "/",
        ] {
            let said = of_table(metadata).expect_err(metadata).to_string();
            assert!(said.contains("not a file of a folder `metadata`"), "{metadata}: {said}");
        }
    }
}
