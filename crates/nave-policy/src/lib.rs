//! Decides about calls: (principal, operation, arguments, context) → allow, refuse with a reason, or ask
//! whom. Refuse wins over ask, ask over allow; agents get nothing that no rule or grant allows. Pure:
//! counting calls, asking people and reading files are left to others.

pub mod document;
pub mod mask;
pub mod selector;

pub use document::Document;
