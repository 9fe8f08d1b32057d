//! The command line `nave`: reads the arguments, runs one command, and turns what came of it into an
//! exit code. A thin shell; what others need too lives in the crates below.

use std::process::ExitCode;

use nave_server::{callers, folder};

mod cli;
mod commands;
mod confirm;
mod context;
mod exit;
mod given;
mod hub;
mod live;
mod output;
mod problems;
mod settings;
mod show;
mod sources;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return exit::usage(&message),
    };
    let context = context::Context::new(cli.options);
    let ended = commands::run(&context, cli.command);
    exit::code(&context, ended)
}
