//! Keys to one table's files, asked for anew before they end.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use tokio::sync::Mutex;
use weft_storage::catalog::{CatalogFault, TableName, Vended, Vending};

use crate::session::Session;

/// How long keys are used that do not say when they end.
const LIFE_UNSAID: Duration = Duration::from_secs(15 * 60);
/// Keys are asked for anew this long before they end, or a tenth of what is left of them where that is less.
const EARLY_MAX: Duration = Duration::from_secs(60);
/// How long is waited before the catalog is asked again, where it lends keys that have ended, or none.
const PAUSE: Duration = Duration::from_secs(1);

/// The keys that one caller is lent to one table.
pub(crate) struct Lending {
    session: Arc<Session>,
    name: TableName,
    held: Mutex<Held>,
}

struct Held {
    keys: Arc<[Vended]>,
    /// When others are asked for.
    renewed: Instant,
    /// When these are of no more use.
    until: Instant,
    /// Why the catalog lent no others, and until when it is not asked again: every object is asked for with keys.
    failed: Option<(CatalogFault, Instant)>,
}

impl Lending {
    /// Begins with keys that have just been lent.
    pub(crate) fn new(session: Arc<Session>, name: TableName, keys: Arc<[Vended]>, at: Instant) -> Self {
        Self { session, name, held: Mutex::new(Held::new(keys, at)) }
    }
}

impl Held {
    fn new(keys: Arc<[Vended]>, at: Instant) -> Self {
        let now = wall_clock();
        let left = |until: SystemTime| until.duration_since(now).unwrap_or_default();
        let life = keys.iter().filter_map(|one| one.until).map(left).min();
        let (now, life) = match life {
            Some(life) => (Instant::now(), life),
            None => (at, LIFE_UNSAID),
        };
        let early = EARLY_MAX.min(life / 10);
        let at = |after: Duration| now.checked_add(after).unwrap_or(now);
        Self { keys, renewed: at(life.saturating_sub(early)), until: at(life), failed: None }
    }
}

/// What time it is: catalogs say by the clock when keys end.
#[expect(clippy::disallowed_methods, reason = "whoever opens a table has no clock to hand down, and a test of this moves ends, not clocks")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[async_trait]
impl Vending for Lending {
    async fn keys(&self) -> Result<Arc<[Vended]>, CatalogFault> {
        let mut held = self.held.lock().await;
        let now = Instant::now();
        if now < held.renewed {
            return Ok(Arc::clone(&held.keys));
        }
        if let Some((fault, until)) = held.failed.as_ref().filter(|(_, until)| now < *until) {
            // Those at hand may still hold: a catalog that is away for a moment stops nothing.
            return if *until < held.until { Ok(Arc::clone(&held.keys)) } else { Err(fault.clone()) };
        }
        let lent = self.session.keys(&self.name).await.map(|keys| Held::new(keys, now));
        let ended = || CatalogFault::Refused("the keys that it lends have ended".to_owned());
        match lent {
            Ok(lent) if lent.until > Instant::now() => {
                *held = lent;
                Ok(Arc::clone(&held.keys))
            }
            lent => {
                let fault = lent.err().unwrap_or_else(ended);
                let keys = (now < held.until).then(|| Arc::clone(&held.keys));
                tracing::debug!(table = %self.name, %fault, "keys are not lent anew");
                held.failed = Some((fault.clone(), now.checked_add(PAUSE).unwrap_or(now)));
                keys.ok_or(fault)
            }
        }
    }
}

impl fmt::Debug for Lending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lending").field(&self.name).finish()
    }
}
