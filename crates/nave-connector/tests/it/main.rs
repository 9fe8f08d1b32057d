//! What the crate shows on whole documents: real descriptions from many vendors, and hostile ones.

mod corpus;
mod measure;
