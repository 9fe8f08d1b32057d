//! `nave policy`: what policies say, tried on their examples.

use clap::{Args, Subcommand};
use nave_model::Fault;
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::output::Style;

/// Options of `nave policy`.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Decide about the calls of all examples, and say which answers are not as expected
    Test,
}

impl Policy {
    pub(crate) fn run(&self, context: &Context) -> Result<Ended, Fault> {
        match self.command {
            Command::Test => test(context),
        }
    }
}

fn test(context: &Context) -> Result<Ended, Fault> {
    let (project, problems) = context.load()?;
    let output = &context.output;
    let broken: Vec<_> = problems
        .into_iter()
        .filter(|problem| problem.at.file.as_deref().is_some_and(|file| file.starts_with("policies/")))
        .collect();
    let (count, failed) = project.test_policies();
    let ok = broken.is_empty() && failed.is_empty();
    if output.json() {
        let errors: Vec<_> = broken.iter().chain(&failed).collect();
        output.value(&json!({"ok": ok, "examples": count, "failed": failed.len(), "errors": errors}))?;
    } else {
        let read = |file: &str| project.files().read(file).ok();
        output.problems_in((Style::Error, "error"), &broken, &read)?;
        output.problems_in((Style::Error, "error"), &failed, &read)?;
        output.say(&format!("{} of {count} examples hold", count - failed.len().min(count)));
    }
    Ok(if ok { Ended::Done } else { Ended::Problems })
}
