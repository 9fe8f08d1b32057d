//! `nave describe`: what an operation takes and gives.

use clap::Args;
use nave_connector::describe::{self, Level, Request};
use nave_model::Fault;
use nave_sandbox::generate;

use crate::context::Context;
use crate::exit::Ended;

/// Characters of a description on the terminal.
const BUDGET: usize = 12_000;

/// Options of `nave describe`.
#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// The operation, for example stripe.post_refunds
    #[arg(value_name = "CONNECTOR.OPERATION")]
    operation: String,
    /// One argument, or a part of one, in full: line_items.price_data, or answer.data
    part: Option<String>,
}

impl Describe {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let (connector, name) = project.operation(&self.operation)?;
        let connector = project.connector(&connector)?;
        let operation = connector.operation(name)?;
        let owner = self.operation.split('.').next().unwrap_or_default();
        let example = generate::arguments(&connector, operation, 0).ok();
        if context.output.json() && self.part.is_none() {
            let mut description = describe::describe(owner, &connector, operation, Level::FULL);
            description.example = example;
            context.output.value(&description)?;
            return Ok(Ended::Done);
        }
        let part = self.part.as_deref();
        let request = Request { owner, part, budget: BUDGET, example: example.as_ref() };
        let text = describe::text(&connector, operation, &request)?;
        if context.output.json() {
            context
                .output
                .value(&serde_json::json!({ "operation": self.operation, "part": part, "text": text }))?;
        } else {
            context.output.line(text.trim_end())?;
        }
        Ok(Ended::Done)
    }
}
