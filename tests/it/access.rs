//! Who sees what at all.

use weft_model::report::Report;
use weft_testkit::mesh::caller;

use crate::people;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_and_nothing_exists() {
    let mesh = people::mesh().await;
    let outsider = caller("outsider", &["guests"]);
    let hidden = mesh.query(&outsider, "select * from hr.people").await.unwrap_err();
    let missing = mesh.query(&outsider, "select * from hr.peopla").await.unwrap_err();
    assert_eq!(hidden.code(), missing.code());
    assert_eq!(hidden.to_string().replace("people", "X"), missing.to_string().replace("peopla", "X"));
    assert_eq!(hidden.hint(), missing.hint());
    assert_eq!(hidden.detail(), missing.detail());
    assert_eq!(hidden.to_string(), "table `hr.people` does not exist");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_column_is_absent_and_a_clear_caller_has_it() {
    let mesh = people::mesh().await;
    let (eu, clear) = (caller("ana", &["eu"]), caller("kim", &["clear"]));
    let seen = mesh.query(&eu, "select * from hr.people limit 1").await.unwrap();
    let names: Vec<_> = seen[0].schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["id", "region", "name", "email", "born", "boss", "badge"]);
    let hidden = mesh.query(&eu, "select salary from hr.people").await.unwrap_err();
    let missing = mesh.query(&eu, "select salarz from hr.people").await.unwrap_err();
    assert_eq!(hidden.to_string().replace("salary", "X"), missing.to_string().replace("salarz", "X"));
    let rows = mesh.rows(&clear, "select salary from hr.people where id = 3").await.unwrap();
    assert_eq!(rows, ["1000021"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_for_its_principal_only() {
    let mesh = people::mesh().await;
    let (eu, all) = (caller("ana", &["eu"]), caller("bo", &["all"]));
    let request = weft_engine::statement::StatementRequest { sql: "select id from hr.people".into(), parameters: None };
    let spec = mesh.engine.prepare(&eu, request).await.unwrap().spec();
    let foreign = mesh.engine.resume(&all, &spec).await.unwrap_err();
    assert_eq!(foreign.to_string(), "the ticket is not valid");
    // Nor for somebody else who may see the very same.
    let twin = mesh.engine.resume(&caller("eve", &["eu"]), &spec).await.unwrap_err();
    assert_eq!(twin.to_string(), foreign.to_string());
    // The same name in other groups is another decision.
    let demoted = caller("ana", &["all"]);
    let changed = mesh.engine.resume(&demoted, &spec).await.unwrap_err();
    assert_eq!(changed.to_string(), foreign.to_string());
    assert!(mesh.engine.resume(&eu, &spec).await.is_ok());
}
