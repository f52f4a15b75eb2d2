//! Keys to one table's files, asked for anew before they end.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use tokio::sync::Mutex as Renewal;
use weft_storage::catalog::{CatalogFault, TableName, Vended, Vending};

use crate::session::Session;

/// How long keys are used that do not say when they end.
const LIFE_UNSAID: Duration = Duration::from_secs(15 * 60);
/// Keys are asked for anew this long before they end, or a tenth of what is left of them where that is less.
const EARLY_MAX: Duration = Duration::from_secs(60);
/// How long is waited before the catalog is asked again, where it lends keys that have ended, or none.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest that somebody waits for other keys while those at hand still hold.
const RENEWAL_TIME: Duration = Duration::from_secs(2);

/// The keys that one caller is lent to one table.
pub(crate) struct Lending {
    session: Arc<Session>,
    name: TableName,
    held: Mutex<Held>,
    /// Held by who asks for other keys.
    renewal: Renewal<()>,
}

struct Held {
    keys: Arc<[Vended]>,
    /// When others are asked for.
    renewed: Instant,
    /// When these are of no more use, by both clocks: the one stands still where a machine sleeps, the other may be set.
    until: Instant,
    ends: Option<SystemTime>,
    /// Why the catalog lent no others, and until when it is not asked again: every object is asked for with keys.
    failed: Option<(CatalogFault, Instant)>,
}

/// What is to be done about keys.
enum Due {
    Nothing(Arc<[Vended]>),
    /// Others are wanted; these will do for now.
    Soon(Arc<[Vended]>),
    Now,
    Failed(CatalogFault),
}

impl Lending {
    /// Begins with keys that have just been lent.
    pub(crate) fn new(session: Arc<Session>, name: TableName, keys: Arc<[Vended]>, at: Instant) -> Self {
        Self { session, name, held: Mutex::new(Held::new(keys, at)), renewal: Renewal::new(()) }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for other keys.
    async fn renew(&self) -> Result<Arc<[Vended]>, CatalogFault> {
        let lent = self.session.keys(&self.name).await.map(|keys| Held::new(keys, Instant::now()));
        let ended = || CatalogFault::Refused("the keys that it lends have ended".to_owned());
        match lent {
            Ok(lent) if lent.holds() => {
                let keys = Arc::clone(&lent.keys);
                *self.held() = lent;
                Ok(keys)
            }
            lent => {
                let fault = lent.err().unwrap_or_else(ended);
                self.fails(&fault);
                Err(fault)
            }
        }
    }

    fn fails(&self, fault: &CatalogFault) {
        tracing::debug!(table = %self.name, %fault, "keys are not lent anew");
        let now = Instant::now();
        self.held().failed = Some((fault.clone(), now.checked_add(PAUSE).unwrap_or(now)));
    }
}

impl Held {
    fn new(keys: Arc<[Vended]>, at: Instant) -> Self {
        let now = wall_clock();
        let ends = keys.iter().filter_map(|one| one.until).min();
        let (from, life) = match ends {
            Some(ends) => (Instant::now(), ends.duration_since(now).unwrap_or_default()),
            None => (at, LIFE_UNSAID),
        };
        let early = EARLY_MAX.min(life / 10);
        let at = |after: Duration| from.checked_add(after).unwrap_or(from);
        Self { keys, renewed: at(life.saturating_sub(early)), until: at(life), ends, failed: None }
    }

    /// Whether the keys are of use yet.
    fn holds(&self) -> bool {
        Instant::now() < self.until && self.ends.is_none_or(|ends| wall_clock() < ends)
    }

    fn due(&self) -> Due {
        let (now, holds) = (Instant::now(), self.holds());
        if holds && now < self.renewed {
            return Due::Nothing(Arc::clone(&self.keys));
        }
        match self.failed.as_ref().filter(|(_, until)| now < *until) {
            Some(_) if holds => Due::Nothing(Arc::clone(&self.keys)),
            Some((fault, _)) => Due::Failed(fault.clone()),
            None if holds => Due::Soon(Arc::clone(&self.keys)),
            None => Due::Now,
        }
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
        let due = self.held().due();
        match due {
            Due::Nothing(keys) => Ok(keys),
            Due::Failed(fault) => Err(fault),
            // One asks, not for long, and nobody waits for it: a catalog that is away for a moment stops nothing.
            Due::Soon(keys) => {
                let Ok(_renewal) = self.renewal.try_lock() else { return Ok(keys) };
                match tokio::time::timeout(RENEWAL_TIME, self.renew()).await {
                    Ok(renewed) => Ok(renewed.unwrap_or(keys)),
                    Err(_) => {
                        self.fails(&CatalogFault::Unreachable("it did not lend keys in time".to_owned()));
                        Ok(keys)
                    }
                }
            }
            Due::Now => {
                let _renewal = self.renewal.lock().await;
                // Somebody else may have asked by now.
                let due = self.held().due();
                match due {
                    Due::Nothing(keys) | Due::Soon(keys) => Ok(keys),
                    Due::Failed(fault) => Err(fault),
                    Due::Now => self.renew().await,
                }
            }
        }
    }
}

impl fmt::Debug for Lending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lending").field(&self.name).finish()
    }
}
