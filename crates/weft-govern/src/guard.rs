//! What is guarded, by name, so that a test can take one guard away and see another test fail.

/// Declares the guards and the list of all of them together, so that none can be left out of the list.
macro_rules! guards {
    ($($(#[doc = $says:literal])+ $guard:ident,)+) => {
        /// A check or a step without which something hidden would show.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Guard {
            $($(#[doc = $says])+ $guard,)+
        }

        impl Guard {
            /// Every guard, for the test that switches them off one by one.
            pub const ALL: &[Self] = &[$(Self::$guard),+];
        }
    };
}

guards! {
    /// Rows that the row rule drops are dropped.
    RowFilter,
    /// Masked columns pass through their mask.
    ColumnMask,
    /// A clearance that holds on some rows shows no other row in clear.
    RowClearance,
    /// Hidden columns are absent from the table's schema.
    HiddenColumn,
    /// Only leak-proof predicates are evaluated below the seal.
    LeakProofFilter,
    /// Dynamic filters are accepted on bare clear columns only.
    DynamicFilterColumn,
    /// Where rows are hidden, a query's own predicates skip by the bounds of row groups, never by single values.
    PruneByBounds,
    /// Arrays are rebuilt so that no hidden value stays in a buffer.
    Rebuild,
    /// Rows of a masked scan come in an order that tells nothing of where they lie.
    RowOrder,
    /// Where folders carry the values of a withheld column, the rows of many files come mixed.
    FileOrder,
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
    /// A decision is enforced on the table it is about, and on no other.
    OwnDecision,
    /// A plan with a leaf that is not governed does not run.
    Verifier,
    /// What a table was is read by those who may, and not by all who may read what it is.
    History,
    /// What the catalog of a table withholds is withheld.
    Restrictions,
    /// Only queries pass the gate, and nothing in them that the planner would drop without a word.
    StatementGate,
}

impl Guard {
    /// True unless a test switched this guard off.
    #[cfg(not(all(feature = "sabotage", debug_assertions)))]
    #[must_use]
    pub const fn on(self) -> bool {
        true
    }

    /// True unless a test switched this guard off.
    #[cfg(all(feature = "sabotage", debug_assertions))]
    #[must_use]
    pub fn on(self) -> bool {
        sabotage::switched_off() != Some(self)
    }
}

/// Switching guards off, for tests of the tests.
///
/// It takes the feature, debug assertions, and a call. Whatever features a workspace build unites, an optimised binary
/// has no such seam; and no product code in any build calls [`switch_off`](sabotage::switch_off).
#[cfg(all(feature = "sabotage", debug_assertions))]
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
