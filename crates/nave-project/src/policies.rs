//! The policies of a project. Which operations their rules are for is checked with the whole project.

use std::collections::BTreeMap;

use nave_connector::source;
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use nave_policy::{Document, Finding, Policy};

use crate::Files;
use crate::names::{check_name, problem};

/// The folder of policies.
pub const FOLDER: &str = "policies";

/// A policy that was understood.
#[derive(Debug)]
pub struct PolicyFile {
    /// Its file.
    pub path: String,
    /// As it is written.
    pub document: Document,
    /// As it decides.
    pub policy: Policy,
}

/// The policies by name; those that are wrong are left out and reported.
pub(crate) fn load(files: &dyn Files, problems: &mut Vec<Problem>) -> BTreeMap<String, PolicyFile> {
    let mut policies = BTreeMap::new();
    let paths = files.list(FOLDER).unwrap_or_else(|fault| {
        problems.push(problem(&fault, FOLDER));
        Vec::new()
    });
    for path in paths {
        add(files, &path, &mut policies, problems);
    }
    policies
}

/// Reads a file that may have changed, come or gone.
pub(crate) fn reload(
    files: &dyn Files,
    path: &str,
    policies: &mut BTreeMap<String, PolicyFile>,
    problems: &mut Vec<Problem>,
) {
    if files.exists(path) {
        add(files, path, policies, problems);
    }
}

fn add(
    files: &dyn Files,
    path: &str,
    policies: &mut BTreeMap<String, PolicyFile>,
    problems: &mut Vec<Problem>,
) {
    match read(files, path) {
        Ok(Some((name, policy))) => {
            policies.insert(name, policy);
        }
        Ok(None) => {}
        Err(found) => problems.extend(found),
    }
}

/// One policy; `None` for a file that is none of ours.
fn read(files: &dyn Files, path: &str) -> Result<Option<(String, PolicyFile)>, Vec<Problem>> {
    let one = |fault: Fault| vec![problem(&fault, path)];
    let file = path.strip_prefix(FOLDER).unwrap_or(path).trim_start_matches('/');
    let Some(name) = file.strip_suffix(".yaml") else {
        if file.ends_with(".yml") || file.ends_with(".json") {
            let wrong = Problem::new(codes::POLICY_INVALID, At::file(path), format!("`{path}` is not read"));
            return Err(vec![wrong.hint("a policy's file ends in `.yaml`")]);
        }
        return Ok(None);
    };
    check_name("policy", name).map_err(|mut fault| {
        fault.code = codes::POLICY_INVALID;
        one(fault)
    })?;
    let bytes = files.read(path).map_err(one)?;
    let source = source::read(path, &bytes).map_err(one)?;
    let document: Document = source::typed(&source, &bytes, codes::POLICY_INVALID).map_err(one)?;
    if document.policy != name {
        let message = format!("the policy is called `{}`, and its file `{file}`", document.policy);
        let at = nave_flow::locate(path, &bytes, "/policy", None).unwrap_or_else(|| At::file(path));
        let wrong = Problem::new(codes::POLICY_INVALID, at, message);
        return Err(vec![wrong.hint(format!("write `policy: {name}`, or rename the file"))]);
    }
    let policy = Policy::read(&document)
        .map_err(|found| found.iter().map(|finding| place(path, &bytes, finding)).collect::<Vec<_>>())?;
    Ok(Some((name.to_owned(), PolicyFile { path: path.to_owned(), document, policy })))
}

/// A finding at its line and column.
pub(crate) fn place(path: &str, bytes: &[u8], finding: &Finding) -> Problem {
    // A part of an expression is told by line and column; a pointer to the whole says nothing more.
    let in_expression = |at: At| if finding.span.is_some() { At { pointer: None, ..at } } else { at };
    let at = nave_flow::locate(path, bytes, &finding.pointer, finding.span).map(in_expression);
    let at = at.unwrap_or_else(|| At { pointer: Some(finding.pointer.clone()), ..At::file(path) });
    let mut problem = Problem::new(finding.code, at, finding.message.clone());
    problem.hint.clone_from(&finding.hint);
    problem
}
