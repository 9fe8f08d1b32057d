//! `nave test`: runs the cases of connectors. Nothing is sent; a case holds its own answer.

use clap::Args;
use nave_connector::case::{self, Case};
use nave_model::{At, Fault, Problem};
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::Style;

/// Options of `nave test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Connectors to test [default: those of the project; where it has none, all]
    connectors: Vec<String>,
}

impl Test {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let names = if self.connectors.is_empty() { project.own_or_all() } else { self.connectors };
        let (mut passed, mut failed) = (0usize, 0usize);
        for name in names {
            let connector = project.connector(&name)?;
            for path in project.connectors().cases(&name)? {
                let text = project.connectors().text(&name, &path)?;
                for (title, problems) in verify(&connector, &path, &text) {
                    show(context, (&name, &path, &title), &problems)?;
                    if problems.is_empty() { passed += 1 } else { failed += 1 }
                }
            }
        }
        context.output.say(&format!("{passed} cases hold, {failed} do not"));
        Ok(if failed == 0 { Ended::Done } else { Ended::Problems })
    }
}

/// The cases of one file: title, and what does not hold.
fn verify(connector: &nave_connector::Connector, path: &str, text: &str) -> Vec<(String, Vec<Problem>)> {
    match Case::parse(path, text) {
        Ok(cases) => {
            cases.into_iter().map(|one| (one.title.clone(), case::verify(connector, &one))).collect()
        }
        Err(fault) => {
            let at = fault.at.clone().unwrap_or_else(|| At::file(path));
            let mut problem = Problem::new(fault.code, at, fault.message.clone());
            problem.hint.clone_from(&fault.hint);
            vec![("the file can be read".to_owned(), vec![problem])]
        }
    }
}

fn show(
    context: &Context,
    (name, path, title): (&str, &str, &str),
    problems: &[Problem],
) -> Result<(), Fault> {
    let output = &context.output;
    if output.json() {
        return output.value(&json!({
            "connector": name, "file": path, "case": title, "ok": problems.is_empty(), "problems": problems,
        }));
    }
    let verdict = match problems {
        [] => output.out(Style::Good, "ok    "),
        _ => output.out(Style::Error, "FAILED"),
    };
    output.line(&format!("{verdict} {name}: {title}"))?;
    output.problems((Style::Error, "error"), problems)
}
