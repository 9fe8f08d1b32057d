//! What can be written after `nave`: the commands in the order they are first needed, and the options
//! all of them have.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    approvals, backup, batch, batches, call, check, connect, connections, deliveries, describe, dev, diff,
    doctor, eval, events, explain, import, init, ledger, mcp, ops, policy, runs, sandbox, serve, shell,
    sources, store, test,
};
use crate::exit;
use crate::output::Colour;

/// Connects business systems to each other and to AI agents.
///
/// Import a system's API description, find and check its operations, call them, try them against a
/// sandbox, and hand them to agents.
#[derive(Debug, Parser)]
#[command(name = "nave", version, after_help = exit::table(), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the arguments of this process.
    pub(crate) fn try_parse() -> Result<Cli, clap::Error> {
        <Cli as Parser>::try_parse()
    }
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Print data as JSON, one value per line, and faults as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Folder of the project [default: the nearest one upwards with a nave.yaml]
    #[arg(long, short = 'C', global = true, value_name = "FOLDER")]
    pub(crate) project: Option<PathBuf>,
    /// What to log on stderr: error, warn, info, debug, or filters such as nave_call=debug
    #[arg(long, global = true, value_name = "FILTER", env = "NAVE_LOG", hide_env_values = true)]
    pub(crate) log: Option<String>,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub(crate) color: Colour,
    /// Any value switches automatic colour off.
    #[arg(long, env = "NO_COLOR", hide = true, default_value = "")]
    pub(crate) no_color: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make this folder a project
    Init(init::Init),
    /// Import a system's API description as a connector
    Import(import::Import),
    /// Find operations by words, or list them
    Ops(ops::Ops),
    /// Show an operation's arguments, effect, example, auth and limits
    Describe(describe::Describe),
    /// Start a stand-in for a system, made from its connector
    Sandbox(sandbox::Sandbox),
    /// Make a connection: an account on a system
    Connect(Box<connect::Connect>),
    /// Call an operation: checked first, then sent
    Call(call::Call),
    /// Check every document of the project: what is wrong, where, and the fix
    Check(check::Check),
    /// Check an expression of the mapping language, and evaluate it
    Eval(eval::Eval),
    /// Try policies on their examples
    Policy(policy::Policy),
    /// Compare two versions of a description: what changed, how bad it is, whom it touches
    Diff(diff::Diff),
    /// Tell a flow in plain words, and draw it
    Explain(explain::Explain),
    /// Run the cases of connectors
    Test(test::Test),
    /// Run the hub for building: sandboxes stand in for the systems, edits are taken in live
    Dev(dev::Dev),
    /// Run the hub for production
    Serve(serve::Serve),
    /// What happened: list events, send one, put back what could not be handled
    Events(events::Events),
    /// Executions of flows: list them, see each step, start, retry, cancel, replay
    Runs(runs::Runs),
    /// Start a flow, or make an event, for each record of a file or of stdin
    Batch(Box<batch::Batch>),
    /// Records of files and uploads on their way in: list, stop, resume
    Batches(batches::Batches),
    /// What runs ask people, and the answers
    Approvals(approvals::Approvals),
    /// Calls that could have an effect, and settling those nobody knows the outcome of
    Ledger(ledger::Ledger),
    /// Accounts on systems, and the work that is held back at them
    Connections(connections::Connections),
    /// Schedules and polls that start flows, and how each is doing
    Sources(sources::Sources),
    /// Outgoing webhooks
    Deliveries(deliveries::Deliveries),
    /// How the hub's store is
    Store(store::Store),
    /// Make a consistent copy of everything the hub keeps
    Backup(backup::Backup),
    /// Make the store of a copy again
    Restore(backup::Restore),
    /// Serve AI agents: search, describe and call, by the Model Context Protocol
    Mcp(mcp::Mcp),
    /// Look for what keeps Nave from working here
    Doctor(doctor::Doctor),
    /// Print the completions of a shell
    Completions(shell::Completions),
    /// Print the manual page
    Man(shell::Man),
}
