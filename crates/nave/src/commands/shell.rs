//! `nave completions` and `nave man`: what a shell and a manual reader want to know.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use nave_model::Fault;
use nave_model::fault::codes;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Ended;

/// Options of `nave completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Options of `nave man`.
#[derive(Debug, Args)]
pub(crate) struct Man {}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "nave", &mut text);
        context.output.data(&String::from_utf8_lossy(&text))?;
        Ok(Ended::Done)
    }
}

impl Man {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let mut text = Vec::new();
        let mut command = Cli::command();
        command.build();
        pages(&command, &mut text)
            .map_err(|error| Fault::new(codes::INTERNAL, format!("the manual cannot be written: {error}")))?;
        context.output.data(&String::from_utf8_lossy(&text))?;
        Ok(Ended::Done)
    }
}

/// The page of a command, and those of the commands below it.
fn pages(command: &clap::Command, text: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(text)?;
    command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .try_for_each(|below| pages(below, text))
}
