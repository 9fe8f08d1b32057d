//! The flows an engine runs: those of a checked project, each with a definition that can be kept and read
//! again years later, so that a run goes on by the version it began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_flow::Flow;
use nave_flow::flow::{Block, Pick, PickFrom, Step, UndoWith, Verb};
use nave_model::Fault;
use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_project::Project;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

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
        Picked { argument: pick.argument.clone(), from_arguments: pick.from == PickFrom::Arguments }
    }
}

/// The flows that new runs begin with, and the endpoints that events are delivered to, by name.
#[derive(Debug, Clone, Default)]
pub struct FlowSet {
    /// Each flow, ready to run, with the hash of its definition.
    pub flows: BTreeMap<String, Runnable>,
    /// Who is told of events, by name.
    pub endpoints: BTreeMap<String, Arc<Endpoint>>,
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

impl FlowSet {
    /// The flows of a project that passed the check and may run. A flow whose file cannot be read any more
    /// is left out, as is one with mistakes.
    pub fn of(project: &Project) -> FlowSet {
        let endpoints = project.endpoints().iter();
        let mut set = FlowSet {
            endpoints: endpoints.map(|(name, one)| (name.clone(), Arc::new(one.clone()))).collect(),
            ..FlowSet::default()
        };
        project.runnable(&mut |flow, _| {
            let Some(file) = project.flows().get(&flow.name) else { return };
            let text = project.files().read(&file.path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(text) = text else { return };
            let definition = Definition { path: file.path.clone(), text, picks: picks(flow) };
            set.insert(flow.clone(), definition);
        });
        set
    }

    /// Adds a flow with its definition, in place of one of the same name.
    pub fn insert(&mut self, flow: Flow, definition: Definition) {
        let name = flow.name.clone();
        let (hash, definition) = (definition.hash(), Arc::new(definition));
        self.flows.insert(name, Runnable { flow: Arc::new(flow), hash, definition });
    }
}

impl Definition {
    /// The flow, as it was when the definition was kept.
    ///
    /// # Errors
    /// This version of the hub cannot read it: `E-FLOW-INVALID`.
    pub fn flow(&self) -> Result<Flow, Fault> {
        let read = nave_flow::read(&self.path, self.text.as_bytes());
        if let Some(problem) = read.errors.first() {
            let message = format!("a kept version of `{}` cannot be read any more: {problem}", self.path);
            return Err(Fault::new(codes::FLOW_INVALID, message).with_at(problem.at.clone()));
        }
        let Some(mut flow) = read.flow else {
            let message = format!("a kept version of `{}` is empty", self.path);
            return Err(Fault::new(codes::FLOW_INVALID, message));
        };
        self.resolve(&mut flow.steps);
        Ok(flow)
    }

    /// SHA-256 of it as JSON, in hex.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.bytes()))
    }

    /// As it is kept.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        // A struct of texts has no form that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn resolve(&self, block: &mut Block) {
        for step in &mut block.steps {
            if let (Some(undo), Some(picks)) = (&mut step.undo, self.picks.get(&step.name)) {
                undo.with = UndoWith::Picked(picks.iter().map(Pick::from).collect());
            }
            for inner in blocks(step) {
                self.resolve(inner);
            }
        }
    }
}

impl From<&Picked> for Pick {
    fn from(picked: &Picked) -> Self {
        Pick {
            argument: picked.argument.clone(),
            from: if picked.from_arguments { PickFrom::Arguments } else { PickFrom::Result },
        }
    }
}

/// What the check resolved, by step.
fn picks(flow: &Flow) -> BTreeMap<String, Vec<Picked>> {
    fn collect(block: &Block, into: &mut BTreeMap<String, Vec<Picked>>) {
        for step in &block.steps {
            if let Some(UndoWith::Picked(picks)) = step.undo.as_ref().map(|undo| &undo.with) {
                into.insert(step.name.clone(), picks.iter().map(Picked::from).collect());
            }
            for inner in step.blocks() {
                collect(inner, into);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&flow.steps, &mut found);
    found
}

/// The blocks inside a step, to be changed.
fn blocks(step: &mut Step) -> Vec<&mut Block> {
    match &mut step.verb {
        Verb::Switch { cases, otherwise } => {
            cases.iter_mut().map(|case| &mut case.block).chain(otherwise.as_mut()).collect()
        }
        Verb::For(each) => vec![&mut each.body],
        Verb::Fork { branches, .. } => branches.values_mut().collect(),
        Verb::Try { body, handlers } => {
            std::iter::once(body).chain(handlers.iter_mut().map(|handler| &mut handler.block)).collect()
        }
        Verb::Call(_)
        | Verb::Set { .. }
        | Verb::Wait(_)
        | Verb::Listen(_)
        | Verb::Emit { .. }
        | Verb::Raise { .. }
        | Verb::Run { .. }
        | Verb::Ask(_) => Vec::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use nave_project::Memory;

    use super::*;

    const FLOW: &str = "
flow: pay
trigger: manual
steps:
  - each: for
    in: .items
    as: item
    steps:
      - made: set
        value: $item
";

    #[test]
    fn a_kept_definition_is_the_flow_again() {
        let files = Memory::new([("nave.yaml", ""), ("flows/pay.yaml", FLOW)]);
        let (project, problems) = Project::load(Arc::new(files));
        assert!(problems.is_empty(), "{problems:?}");
        let set = FlowSet::of(&project);
        let runnable = set.flows.get("pay").unwrap();
        let kept: Definition = serde_json::from_slice(&runnable.definition.bytes()).unwrap();
        assert_eq!(format!("{:?}", kept.flow().unwrap()), format!("{:?}", runnable.flow));
        assert_eq!(kept.hash(), runnable.hash);
        assert_eq!(runnable.hash.len(), 64);
    }

    #[test]
    fn a_definition_of_something_else_is_a_fault() {
        let text = "flow: x\nsteps: 5\n".to_owned();
        let definition = Definition { path: "flows/x.yaml".to_owned(), text, picks: BTreeMap::new() };
        assert_eq!(definition.flow().unwrap_err().code, codes::FLOW_INVALID);
    }
}
