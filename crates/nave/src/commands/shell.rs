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
        let mut render = |command: clap::Command| clap_mangen::Man::new(command).render(&mut text);
        render(command.clone())
            .and_then(|()| command.get_subcommands().cloned().try_for_each(render))
            .map_err(|error| Fault::new(codes::INTERNAL, format!("the manual cannot be written: {error}")))?;
        context.output.data(&String::from_utf8_lossy(&text))?;
        Ok(Ended::Done)
    }
}
