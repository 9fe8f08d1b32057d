//! A project: its settings, its connections, and its connectors on demand.

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_connector::Connector;
use nave_model::connection::Connection;
use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Fault, Problem};

use crate::connectors::{Connectors, Origin};
use crate::endpoints;
use crate::flows::{self, FlowFile};
use crate::policies::{self, PolicyFile};
use crate::{Files, Settings, documents};

/// A project's documents. What is wrong with them was said when they were loaded; what is in here is
/// well-formed.
pub struct Project {
    files: Arc<dyn Files>,
    settings: Settings,
    connections: BTreeMap<String, Connection>,
    connectors: Connectors,
    policies: BTreeMap<String, PolicyFile>,
    flows: BTreeMap<String, FlowFile>,
    endpoints: BTreeMap<String, Endpoint>,
}

impl Project {
    /// Loads a project: its settings, connections, policies and flows are read, its connectors found and
    /// not yet imported. A wrong document is left out and reported; the others work.
    pub fn load(files: Arc<dyn Files>) -> (Project, Vec<Problem>) {
        Project::load_again(files, None)
    }

    /// As [`Project::load`]; a connector whose files are as they were `before` is not imported again.
    pub(crate) fn load_again(files: Arc<dyn Files>, before: Option<&Project>) -> (Project, Vec<Problem>) {
        let mut problems = Vec::new();
        let settings = documents::settings(&*files, &mut problems);
        let connections = documents::connections(&*files, &mut problems);
        let mut connectors = Connectors::find(Arc::clone(&files), &settings, &mut problems);
        if let Some(before) = before {
            connectors.take_over(&before.connectors);
        }
        let policies = policies::load(&*files, &mut problems);
        let flows = flows::load(&*files, &mut problems);
        let endpoints = endpoints::load(&*files, &mut problems);
        (Project { files, settings, connections, connectors, policies, flows, endpoints }, problems)
    }

    /// The files the project was loaded from.
    pub fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The connections by name.
    pub fn connections(&self) -> &BTreeMap<String, Connection> {
        &self.connections
    }

    /// The policies by name.
    pub fn policies(&self) -> &BTreeMap<String, PolicyFile> {
        &self.policies
    }

    /// The flows by name, those with mistakes too.
    pub fn flows(&self) -> &BTreeMap<String, FlowFile> {
        &self.flows
    }

    /// The endpoints that events are delivered to, by name.
    pub fn endpoints(&self) -> &BTreeMap<String, Endpoint> {
        &self.endpoints
    }

    /// The connectors, built-in ones included.
    pub fn connectors(&self) -> &Connectors {
        &self.connectors
    }

    /// A connector by name, imported on first use.
    ///
    /// # Errors
    /// There is none of this name, or its documents cannot be read.
    pub fn connector(&self, name: &str) -> Result<Arc<Connector>, Fault> {
        self.connectors.get(name).map(|loaded| Arc::clone(&loaded.connector))
    }

    /// Reads a flow's file again: the names of the flows that it held and holds, and what is wrong.
    pub(crate) fn reload_flow(&mut self, path: &str) -> (Vec<String>, Vec<Problem>) {
        let mut names: Vec<String> =
            self.flows.iter().filter(|(_, file)| file.path == path).map(|(name, _)| name.clone()).collect();
        self.flows.retain(|_, file| file.path != path);
        let mut problems = Vec::new();
        if let Some(name) = flows::reload(&*self.files, path, &mut self.flows, &mut problems)
            && !names.contains(&name)
        {
            names.push(name);
        }
        (names, problems)
    }

    /// Reads a policy's file again: what is wrong with it.
    pub(crate) fn reload_policy(&mut self, path: &str) -> Vec<Problem> {
        self.policies.retain(|_, file| file.path != path);
        let mut problems = Vec::new();
        policies::reload(&*self.files, path, &mut self.policies, &mut problems);
        problems
    }

    /// The names of the project's own connectors; where it has none, of all.
    pub fn own_or_all(&self) -> Vec<String> {
        let all = self.connectors.names();
        let own = |name: &&String| self.connectors.origin(name) == Some(Origin::Project);
        let own: Vec<String> = all.iter().filter(own).cloned().collect();
        if own.is_empty() { all } else { own }
    }

    /// A connection by name.
    ///
    /// # Errors
    /// There is none; the hint has the nearest names.
    pub fn connection(&self, name: &str) -> Result<&Connection, Fault> {
        self.connections.get(name).ok_or_else(|| {
            let fault = Fault::new(codes::CONNECTION_UNKNOWN, format!("there is no connection `{name}`"));
            match did_you_mean(name, self.connections.keys().map(String::as_str)) {
                Some(hint) => fault.with_hint(hint),
                None => fault.with_hint("make one with `nave connect`"),
            }
        })
    }
}

#[cfg(test)]
mod tests;
