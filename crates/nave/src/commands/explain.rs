//! `nave explain`: a flow in plain words, and as a diagram.

use clap::{Args, ValueEnum};
use nave_flow::explain;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use serde_json::json;

use crate::context::Context;
use crate::exit::Ended;
use crate::folder;

/// Options of `nave explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The flow: its name, or its file
    flow: String,
    /// What to print: words, a Mermaid diagram, or both
    #[arg(long, value_enum, default_value_t = As::Both)]
    r#as: As,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    /// Plain words.
    Words,
    /// A Mermaid flowchart.
    Diagram,
    /// Both, as Markdown.
    Both,
}

impl Explain {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let project = context.project()?;
        let files = project.flows();
        let named = files.get(&self.flow).or_else(|| files.values().find(|file| file.path == self.flow));
        let read;
        let flow = match named {
            Some(file) => &file.flow,
            None => {
                read = self.read(files.keys().map(String::as_str))?;
                &read
            }
        };
        let (words, diagram) = (explain::words(flow), explain::diagram(flow));
        let output = &context.output;
        if output.json() {
            output.value(&json!({"flow": flow.name, "words": words, "diagram": diagram}))?;
            return Ok(Ended::Done);
        }
        match self.r#as {
            As::Words => output.data(&words)?,
            As::Diagram => output.data(&diagram)?,
            As::Both => output.data(&format!("{words}\n```mermaid\n{diagram}```\n"))?,
        }
        Ok(Ended::Done)
    }

    /// A flow outside the project's folder of flows.
    fn read<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<nave_flow::Flow, Fault> {
        let path = std::path::Path::new(&self.flow);
        if !path.is_file() {
            let fault = Fault::new(codes::FLOW_NAME, format!("there is no flow `{}`", self.flow));
            return Err(match did_you_mean(&self.flow, names) {
                Some(hint) => fault.with_hint(hint),
                None => fault.with_hint("name a flow of the project, or its file"),
            });
        }
        let read = nave_flow::read(&self.flow, &folder::read(path, &self.flow)?);
        match read.flow {
            Some(flow) if read.errors.is_empty() => Ok(flow),
            _ => Err(Fault::from_problems(&format!("`{}`", self.flow), read.errors)),
        }
    }
}
