//! The hub from outside: real HTTP, a real store, sandboxes for the systems.

mod batches;
mod committed;
mod endpoints;
mod events;
mod full;
mod hostile;
mod hub;
mod mails;
mod rig;
mod runs;
mod system;
mod traces;
mod webhooks;
