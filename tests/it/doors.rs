//! The doors behind the engine's: what happens to whoever gets past the first one.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::config::ConfigOptions;
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::StreamingTableExec;
use object_store::ObjectStoreExt;
use weft_port::reader::AsOf;
use weft_catalog::catalog::ProductCatalog;
use weft_catalog::snapshot::Resolution;
use weft_catalog::target::Target;
use weft_engine::caller::Caller;
use weft_engine::closed::ClosedRegistry;
use weft_engine::turn::Turn;
use weft_govern::governed_table::{GovernedTable, StatementContext};
use weft_govern::mapping::NoMappings;
use weft_govern::mask::keys::MasterKeys;
use weft_govern::mask::salt::QuerySalt;
use weft_govern::verify::verify;
use weft_policy::decide::decide;
use weft_policy::decision::Decision;
use weft_policy::request::Request;
use weft_scan::meter::Meter;
use weft_scan::open_port::OpenPort;
use weft_scan::plan::Leaf;
use weft_testkit::mesh::{NOW, TestMesh, caller};

use crate::people;

/// A table as the engine would put it together, step by step.
struct Steps {
    target: Target,
    decision: Arc<Decision>,
    port: Arc<OpenPort>,
}

async fn steps(mesh: &TestMesh, who: &Caller, table: &str) -> Steps {
    let snapshot = mesh.catalog.snapshot().await.unwrap();
    let today = i32::try_from(NOW / 86_400).unwrap();
    let Resolution::Found(target) = snapshot.resolve("hr", table, today) else { panic!("hr.{table} is there") };
    let decision = decide(
        snapshot.policy(),
        &Request {
            principal: &who.principal,
            purpose: None,
            now: NOW,
            product: &target.product,
            port: &target.port,
            object: &target.object,
        },
    );
    let port = mesh.ports.open(&target, &AsOf::Latest, None, None, &Turn::default()).await.unwrap();
    Steps { target, decision: Arc::new(decision), port }
}

fn context() -> StatementContext {
    StatementContext {
        keys: Arc::new(MasterKeys::new([7; 32], 1)),
        salt: Arc::new(QuerySalt::new([1; 32])),
        order: Arc::new(QuerySalt::new([2; 32])),
        mappings: Arc::new(NoMappings),
        config: Arc::new(ConfigOptions::default()),
        meter: Arc::new(Meter::default()),
    }
}

