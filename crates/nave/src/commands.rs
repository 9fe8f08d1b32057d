//! The commands, one file each: its options, and what it does.

use nave_model::Fault;

use crate::cli::Command;
use crate::context::Context;
use crate::exit::Ended;

pub(crate) mod approvals;
pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod batches;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod connect;
pub(crate) mod connections;
pub(crate) mod deliveries;
pub(crate) mod describe;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod ledger;
pub(crate) mod mcp;
pub(crate) mod ops;
pub(crate) mod policy;
pub(crate) mod runs;
pub(crate) mod sandbox;
pub(crate) mod serve;
mod several;
pub(crate) mod shell;
pub(crate) mod sources;
pub(crate) mod store;
pub(crate) mod test;

/// Runs one command.
pub(crate) fn run(context: &Context, command: Command) -> Result<Ended, Fault> {
    match command {
        Command::Init(init) => init.run(context),
        Command::Import(import) => import.run(context),
        Command::Ops(ops) => ops.run(context),
        Command::Describe(describe) => describe.run(context),
        Command::Sandbox(sandbox) => sandbox.run(context),
        Command::Connect(connect) => connect.run(context),
        Command::Call(call) => call.run(context),
        Command::Check(check) => check.run(context),
        Command::Eval(eval) => eval.run(context),
        Command::Policy(policy) => policy.run(context),
        Command::Diff(diff) => diff.run(context),
        Command::Explain(explain) => explain.run(context),
        Command::Test(test) => test.run(context),
        Command::Dev(dev) => dev.run(context),
        Command::Serve(serve) => serve.run(context),
        Command::Events(events) => events.run(context),
        Command::Runs(runs) => runs.run(context),
        Command::Approvals(approvals) => approvals.run(context),
        Command::Batch(batch) => batch.run(context),
        Command::Batches(batches) => batches.run(context),
        Command::Ledger(ledger) => ledger.run(context),
        Command::Connections(connections) => connections.run(context),
        Command::Sources(sources) => sources.run(context),
        Command::Deliveries(deliveries) => deliveries.run(context),
        Command::Store(store) => store.run(context),
        Command::Backup(backup) => backup.run(context),
        Command::Restore(restore) => restore.run(context),
        Command::Mcp(mcp) => mcp.run(context),
        Command::Doctor(doctor) => doctor.run(context),
        Command::Completions(completions) => completions.run(context),
        Command::Man(man) => man.run(context),
    }
}
