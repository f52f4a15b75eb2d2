//! The tests of the tests: for every guard, a child process runs this binary with the guard switched off, and tests
//! must fail there, the named ones for the named reason. The list is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use weft_govern::guard::Guard;
use weft_testkit::sabotage::VARIABLE;

/// For each guard, a test that fails without it, and a part of what that test says then: a test that fails because
/// the mesh could not be built proves nothing.
const PROOFS: [(Guard, &str, &str); 25] = [
    (Guard::RowFilter, "both_paths::rows_and_masks_hold_for_three_personas", "6000 | *** | *** | 1 | 0"),
    (Guard::RowFilter, "seal::a_row_rule_alone_seals_a_table_of_clear_columns", "4 | 1 | 10"),
    (Guard::ColumnMask, "both_paths::a_masked_value_is_masked_in_every_clause", "CANARY.mail.1@host1.example"),
    (Guard::ColumnMask, "leaks::no_buffer_holds_a_hidden_or_masked_value", "column name holds a canary"),
    (Guard::RowClearance, "clearance::a_clearance_shows_its_rows_and_no_others", "CANARY"),
    (Guard::HiddenColumn, "access::a_hidden_column_is_absent_and_a_clear_caller_has_it", "salary"),
    (Guard::LeakProofFilter, "plans::a_leak_proof_filter_goes_below_the_seal_and_others_stay_above", "name = '***'"),
    (Guard::LeakProofFilter, "oracle::governed_answers_equal_materialised_ones", "name = '***'"),
    (Guard::DynamicFilterColumn, "seal::a_join_on_a_masked_column_meets_masks", "left: [\"0\"]"),
    (
        Guard::PruneByBounds,
        "seal::a_value_of_a_hidden_row_costs_what_a_value_of_no_row_costs",
        "assertion `left == right`",
    ),
    (Guard::Rebuild, "canaries::no_buffer_of_any_type_holds_a_hidden_row", "column text holds a canary"),
    (Guard::Rebuild, "clearance::no_buffer_holds_what_a_clearance_does_not_reach", "column phone holds a canary"),
    (Guard::RowOrder, "seal::the_order_of_masked_rows_tells_nothing", "in the order of the file"),
    (Guard::FileOrder, "folders::rows_do_not_show_which_folder_they_are_from", "rows of a folder stand together"),
    (Guard::ErrorReplaced, "seal::an_error_below_the_seal_is_a_code_and_a_reference", "not replaced: "),
    (Guard::Statistics, "seal::a_plan_does_not_tell_what_hidden_rows_hold", "hidden rows show in the plan"),
    (Guard::Statistics, "seal::bounds_of_a_masked_column_are_bounds_of_masks", "bounds of name: [\"CANARY"),
    (Guard::PlanProperties, "seal::a_plan_does_not_tell_how_many_files_there_are", "input_partitions=3"),
    (
        Guard::ResetState,
        "both_paths::a_recursive_query_reads_a_sealed_scan_in_every_round",
        "right: [\"4000 | 1\", \"2000 | 2\", \"1000 | 3\"",
    ),
    (Guard::LimitAfterRows, "both_paths::a_limit_counts_visible_rows", "assertion `left == right`"),
    (Guard::OwnDecision, "doors::a_decision_is_about_its_own_table", "left: Ok(())"),
    (Guard::Verifier, "doors::an_ungoverned_leaf_does_not_run", "left: Ok(())"),
    (Guard::History, "deletes::older_versions_need_a_right", "called `Result::unwrap_err()`"),
    (Guard::Restrictions, "withheld::what_a_catalog_withholds_from_one_is_withheld_from_that_one", "left: [\"1 | n1\""),
    (Guard::StatementGate, "leaks::statements_that_are_no_queries_are_refused", "unwrap_err()"),
];

/// Tests that are long, or that run children themselves.
const SKIPPED: [&str; 3] = ["sabotage::", "generated::", "tpch::"];

/// How long one child may take.
const CHILD_TIME: Duration = Duration::from_secs(240);

#[test]
fn every_guard_is_missed_by_a_test() {
    for guard in Guard::ALL {
        assert!(PROOFS.iter().any(|(proven, ..)| proven == guard), "no test is named for {guard:?}");
    }
    let next = AtomicUsize::new(0);
    let mut failed: Vec<(usize, BTreeMap<String, String>)> = std::thread::scope(|scope| {
        let children = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let work = || {
            let mut mine = Vec::new();
            while let Some(guard) = Guard::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                mine.push((*guard as usize, failures(&run_without(&format!("{guard:?}")))));
            }
            mine
        };
        let workers: Vec<_> = (0..children).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    failed.sort_by_key(|(guard, _)| *guard);
    print(&failed);
    for (guard, test, because) in PROOFS {
        let (_, failures) = &failed[guard as usize];
        let said = failures.get(test).unwrap_or_else(|| panic!("{test} passes without {guard:?}"));
        assert!(said.contains(because), "without {guard:?}, {test} fails for another reason: {said}");
    }
}

/// Past the harness's capture, since the list is there to be read.
fn print(failed: &[(usize, BTreeMap<String, String>)]) {
    let mut text = "\nguard switched off → tests that fail\n".to_owned();
    for (guard, (_, failures)) in Guard::ALL.iter().zip(failed) {
        let _ = writeln!(
            text,
            "  {:20} → {}",
            format!("{guard:?}"),
            failures.keys().cloned().collect::<Vec<_>>().join(", ")
        );
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Runs the other tests of this binary in a process of their own, without the guard, and gives back what they say.
fn run_without(guard: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for skipped in SKIPPED {
        command.args(["--skip", skipped]);
    }
    let mut child = command
        .args(["--test-threads", "2"])
        .env(VARIABLE, guard)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).map(|_| String::from_utf8_lossy(&said).into_owned()).unwrap()
    });
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > CHILD_TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("without {guard}, the tests do not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let said = reader.join().unwrap();
    assert!(said.contains("test result: "), "without {guard}, the tests crash: {said}");
    said
}

/// What each failed test said, from the harness's own report.
fn failures(said: &str) -> BTreeMap<String, String> {
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in said.lines() {
        if let Some(name) = line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----")) {
            current = Some(name.to_owned());
            failures.insert(name.to_owned(), String::new());
        } else if line == "failures:" || line.starts_with("test result: ") {
            current = None;
        } else if let Some(said) = current.as_ref().and_then(|name| failures.get_mut(name)) {
            said.push_str(line);
            said.push('\n');
        }
    }
    failures
}

#[test]
fn the_binary_is_built_without_the_seam() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = |package: &str, edges: &str| {
        let args = ["tree", "--offline", "--locked", "-p", package, "-e", edges, "-i", "weft-govern"];
        let output = Command::new(&cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let shipped = tree("weft", "normal,build,features");
    assert!(shipped.contains("weft-govern"), "{shipped}");
    assert!(!shipped.contains("sabotage"), "{shipped}");
    // The question can be answered the other way.
    assert!(tree("weft-tests", "normal,dev,features").contains("weft-govern feature \"sabotage\""));
}
