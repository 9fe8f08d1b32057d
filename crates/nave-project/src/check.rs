//! The check of a whole project: every problem of every document, with file, line, column and hint.

use std::collections::{BTreeMap, BTreeSet};

use nave_connector::case::{self, Case};
use nave_connector::openapi::Refused;
use nave_connector::{Connector, manifest, source};
use nave_flow::check::Uses;
use nave_model::connection::Connection;
use nave_model::{Fault, Problem};

use crate::connectors::{Loaded, Origin};
use crate::names::problem;
use crate::operations::Reach;
use crate::{Project, documents};

mod connections;
mod endpoints;
mod flows;
mod policies;

pub use policies::Found;

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What is wrong with the project's own documents.
    pub errors: Vec<Problem>,
    /// What is odd about them, and works.
    pub warnings: Vec<Problem>,
    /// What is odd about vendors' descriptions, and what of them cannot be used. The rest works.
    pub findings: Vec<Problem>,
    /// Connectors that were checked, and the operations of each.
    pub connectors: BTreeMap<String, usize>,
    /// Connections that were checked.
    pub connections: usize,
    /// Cases that were checked.
    pub cases: usize,
    /// Flows that were checked.
    pub flows: usize,
    /// Policies that were checked.
    pub policies: usize,
    /// What each flow uses: operations, fields, events, flows and roles.
    pub uses: BTreeMap<String, Uses>,
}

impl Project {
    /// Checks everything, given what was found while loading: the connections, every connector of the
    /// project with all its operations and cases, the built-in connectors that connections use, and the
    /// flows and policies against all of them.
    pub fn check(&self, loading: Vec<Problem>) -> Checked {
        let mut checked = self.check_ground(loading);
        let reach = Reach::of(self);
        checked.flows = self.flows().len();
        checked.policies = self.policies().len();
        let mut flows = self.check_flows(&reach);
        checked.uses = std::mem::take(&mut flows.uses);
        for found in [flows.into_found(), self.check_policies(&reach)] {
            checked.errors.extend(found.errors);
            checked.warnings.extend(found.warnings);
        }
        checked
    }

    /// Checks what flows and policies stand on: connectors, cases and connections.
    pub(crate) fn check_ground(&self, loading: Vec<Problem>) -> Checked {
        let mut checked = Checked { errors: loading, ..Checked::default() };
        for name in self.to_check() {
            match self.connectors().get(&name) {
                Ok(loaded) => self.check_connector(&name, &loaded, &mut checked),
                Err(fault) => checked.errors.extend(problems(&fault, &format!("connectors/{name}"))),
            }
        }
        for (name, connection) in self.connections() {
            checked.connections += 1;
            checked.errors.extend(self.check_connection(name, connection));
        }
        for (name, endpoint) in self.endpoints() {
            let file = format!("{}/{name}.yaml", crate::endpoints::FOLDER);
            checked.errors.extend(endpoints::check(self, endpoint, &file));
        }
        let read = |file: &str| self.files().read(file).ok();
        place(&mut checked.errors, &read);
        place(&mut checked.findings, &read);
        checked
    }

    /// The project's own connectors, and those its connections use.
    fn to_check(&self) -> BTreeSet<String> {
        let own = |name: &String| self.connectors().origin(name) == Some(Origin::Project);
        let mut names: BTreeSet<String> = self.connectors().names().into_iter().filter(own).collect();
        let used = self.connections().values().map(|connection| connection.connector.clone());
        names.extend(used.filter(|name| self.connectors().known(name).is_ok()));
        names
    }

    fn check_connector(&self, name: &str, loaded: &Loaded, checked: &mut Checked) {
        let connector = &loaded.connector;
        checked.connectors.insert(name.to_owned(), connector.entries().len());
        checked.errors.extend(loaded.report.overlay_unmatched.iter().cloned());
        checked.findings.extend(loaded.report.findings.iter().cloned());
        checked.findings.extend(loaded.report.refused.iter().map(refused));
        for position in 0..connector.entries().len() {
            if let Err(fault) = connector.operation_at(position) {
                checked.findings.extend(problems(&fault, connector_file(connector)));
            }
        }
        checked.errors.extend(manifest::check(connector));
        match self.check_cases(name) {
            Ok((count, problems)) => {
                checked.cases += count;
                checked.errors.extend(problems);
            }
            Err(fault) => checked.errors.extend(problems(&fault, &format!("connectors/{name}"))),
        }
    }

    /// The cases of a connector: how many there are, and what does not hold.
    ///
    /// # Errors
    /// A case cannot be read from its file.
    pub fn check_cases(&self, name: &str) -> Result<(usize, Vec<Problem>), Fault> {
        let (mut count, mut found) = (0, Vec::new());
        let loaded = self.connectors().get(name)?;
        let paths = self.connectors().cases(name)?;
        for path in &paths {
            let text = self.connectors().text(name, path)?;
            match Case::parse(path, &text) {
                Ok(cases) => {
                    count += cases.len();
                    found.extend(cases.iter().flat_map(|one| case::verify(&loaded.connector, one)));
                }
                Err(fault) => found.extend(problems(&fault, path)),
            }
        }
        Ok((count, found))
    }

    /// What is wrong with a connection, against its connector and the project.
    pub fn check_connection(&self, name: &str, connection: &Connection) -> Vec<Problem> {
        let file = format!("{}/{name}.yaml", documents::CONNECTIONS);
        connections::check(self, name, connection, &file)
    }
}

/// Adds line and column where a problem names only a file and a pointer. `read` gives a file's content.
pub fn place(problems: &mut [Problem], read: &dyn Fn(&str) -> Option<Vec<u8>>) {
    let mut wanted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, problem) in problems.iter().enumerate() {
        if let (Some(file), None, Some(_)) = (&problem.at.file, problem.at.line, &problem.at.pointer) {
            wanted.entry(file.clone()).or_default().push(index);
        }
    }
    for (file, indices) in wanted {
        let Some(bytes) = read(&file) else { continue };
        let pointers: Vec<String> = indices
            .iter()
            .map(|index| problems.get(*index).and_then(|one| one.at.pointer.clone()).unwrap_or_default())
            .collect();
        let pointers: Vec<&str> = pointers.iter().map(String::as_str).collect();
        for (index, place) in indices.iter().zip(source::locate_all(&bytes, &pointers)) {
            if let (Some(problem), Some((line, column))) = (problems.get_mut(*index), place) {
                problem.at.line = Some(line);
                problem.at.column = Some(column);
            }
        }
    }
}

/// An operation that was refused as a problem that names it.
pub fn refused(refused: &Refused) -> Problem {
    let mut problem = refused.problem.clone();
    problem.message = format!("{} {}: {}", refused.method, refused.path, problem.message);
    problem
}

/// The name of a connector's description.
fn connector_file(connector: &Connector) -> &str {
    connector.documents.document(0).map_or("", |document| document.name.as_str())
}

/// All problems of a fault, or the fault itself as one.
fn problems(fault: &Fault, file: &str) -> Vec<Problem> {
    if fault.problems.is_empty() { vec![problem(fault, file)] } else { fault.problems.clone() }
}
