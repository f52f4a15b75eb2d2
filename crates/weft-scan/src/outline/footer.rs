//! Footers: the schema's tree, and how much there is of everything.

use std::ops::Range;

use super::flaw::Flaw;
use super::layout::{CHILDREN, COLUMNS, CONVERTED, FILE, GROUPS, INTERVAL, LENGTH, LOGICAL_TYPE, NAME, SCHEMA};
use super::thrift::{Met, walk};

/// How deep columns may lie within each other. A list takes two levels, a map two.
const COLUMN_DEPTH_MAX: usize = 100;
/// The most row groups that a file can number.
const GROUPS_MAX: u64 = 32_767;
/// The most columns over all row groups: decoded, each takes about a kilobyte.
const CHUNKS_MAX: u64 = 1_000_000;
/// The longest values of fixed length: a batch of NULLs takes as much as one of values.
const LENGTH_BYTES_MAX: i64 = 16 * 1024;
/// The most bytes that the names of columns take, each with those of what it lies in.
const NAMES_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Walks a footer. The answer is what the decoder should not see: some writers call an interval a column of an unknown
/// logical type too, and the decoder takes that for a contradiction.
///
/// # Errors
/// What the decoder might not survive.
pub(crate) fn footer(bytes: &[u8]) -> Result<Vec<Range<usize>>, Flaw> {
    let mut tree = Tree::default();
    let mut logical = Logical::default();
    let (mut schemas, mut lists, mut chunks) = (0_u8, 0_u8, 0_u64);
    walk(bytes, FILE, &mut |path, met, at| match (path, met) {
        ([SCHEMA], Met::List(elements)) => {
            schemas += 1;
            tree.elements = elements;
            if schemas > 1 { Err(Flaw::Twice(SCHEMA)) } else { Ok(()) }
        }
        ([SCHEMA, NAME], Met::Bytes(bytes)) => {
            tree.name = u64::try_from(bytes).unwrap_or(u64::MAX);
            Ok(())
        }
        ([SCHEMA, LENGTH], Met::Number(length)) if length > LENGTH_BYTES_MAX => {
            Err(Flaw::Many("bytes in each value of a column", LENGTH_BYTES_MAX.unsigned_abs()))
        }
        ([SCHEMA, CHILDREN], Met::Number(children)) => {
            tree.children = u64::try_from(children).map_err(|_| Flaw::Tree)?;
            Ok(())
        }
        ([SCHEMA, CONVERTED], Met::Number(converted)) => {
            logical.interval = converted == INTERVAL;
            Ok(())
        }
        ([SCHEMA, LOGICAL_TYPE], Met::Begin) => {
            logical.begin = at;
            Ok(())
        }
        ([SCHEMA, LOGICAL_TYPE], Met::End) => {
            logical.end = at;
            Ok(())
        }
        ([SCHEMA, LOGICAL_TYPE, ..], _) => Ok(()),
        // What follows is numbered from what stands before it, which has to stay.
        ([SCHEMA, _], Met::Begin) if logical.end > 0 => {
            logical.followed = true;
            Ok(())
        }
        ([SCHEMA], Met::End) => {
            logical.element();
            tree.element()
        }
        ([GROUPS], Met::List(groups)) => {
            lists += 1;
            match (lists, groups) {
                (1, ..=GROUPS_MAX) => Ok(()),
                (1, _) => Err(Flaw::Many("row groups", GROUPS_MAX)),
                _ => Err(Flaw::Twice(GROUPS)),
            }
        }
        ([GROUPS, COLUMNS], Met::List(columns)) => {
            chunks += columns;
            if chunks > CHUNKS_MAX { Err(Flaw::Many("columns over all row groups", CHUNKS_MAX)) } else { Ok(()) }
        }
        _ => Ok(()),
    })?;
    tree.whole()?;
    Ok(logical.cuts)
}

/// Where the logical types of intervals stand.
#[derive(Debug, Default)]
struct Logical {
    interval: bool,
    begin: usize,
    end: usize,
    followed: bool,
    cuts: Vec<Range<usize>>,
}

impl Logical {
    /// Takes an element that has been read.
    fn element(&mut self) {
        let cuts = std::mem::take(&mut self.cuts);
        let read = std::mem::replace(self, Self { cuts, ..Self::default() });
        if read.interval && read.end > read.begin && !read.followed {
            self.cuts.push(read.begin..read.end);
        }
    }
}

/// The schema, which stands as a list: each element says how many of those that follow are its children.
#[derive(Debug, Default)]
struct Tree {
    elements: u64,
    seen: u64,
    /// The children that are still to come of each open element, and the bytes of its name.
    open: Vec<(u64, u64)>,
    /// The bytes of the open elements' names.
    above: u64,
    names: u64,
    /// Of the element that is read.
    name: u64,
    children: u64,
}

impl Tree {
    /// Takes an element that has been read.
    fn element(&mut self) -> Result<(), Flaw> {
        let (name, children) = (std::mem::take(&mut self.name), std::mem::take(&mut self.children));
        self.seen += 1;
        match self.open.last_mut() {
            Some((left, _)) => *left -= 1,
            None if self.seen > 1 => return Err(Flaw::Tree),
            None => {}
        }
        if children > self.elements.saturating_sub(self.seen) {
            return Err(Flaw::Tree);
        }
        if children > 0 {
            self.open.push((children, name));
            self.above += name;
            if self.open.len() > COLUMN_DEPTH_MAX {
                return Err(Flaw::DeepColumns(COLUMN_DEPTH_MAX));
            }
            return Ok(());
        }
        self.names = self.names.saturating_add(self.above).saturating_add(name);
        if self.names > NAMES_BYTES_MAX {
            return Err(Flaw::Many("bytes of column names", NAMES_BYTES_MAX));
        }
        while let Some((0, name)) = self.open.last() {
            self.above -= name;
            self.open.pop();
        }
        Ok(())
    }

    fn whole(&self) -> Result<(), Flaw> {
        if self.open.is_empty() && self.seen > 0 { Ok(()) } else { Err(Flaw::Tree) }
    }
}
