//! Decides about calls: (principal, operation, arguments, context) → allow, refuse with a reason, or ask
//! whom. Refuse wins over ask, ask over allow; agents get nothing that no rule or grant allows. Pure:
//! counting calls, asking people and reading files are left to others.
//!
//! The way through: [`Document`] (as written) → [`Policy`] (understood) → [`check()`] (against the
//! operations of a project) → [`decide()`] (about one call).

pub mod check;
pub mod decide;
pub mod document;
pub mod examples;
pub mod finding;
pub mod mask;
pub mod rules;
pub mod selector;

pub use check::check;
pub use decide::{Decision, Request, Verdict, decide};
pub use document::Document;
pub use finding::Finding;
pub use rules::Policy;
pub use selector::{OperationFacts, Principal, PrincipalKind};

/// The JSON Schema of a policy, for editors.
pub const SCHEMA: &str = include_str!("../../../schema/policy.schema.json");
