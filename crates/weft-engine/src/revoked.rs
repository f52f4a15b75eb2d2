//! Tells a running statement that policy changed under it.

use std::sync::Arc;

use crate::caller::Caller;
use crate::engine::Engine;
use crate::resolve::Scene;
use crate::statement::Planned;

/// Done when a new catalog snapshot decides otherwise about one of the statement's tables than the one it was planned
/// under; pending for as long as every decision stays. Nothing else of a new snapshot touches a running statement.
pub(crate) async fn revoked(engine: Engine, caller: Caller, planned: Arc<Planned>) {
    let Some(mut changes) = engine.inner.parts.catalog.changes() else { return std::future::pending().await };
    // The catalog may have moved between planning and now.
    changes.mark_changed();
    while changes.changed().await.is_ok() {
        let snapshot = Arc::clone(&changes.borrow_and_update());
        // At the same moment, so that time alone ends nothing.
        let scene =
            Scene { snapshot: &snapshot, caller: &caller, purpose: planned.purpose.as_deref(), now: planned.now };
        if !scene.upholds(&planned.tables) {
            return;
        }
    }
    std::future::pending().await
}
