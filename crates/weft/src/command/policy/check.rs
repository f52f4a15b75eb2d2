//! `weft policy check`: what the rules say that their authors may not mean.

use weft_catalog::catalog::ProductCatalog;
use weft_catalog::error::Error;
use weft_policy::check::check as found_in;

use crate::cli::Output;
use crate::cli::policy::CheckArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::findings::{Findings, count};
use crate::mesh;

/// How the codes of complaints about policy begin.
const POLICY: &str = "POL-";

/// How the codes begin of complaints about policy files that are not read, or no longer.
const FILES: [&str; 2] = ["CAT-005", "CAT-014"];

/// Looks for rules that are void, in conflict or without effect.
///
/// # Errors
/// [`Failure::Found`] when there are errors, or warnings where those count; others when nothing can be checked.
pub(super) async fn check(config: &Config, args: &CheckArgs, output: Output) -> Result<(), Failure> {
    let root = mesh::spelled(&config.catalog()?);
    let name = |file: &str| root.join(file).display().to_string();
    let mut findings = Findings::default();
    let catalog = match mesh::open(config, &root) {
        Ok(catalog) => catalog,
        Err(Error::Board { findings: found }) => {
            found.into_iter().for_each(|finding| findings.add(finding, name));
            return findings.print(output, args.strict, "the board's policy does not compile");
        }
        Err(other) => return Err(Failure::unmet("loading the mesh")(other)),
    };
    let snapshot = catalog.snapshot().await.map_err(Failure::unmet("loading the mesh"))?;
    for problem in snapshot.problems() {
        let code = problem.finding.code;
        if code.starts_with(POLICY) || FILES.contains(&code) {
            findings.add(problem.finding.clone(), name);
        }
    }
    for finding in found_in(snapshot.policy(), snapshot.products()) {
        findings.add(finding, name);
    }
    findings.print(output, args.strict, &format!("rules over {}", count(snapshot.products().len(), "product")))
}
