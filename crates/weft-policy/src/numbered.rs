//! The columns of a contract by the field ids of its table.

use weft_model::column::Column;

/// Columns, each with its id where it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbered<'a> {
    pub(crate) columns: &'a [Column],
    /// As many as there are columns.
    pub(crate) ids: &'a [Option<i32>],
}

impl<'a> Numbered<'a> {
    /// The columns that serve a field, with their positions. A contract may serve one under two names.
    pub(crate) fn serving(self, id: i32) -> impl Iterator<Item = (usize, &'a Column)> {
        let numbered = self.columns.iter().zip(self.ids).enumerate();
        numbered.filter(move |(_, (_, known))| **known == Some(id)).map(|(at, (column, _))| (at, column))
    }
}
