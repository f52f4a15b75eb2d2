//! The differential oracle over generated schemas, policies, data and queries: what a persona is answered over the
//! governed table is what anybody is answered over a table that holds only what the persona may see, made by hand, one
//! cell at a time. Rows, schema and error class alike.
//!
//! Read in this order: `cells`, `masks` and `shapes` (columns), `rules` (rows), `queries`, `world`, then this file.

mod cells;
mod fixed;
mod masks;
mod queries;
mod rules;
mod shapes;
mod world;

use std::sync::OnceLock;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use weft_engine::caller::Caller;
use weft_model::report::Report;
use weft_testkit::mesh::{TestMesh, caller, lines};

use world::{World, worlds};

/// Worlds of one ordinary run, and of one with `WEFT_SLOW=1`; each is asked some eight queries.
const CASES: (u32, u32) = (120, 3_000);

/// Rows as text and the schema, or the code of the error with its text.
type Answer = Result<(Vec<String>, String), (&'static str, String)>;

async fn answer(mesh: &TestMesh, who: &Caller, sql: &str, ordered: bool) -> Answer {
    match mesh.query(who, sql).await {
        Ok(batches) => {
            let mut rows = lines(&batches);
            if !ordered {
                rows.sort();
            }
            let described = mesh.engine.describe(who, sql).await.unwrap();
            assert!(
                batches.iter().all(|batch| batch.schema() == described.schema),
                "{sql}: another schema than announced"
            );
            Ok((rows, format!("{:?}", described.schema)))
        }
        Err(error) => Err((error.code().id, error.to_string())),
    }
}

/// Asks a world's queries of both meshes.
async fn check(world: &World) -> Result<(), String> {
    let (governed, materialised) = tokio::join!(world.governed(), world.materialised());
    let who = caller("x", world.groups());
    let view = world.view();
    for query in &world.queries {
        let (sql, ordered) = query.sql(&view);
        let one = answer(&governed, &who, &sql, ordered).await;
        let other = answer(&materialised, &who, &sql, ordered).await;
        let alike = match (&one, &other) {
            (Ok(one), Ok(other)) => one == other,
            (Err((one, _)), Err((other, _))) => one == other,
            _ => false,
        };
        if !alike {
            return Err(format!("{sql}\n governed: {one:?}\n by hand:  {other:?}"));
        }
    }
    Ok(())
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap())
}

#[test]
fn worlds_that_failed_once_do_not_fail_again() {
    let failed = |(what, world): (&str, World)| {
        runtime().block_on(check(&world)).err().map(|failure| format!("{what}:\n {failure}"))
    };
    let failures: Vec<String> = fixed::worlds().into_iter().filter_map(failed).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn generated_worlds_answer_as_what_they_show() {
    let cases = if std::env::var_os("WEFT_SLOW").is_some() { CASES.1 } else { CASES.0 };
    let config = Config { cases, max_shrink_iters: 400, failure_persistence: None, ..Config::default() };
    let outcome =
        TestRunner::new(config).run(&worlds(), |world| runtime().block_on(check(&world)).map_err(TestCaseError::fail));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
