//! `weft policy explain`: one decision, and why.

use std::path::Path;

use serde_json::Value;
use weft_catalog::snapshot::Resolution;
use weft_catalog::target::Target;
use weft_model::principal::Principal;
use weft_policy::explain::{ColumnExplanation, Explanation, explain as explanation};
use weft_policy::request::Request;

use super::table::resolve;
use crate::cli::Output;
use crate::cli::policy::ExplainArgs;
use crate::config::Config;
use crate::error::Failure;
use crate::findings::Findings;
use crate::principal::{names, principal, purpose};
use crate::{listing, mesh, moment, terminal, wiring};

/// Explains what somebody may read of a product.
///
/// # Errors
/// [`Failure::Found`] for a product that is broken, which nobody may read; others when nothing can be explained.
pub(super) async fn explain(config: &Config, args: &ExplainArgs, output: Output) -> Result<(), Failure> {
    let root = mesh::spelled(&config.catalog()?);
    let now = match &args.on {
        Some(day) => moment::day(day)?,
        None => wiring::now(),
    };
    let who = principal(config, &root, &args.who)?;
    let purpose = purpose(&who, args.who.purpose.as_deref())?;
    let snapshot = mesh::snapshot(config, &root).await?;
    let (target, remark) = match resolve(&snapshot, &args.product, mesh::today(now))? {
        Resolution::Found(target) => (target, None),
        Resolution::Retired(retired) => {
            let instead = retired
                .successor
                .as_ref()
                .map(|listed| format!("; its successor is {}.{}", retired.target.product.name.domain, listed.name));
            let remark = format!("{} is retired and no longer served{}", args.product, instead.unwrap_or_default());
            (retired.target, Some(remark))
        }
        Resolution::Broken(broken) => {
            let mut findings = Findings::default();
            for finding in &broken.findings {
                findings.add(finding.clone(), |file| root.join(file).display().to_string());
            }
            findings.print(output, false, &format!("{} is broken, so that nobody can read it", args.product))?;
            return Err(Failure::Found);
        }
        Resolution::Missing => return Err(Failure::Setup(format!("no product is called `{}`", args.product))),
    };
    let request = Request {
        principal: &who,
        purpose: purpose.as_deref(),
        now,
        product: &target.product,
        port: &target.port,
        object: &target.object,
    };
    let found = explanation(snapshot.policy(), &request);
    let asked = Asked { who: &who, purpose: purpose.as_deref(), root: &root, target: &target, remark };
    match output {
        Output::Json => terminal::json(&asked.json(&found)?),
        Output::Csv => csv(&found, output),
        Output::Table => terminal::legible(&asked.text(&found)),
    }
}

/// What was asked.
struct Asked<'a> {
    who: &'a Principal,
    purpose: Option<&'a str>,
    root: &'a Path,
    target: &'a Target,
    remark: Option<String>,
}

impl Asked<'_> {
    fn text(&self, found: &Explanation) -> String {
        let mut about = Vec::new();
        for (noun, all) in [("groups", &self.who.groups), ("roles", &self.who.roles)] {
            if !all.is_empty() {
                about.push(format!("{noun}: {}", names(all.iter().map(AsRef::as_ref))));
            }
        }
        about.extend(self.who.attributes.iter().map(|(name, value)| format!("{name}: {value}")));
        about.push(match self.purpose {
            Some(purpose) => format!("purpose: {purpose}"),
            None if self.who.purposes.len() > 1 => {
                format!("no purpose chosen, permitted: {}", names(self.who.purposes.iter().map(AsRef::as_ref)))
            }
            None => "no purpose".to_owned(),
        });
        let mut text = format!("{} ({}), rules of {}\n", self.who.name, about.join("; "), self.root.display());
        if let Some(remark) = &self.remark {
            text.push_str(&format!("{remark}\n"));
        }
        text.push_str(&found.to_string());
        text
    }

    fn json(&self, found: &Explanation) -> Result<Value, Failure> {
        let failed = |cause: serde_json::Error| crate::error::setup("writing the explanation")(&cause);
        let mut value = serde_json::json!({
            "principal": serde_json::to_value(self.who).map_err(failed)?,
            "purpose": self.purpose,
            "mesh": self.root.display().to_string(),
            "status": self.target.status.to_string(),
            "remark": self.remark,
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut value, serde_json::to_value(found).map_err(failed)?) {
            all.extend(more);
        }
        Ok(value)
    }
}

/// One line per column; what is said of rows and access does not fit into it.
fn csv(found: &Explanation, output: Output) -> Result<(), Failure> {
    let row = |column: &ColumnExplanation| {
        let because: Vec<String> = column.reasons.iter().map(ToString::to_string).collect();
        [column.name.clone(), column.shown.clone(), because.join("; "), column.would_change.join(" ")]
    };
    let rows: Vec<[String; 4]> = found.columns.iter().map(row).collect();
    listing::print(["column", "shown", "because", "to_change"], &rows, output)
}
