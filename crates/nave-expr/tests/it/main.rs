//! What the crate does as a whole, a file each.

mod jq;
mod soundness;
mod suite;
mod syntax;
