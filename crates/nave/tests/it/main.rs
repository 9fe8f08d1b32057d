//! The command line as a user sees it: the real binary in a temporary folder, its stdout, stderr and
//! exit code.

mod agents;
mod batches;
mod calls;
mod diff;
mod docs;
mod documents;
mod examples;
mod flows;
mod hub;
mod hub_commands;
mod hub_process;
mod logs;
mod policies;
mod rig;
mod shell;
