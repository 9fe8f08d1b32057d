//! `nave check`: every document of the project, every problem, where it is and how to mend it.

use clap::Args;
use nave_model::Fault;
use nave_project::names::problem;
use nave_project::settings::FILE;
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::Style;
use crate::settings;

mod against;

/// Options of `nave check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Fail on warnings, and on what is odd in vendors' descriptions, too
    #[arg(long)]
    strict: bool,
    /// Show what is odd in vendors' descriptions, not only how much
    #[arg(long)]
    findings: bool,
    /// Which flows, mappings and policies break if a connector becomes this other description
    #[arg(long, value_name = "CONNECTOR=FILE")]
    against: Vec<String>,
}

impl Check {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        if !self.against.is_empty() {
            return against::run(context, &self.against);
        }
        let (project, mut problems) = context.load()?;
        // What a hub's settings mean is the server's, so the project alone cannot tell.
        problems.extend(settings::wrong(&context.folder()?).map(|fault| problem(&fault, FILE)));
        let progress = context.output.progress("checking");
        let checked = project.check(problems);
        drop(progress);
        let output = &context.output;
        let is_odd = !checked.findings.is_empty() || !checked.warnings.is_empty();
        let failed = !checked.errors.is_empty() || (self.strict && is_odd);
        if output.json() {
            output.value(&json!({
                "ok": !failed,
                "errors": checked.errors,
                "warnings": checked.warnings,
                "findings": checked.findings,
                "connectors": checked.connectors,
                "connections": checked.connections,
                "cases": checked.cases,
                "flows": checked.flows,
                "policies": checked.policies,
                "uses": checked.uses,
            }))?;
        } else {
            let read = |file: &str| project.files().read(file).ok();
            output.problems_in((Style::Error, "error"), &checked.errors, &read)?;
            output.problems_in((Style::Warning, "warning"), &checked.warnings, &read)?;
            if self.findings || self.strict {
                output.problems((Style::Warning, "finding"), &checked.findings)?;
            }
            let operations: usize = checked.connectors.values().sum();
            output.say(&format!(
                "checked {} connectors with {operations} operations and {} cases, {} connections, {} flows, {} policies",
                checked.connectors.len(),
                checked.cases,
                checked.connections,
                checked.flows,
                checked.policies
            ));
            match checked.errors.len() {
                0 if !checked.warnings.is_empty() => {
                    let count = checked.warnings.len();
                    output
                        .say(&output.err(Style::Warning, &format!("everything fits, with {count} warnings")));
                }
                0 => output.say(&output.err(Style::Good, "everything fits")),
                count => output.say(&output.err(Style::Error, &format!("{count} problems"))),
            }
            if !checked.findings.is_empty() && !self.findings && !self.strict {
                let count = checked.findings.len();
                output.say(&format!(
                    "{count} findings in vendors' descriptions; `nave check --findings` shows them"
                ));
            }
        }
        Ok(if failed { Ended::Problems } else { Ended::Done })
    }
}
