//! Folders whose names carry values, as messages show them: the column, and never what it is there.

use std::fmt;

use weft_model::report::{Code, Report};

/// A text without the values of folders: `region=EU/` becomes `region=…/`.
pub(super) fn veiled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A value ends where its folder does: at a slash, or where a message goes on.
    for part in text.split_inclusive('/') {
        let folder = part.ends_with('/') && !part.ends_with(":/");
        match part.split_once('=') {
            Some((before, _)) if folder && !before.is_empty() => out.push_str(&format!("{before}=…/")),
            Some((before, value)) if !before.is_empty() && out.ends_with('/') => {
                let end = value.find(['`', '"', ' ', ':', ',']).unwrap_or(value.len());
                out.push_str(&format!("{before}=…{}", value.get(end..).unwrap_or_default()));
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// An error whose texts show no values of folders.
#[derive(Debug)]
pub(super) struct Veiled<E>(pub(super) E);

impl<E: Report> fmt::Display for Veiled<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&veiled(&self.0.to_string()))
    }
}

impl<E: Report> std::error::Error for Veiled<E> {}

impl<E: Report> Report for Veiled<E> {
    fn code(&self) -> Code {
        self.0.code()
    }

    fn detail(&self) -> Option<String> {
        self.0.detail().map(|detail| veiled(&detail))
    }

    fn hint(&self) -> Option<String> {
        self.0.hint().map(|hint| veiled(&hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_and_values_do_not() {
        for (text, shown) in [
            ("reading `s3://b/t` failed", "reading `s3://b/t` failed"),
            ("`/x/region=EU/day=2026-01-01/a.parquet` is gone", "`/x/region=…/day=…/a.parquet` is gone"),
            ("location `./t/region=EU` is empty", "location `./t/region=…` is empty"),
            ("at `/x/region=a b/f`", "at `/x/region=…/f`"),
            ("status=403 of https://h/p", "status=403 of https://h/p"),
        ] {
            assert_eq!(veiled(text), shown);
        }
    }
}
