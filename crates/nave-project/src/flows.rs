//! The flows of a project, as they were read. What they use is checked with the whole project.

use std::collections::BTreeMap;

use nave_flow::Flow;
use nave_model::fault::codes;
use nave_model::{At, Problem};

use crate::Files;
use crate::names::problem;

/// The folder of flows.
pub const FOLDER: &str = "flows";

/// A flow that could be read, at least in parts.
#[derive(Debug)]
pub struct FlowFile {
    /// Its file.
    pub path: String,
    /// The flow; parts with mistakes are left out of it.
    pub flow: Flow,
    /// Whether nothing was wrong with its document.
    pub is_whole: bool,
    /// What is odd about its document.
    pub warnings: Vec<Problem>,
}

/// The flows by name. What is wrong with their documents is reported.
pub(crate) fn load(files: &dyn Files, problems: &mut Vec<Problem>) -> BTreeMap<String, FlowFile> {
    let mut flows = BTreeMap::new();
    let paths = files.list(FOLDER).unwrap_or_else(|fault| {
        problems.push(problem(&fault, FOLDER));
        Vec::new()
    });
    for path in paths {
        add(files, &path, &mut flows, problems);
    }
    flows
}

/// Reads a file that may have changed, come or gone; gives the name of its flow.
pub(crate) fn reload(
    files: &dyn Files,
    path: &str,
    flows: &mut BTreeMap<String, FlowFile>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    if files.exists(path) { add(files, path, flows, problems) } else { None }
}

fn add(
    files: &dyn Files,
    path: &str,
    flows: &mut BTreeMap<String, FlowFile>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let file = read(files, path, problems)?;
    let name = file.flow.name.clone();
    if let Some(other) = flows.get(&name) {
        let message = format!("the flow `{name}` stands in `{}` too", other.path);
        let twice = Problem::new(codes::FLOW_INVALID, file.flow.at, message);
        problems.push(twice.hint("give every flow a name of its own: its path below `flows/`"));
        return None;
    }
    flows.insert(name.clone(), file);
    Some(name)
}

/// One flow; `None` for a file that is none of ours, and where nothing could be read.
fn read(files: &dyn Files, path: &str, problems: &mut Vec<Problem>) -> Option<FlowFile> {
    if path.ends_with(".yml") {
        let wrong = Problem::new(codes::FLOW_INVALID, At::file(path), format!("`{path}` is not read"));
        problems.push(wrong.hint("a flow's file ends in `.yaml`"));
        return None;
    }
    if !path.ends_with(".yaml") && !path.ends_with(".json") {
        return None;
    }
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(fault) => {
            problems.push(problem(&fault, path));
            return None;
        }
    };
    let read = nave_flow::read(path, &bytes);
    let is_whole = read.errors.is_empty();
    problems.extend(read.errors);
    let flow = read.flow?;
    Some(FlowFile { path: path.to_owned(), flow, is_whole, warnings: read.warnings })
}
