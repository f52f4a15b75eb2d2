//! Golden shapes of plans.

use weft_testkit::mesh::caller;

use crate::people;

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_proof_filter_goes_below_the_seal_and_others_stay_above() {
    let mesh = people::mesh().await;
    let eu = caller("ana", &["eu"]);
    let below = mesh.rows(&eu, "explain select id from hr.people where badge = 'badge-1' and id < 9").await.unwrap();
    assert!(!below.join("\n").contains("FilterExec"), "{below:?}");
    for predicate in ["name = '***'", "1 / id = 1", "badge = 'badge-1' and id / 2 = 1", "length(badge) = 7"] {
        let plan = mesh.rows(&eu, &format!("explain select id from hr.people where {predicate}")).await.unwrap();
        assert!(plan.join("\n").contains("FilterExec"), "{predicate}: {plan:?}");
    }
}
