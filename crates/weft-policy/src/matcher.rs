//! What a rule speaks of: `match`, whose keys are joined by AND and the values of a key by OR.

use std::borrow::Cow;
use std::sync::Arc;

use weft_model::column::Column;
use weft_model::name::ProductName;

use crate::glob::Glob;
use crate::ladder::{Class, Classes};

/// A compiled `match`. An absent key asks nothing; every name is matched without regard to case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Match {
    pub(crate) products: Option<Vec<ProductGlob>>,
    pub(crate) objects: Option<Vec<Glob>>,
    pub(crate) columns: Option<Vec<PathGlob>>,
    pub(crate) tags: Option<Vec<Glob>>,
    pub(crate) classes: Option<Classes>,
    pub(crate) types: Option<Vec<Glob>>,
    pub(crate) locations: Option<Vec<Glob>>,
}

/// `domain.product@major`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductGlob {
    pub(crate) domain: Glob,
    pub(crate) product: Glob,
    pub(crate) major: Option<u64>,
}

/// A path of column and field names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathGlob {
    pub(crate) segments: Vec<Glob>,
}

/// One step of a column's path.
#[derive(Clone, Debug)]
pub(crate) struct Segment<'a> {
    /// The name in SQL, in lower case.
    pub(crate) name: Cow<'a, str>,
    /// The name in the files, in lower case.
    pub(crate) physical: Cow<'a, str>,
    /// True for the element of a list and the key or value of a map, which a path may leave out.
    pub(crate) transparent: bool,
}

/// How far a path pattern reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A single name means a top-level column: for rules that open.
    TopLevel,
    /// A single name means a field at any depth, and names in the files count too: for rules that close or classify.
    AnyDepth,
}

/// A table as `match` sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableFacts<'a> {
    pub(crate) product: &'a ProductName,
    pub(crate) major: u64,
    /// The object's names, in lower case.
    pub(crate) object: &'a [String],
    /// Tags of the product, the contract and the object, in lower case.
    pub(crate) tags: &'a [Arc<str>],
    /// Where the data lies, one entry per server, in lower case.
    pub(crate) locations: &'a [String],
}

/// A column or field as `match` sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnFacts<'a> {
    pub(crate) path: &'a [Segment<'a>],
    pub(crate) class: Option<Class>,
    /// In lower case.
    pub(crate) tags: &'a [Arc<str>],
}

impl Match {
    /// True when one of the keys is about columns.
    pub(crate) fn about_columns(&self) -> bool {
        self.columns.is_some() || self.tags.is_some() || self.classes.is_some() || self.types.is_some()
    }

    /// True when the table is meant, as far as the keys about tables go.
    pub(crate) fn table(&self, table: &TableFacts<'_>) -> bool {
        self.products.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(table.product, table.major)))
            && self.objects.as_ref().is_none_or(|globs| any(globs, table.object.iter().map(String::as_str)))
            && self.locations.as_ref().is_none_or(|globs| any(globs, table.locations.iter().map(String::as_str)))
    }

    /// True when the table carries one of the tags itself: for rules that open a table.
    pub(crate) fn table_tags(&self, table: &TableFacts<'_>) -> bool {
        self.tags.as_ref().is_none_or(|globs| any(globs, table.tags.iter().map(|tag| &**tag)))
    }

    /// True when the column is meant, as far as the keys about columns go.
    pub(crate) fn column(&self, column: &ColumnFacts<'_>, reach: Reach) -> bool {
        self.classes.is_none_or(|classes| classes.contains(column.class))
            && self.tags.as_ref().is_none_or(|globs| any(globs, column.tags.iter().map(|tag| &**tag)))
            && self.columns.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.covers(column.path, reach)))
    }

    /// True when the column's type is meant, by its contract name or by its Arrow name.
    pub(crate) fn data_type(&self, column: &Column) -> bool {
        self.types.as_ref().is_none_or(|globs| {
            let names = [column.type_name.to_lowercase(), column.data_type.to_string().to_lowercase()];
            any(globs, names.iter().map(String::as_str))
        })
    }
}

fn any<'a>(globs: &[Glob], mut texts: impl Iterator<Item = &'a str>) -> bool {
    texts.any(|text| globs.iter().any(|glob| glob.matches(text)))
}

impl ProductGlob {
    /// True when the pattern covers a product in a major version.
    pub(crate) fn matches(&self, product: &ProductName, major: u64) -> bool {
        self.major.is_none_or(|wanted| wanted == major) && self.covers(product)
    }

    /// True when the pattern covers a product in some version.
    pub(crate) fn covers(&self, product: &ProductName) -> bool {
        let fold = |name: &str| name.to_lowercase();
        (self.domain.matches(product.domain.as_str()) || self.domain.matches(&fold(product.domain.as_str())))
            && (self.product.matches(&product.product) || self.product.matches(&fold(&product.product)))
    }
}

impl PathGlob {
    /// Reads `address.zip`, `items[].email`, `*email*`.
    pub(crate) fn new(text: &str) -> Self {
        Self { segments: text.split('.').map(|piece| Glob::folded(piece.trim_end_matches("[]"))).collect() }
    }

    /// True when the pattern means the field at the end of the path, or a column or field that holds it.
    pub(crate) fn covers(&self, path: &[Segment<'_>], reach: Reach) -> bool {
        let starts = if self.segments.len() == 1 && reach != Reach::TopLevel { path.len() } else { 1 };
        (0..starts).any(|start| {
            path.get(start..).is_some_and(|rest| {
                walk(&self.segments, rest, false) || (reach == Reach::AnyDepth && walk(&self.segments, rest, true))
            })
        })
    }
}

/// Walks pattern and path together; elements of lists and maps may be skipped.
fn walk(pattern: &[Glob], path: &[Segment<'_>], physical: bool) -> bool {
    let Some((glob, pattern_rest)) = pattern.split_first() else { return true };
    let Some((segment, path_rest)) = path.split_first() else { return false };
    let name = if physical { &segment.physical } else { &segment.name };
    (glob.matches(name) && walk(pattern_rest, path_rest, physical))
        || (segment.transparent && walk(pattern, path_rest, physical))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path<'a>(names: &[(&'a str, bool)]) -> Vec<Segment<'a>> {
        names
            .iter()
            .map(|(name, transparent)| Segment {
                name: Cow::Borrowed(name),
                physical: Cow::Borrowed(name),
                transparent: *transparent,
            })
            .collect()
    }

    #[test]
    fn a_path_covers_what_lies_below_it() {
        let zip = path(&[("address", false), ("zip", false)]);
        for (pattern, opens, closes) in [
            ("address", true, true),
            ("address.zip", true, true),
            ("address.*", true, true),
            ("zip", false, true),
            ("*zi*", false, true),
            ("address.city", false, false),
            ("addr", false, false),
            ("address.zip.x", false, false),
        ] {
            assert_eq!(PathGlob::new(pattern).covers(&zip, Reach::TopLevel), opens, "{pattern}");
            assert_eq!(PathGlob::new(pattern).covers(&zip, Reach::AnyDepth), closes, "{pattern}");
        }
    }

    #[test]
    fn elements_of_lists_may_be_left_out() {
        let email = path(&[("items", false), ("element", true), ("email", false)]);
        for pattern in ["items.email", "items[].email", "items.element.email", "items", "items.element"] {
            assert!(PathGlob::new(pattern).covers(&email, Reach::TopLevel), "{pattern}");
        }
        assert!(!PathGlob::new("email").covers(&email, Reach::TopLevel));
    }
}