/// The raw leaf of a table, as weft-scan plans it: a witness is enough to have it, and it hides nothing.
async fn raw(steps: &Steps) -> Arc<dyn ExecutionPlan> {
    let leaf = Leaf {
        columns: vec![0, 1],
        projection: vec![0, 1],
        predicate: None,
        limit: None,
        target_partitions: 1,
        order: None,
        parquet: ConfigOptions::default().execution.parquet,
        with_statistics: false,
        meter: Arc::new(Meter::default()),
        memory: Arc::new(UnboundedMemoryPool::default()),
        trail: Arc::default(),
        chosen: steps.port.choose(&[0, 1], None).await.unwrap(),
    };
    steps.port.plan(&steps.decision, &leaf).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ungoverned_leaf_does_not_run() {
    let mesh = people::mesh().await;
    let eu = steps(&mesh, &caller("ana", &["eu"]), "people").await;
    let decisions = HashSet::from([eu.decision.fingerprint()]);
    let refused = |plan: &Arc<dyn ExecutionPlan>, decisions: &HashSet<_>| {
        verify(plan, decisions, &|_| false).map_err(|error| error.to_string().split(" (").next().unwrap().to_owned())
    };
    let because = Err("the plan contains a node that may not run".to_owned());
    // A Parquet scan that nobody governs, and a leaf nobody has heard of.
    assert_eq!(refused(&raw(&eu).await, &decisions), because);
    let schema = Arc::new(Schema::empty());
    let stream: Arc<dyn ExecutionPlan> =
        Arc::new(StreamingTableExec::try_new(schema, Vec::new(), None, [], false, None).unwrap());
    assert_eq!(refused(&stream, &decisions), because);
    // A governed scan runs in the statement it was decided for, and in no other.
    let table =
        GovernedTable::new(eu.target.product.name.clone(), Arc::clone(&eu.decision), Arc::clone(&eu.port), context());
    let state = SessionStateBuilder::new().build();
    let governed = table.unwrap().scan(&state, None, &[], None).await.unwrap();
    assert_eq!(refused(&governed, &decisions), Ok(()));
    let all = steps(&mesh, &caller("bo", &["all"]), "people").await;
    assert_eq!(refused(&governed, &HashSet::from([all.decision.fingerprint()])), because);
    assert_eq!(refused(&governed, &HashSet::new()), because);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_about_its_own_table() {
    let mesh = people::mesh().await;
    let who = caller("ana", &["eu"]);
    let (people, bonus) = (steps(&mesh, &who, "people").await, steps(&mesh, &who, "bonus").await);
    let govern = |name: &Steps, decision: &Steps, port: &Steps| {
        GovernedTable::new(
            name.target.product.name.clone(),
            Arc::clone(&decision.decision),
            Arc::clone(&port.port),
            context(),
        )
        .map(drop)
        .map_err(|error| error.to_string().split(" (").next().unwrap().to_owned())
    };
    assert_eq!(govern(&people, &people, &people), Ok(()));
    assert_eq!(govern(&bonus, &bonus, &bonus), Ok(()));
    let because = |name: &str| Err(format!("the policy of product `hr.{name}` cannot be applied"));
    assert_eq!(govern(&people, &bonus, &people), because("people"));
    assert_eq!(govern(&bonus, &bonus, &people), because("bonus"));
    assert_eq!(govern(&people, &bonus, &bonus), because("people"));
    // Nor does a decision that reads nothing open anything.
    let outsider = steps(&mesh, &caller("outsider", &["guests"]), "people").await;
    assert_eq!(govern(&outsider, &outsider, &outsider), because("people"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clear_scan_is_made_of_knows_visible_clear_columns_only() {
    let mesh = people::mesh().await;
    let all = steps(&mesh, &caller("bo", &["all"]), "people").await;
    let table = GovernedTable::new(all.target.product.name.clone(), all.decision, all.port, context()).unwrap();
    assert!(table.schema().fields().iter().all(|field| field.metadata().is_empty()));
    // Only `id` has a value in every row of every file and is shown as it lies there; a mask may make NULLs.
    let full: Vec<_> = table.schema().fields().iter().filter(|f| !f.is_nullable()).map(|f| f.name().clone()).collect();
    assert_eq!(full, ["id"]);
    assert!(table.constraints().is_none());
    let state = SessionStateBuilder::new().build();
    // `id` and `boss` are clear: the scan is native, and everything in it that optimizers could reach speaks of clear
    // columns.
    let positions = ["id", "boss"].map(|name| table.schema().index_of(name).unwrap());
    let scan = table.scan(&state, Some(&positions.to_vec()), &[], None).await.unwrap();
    let inside = format!("{scan:?}");
    assert!(inside.contains("mode: Clear("), "{inside}");
    // `id`, `region`, `boss` and `badge`, and no bound of any other column.
    assert_eq!(inside.matches("ColumnStatistics {").count(), 4, "{inside}");
    // Badges are shown as they lie there, in every row.
    let inside = inside.replace("CANARY-badge-0", "badge");
    for withheld in [people::CANARY, "email", "salary", "Int64(1000000)", "Date32"] {
        assert!(!inside.contains(withheld), "{withheld} in {inside}");
    }
}

#[tokio::test]
async fn a_session_reaches_no_storage() {
    let registry = ClosedRegistry::default();
    for url in ["file:///", "s3://lake/", "weft://open/", "memory:///"] {
        let parsed = ObjectStoreUrl::parse(url).unwrap();
        let error = registry.get_store(parsed.as_ref()).unwrap_err().to_string();
        assert!(error.ends_with("a session reaches no storage by name"), "{url}: {error}");
        let store = Arc::new(object_store::memory::InMemory::new());
        assert!(registry.register_store(parsed.as_ref(), store).is_none());
        assert!(registry.get_store(parsed.as_ref()).is_err(), "{url} could be added");
    }
    let closed = registry.get_store(ObjectStoreUrl::parse(weft_scan::plan::CLOSED_URL).unwrap().as_ref()).unwrap();
    let refused = closed.get(&object_store::path::Path::from("etc/passwd")).await.unwrap_err();
    assert!(matches!(refused, object_store::Error::PermissionDenied { .. }), "{refused}");
}
