//! The flows an engine runs: those of a checked project, each with a definition that can be kept and read
//! again years later, so that a run goes on by the version it began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::flow::Pick;
use serde::{Deserialize, Serialize};

/// A flow as it is kept: its document, and what the check resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The file it stood in.
    pub path: String,
    /// The document.
    pub text: String,
    /// Where the arguments of each undo by name come from, by step.
    pub picks: BTreeMap<String, Vec<Picked>>,
}

/// A serializable [`Pick`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// The argument.
    pub argument: String,
    /// Whether it is taken from the arguments of the step's call, instead of its result.
    pub from_arguments: bool,
}

impl From<&Pick> for Picked {
    fn from(pick: &Pick) -> Self {
        Picked {
            argument: pick.argument.clone(),
            from_arguments: pick.from == nave_flow::flow::PickFrom::Arguments,
        }
    }
}

/// The flows that new runs begin with, by name.
#[derive(Debug, Clone, Default)]
pub struct FlowSet {
    /// Each flow, ready to run, with the hash of its definition.
    pub flows: BTreeMap<String, Runnable>,
}

/// A flow ready to run.
#[derive(Debug, Clone)]
pub struct Runnable {
    /// The flow, undos resolved.
    pub flow: Arc<Flow>,
    /// SHA-256 of its definition as JSON, in hex.
    pub hash: String,
    /// Its definition.
    pub definition: Arc<Definition>,
}
