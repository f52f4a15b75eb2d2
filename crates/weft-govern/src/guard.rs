//! What is guarded, by name, so that a test can take one guard away and see another test fail.

/// A check or a step without which something hidden would show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Rows that the row rule drops are dropped.
    RowFilter,
    /// Masked columns pass through their mask.
    ColumnMask,
    /// Hidden columns are absent from the table's schema.
    HiddenColumn,
    /// Only leak-proof predicates are evaluated below the seal.
    LeakProofFilter,
    /// Dynamic filters are accepted on bare clear columns only.
    DynamicFilterColumn,
    /// Arrays are rebuilt so that no hidden value stays in a buffer.
    Rebuild,
    /// Errors from inside a scan are replaced.
    ErrorReplaced,
    /// Column statistics of row-filtered or masked data are withheld.
    Statistics,
    /// The seal tells the planner nothing about order, constants or partitioning of hidden data.
    PlanProperties,
    /// Running a plan a second time reads the table again.
    ResetState,
    /// A limit is applied after the row rule.
    LimitAfterRows,
    /// A plan with a leaf that is not governed does not run.
    Verifier,
}

impl Guard {
    /// Every guard, for the test that switches them off one by one.
    pub const ALL: [Self; 12] = [
        Self::RowFilter,
        Self::ColumnMask,
        Self::HiddenColumn,
        Self::LeakProofFilter,
        Self::DynamicFilterColumn,
        Self::Rebuild,
        Self::ErrorReplaced,
        Self::Statistics,
        Self::PlanProperties,
        Self::ResetState,
        Self::LimitAfterRows,
        Self::Verifier,
    ];

    /// True unless a test switched this guard off.
    #[cfg(not(feature = "sabotage"))]
    #[must_use]
    pub const fn on(self) -> bool {
        true
    }

    /// True unless a test switched this guard off.
    #[cfg(feature = "sabotage")]
    #[must_use]
    pub fn on(self) -> bool {
        sabotage::switched_off() != Some(self)
    }
}

/// Switching guards off, for tests of the tests.
#[cfg(feature = "sabotage")]
pub mod sabotage {
    use std::sync::Mutex;

    use super::Guard;

    static OFF: Mutex<Option<Guard>> = Mutex::new(None);

    /// Switches one guard off for the whole process, or all of them on again.
    pub fn switch_off(guard: Option<Guard>) {
        *OFF.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = guard;
    }

    pub(super) fn switched_off() -> Option<Guard> {
        *OFF.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
