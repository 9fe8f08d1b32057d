//! Deciding, told from outside: what a run wants done on what happens.

mod build;
mod exercised;
mod people;
mod random;
mod saga;
mod script;
mod verbs;
