//! A caller for connections of the project: their connectors loaded, their files of secrets found from
//! the project's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use nave_call::{Caller, Clock, SystemClock, Transport, TransportOptions};
use nave_connector::Connector;
use nave_model::Fault;
use nave_model::connection::{Connection, SecretSource};
use nave_project::Project;

/// A caller for one connection, and its fallback where it names one.
///
/// # Errors
/// The connection is not known or is wrong, or its connector cannot be read.
pub fn one(project: &Project, name: &str, root: &Path) -> Result<Caller, Fault> {
    let mut names = BTreeSet::from([name]);
    if let Some(fallback) = &project.connection(name)?.fallback {
        names.insert(fallback);
    }
    let wanted = project.connections().iter().filter(|(name, _)| names.contains(name.as_str()));
    of(project, wanted, root)
}

/// A caller for these connections.
///
/// # Errors
/// One of them is wrong, or a connector cannot be read.
pub fn of<'a>(
    project: &Project,
    wanted: impl Iterator<Item = (&'a String, &'a Connection)>,
    root: &Path,
) -> Result<Caller, Fault> {
    let connections: BTreeMap<String, Connection> =
        wanted.map(|(name, connection)| (name.clone(), from_folder(connection.clone(), root))).collect();
    let connectors = connectors(project, connections.values())?;
    made(&connectors, &connections, Arc::new(SystemClock::new()))
}

/// A caller for connections whose files are found already.
///
/// # Errors
/// One of them is wrong.
pub(crate) fn made(
    connectors: &[Arc<Connector>],
    connections: &BTreeMap<String, Connection>,
    clock: Arc<dyn Clock>,
) -> Result<Caller, Fault> {
    Caller::new(connectors, connections, Transport::new(TransportOptions::default())?, clock)
}

/// The connectors of connections, each once. No other is read.
///
/// # Errors
/// One cannot be read.
pub(crate) fn connectors<'a>(
    project: &Project,
    connections: impl Iterator<Item = &'a Connection>,
) -> Result<Vec<Arc<Connector>>, Fault> {
    let names: BTreeSet<&str> = connections.map(|found| found.connector.as_str()).collect();
    names.into_iter().map(|name| project.connector(name)).collect()
}

/// A path in a project document starts from the project's folder.
pub fn from_folder(mut connection: Connection, root: &Path) -> Connection {
    let credential = connection
        .credential
        .iter_mut()
        .flat_map(|credential| [&mut credential.secret, &mut credential.username, &mut credential.password]);
    let webhook = connection
        .webhook
        .iter_mut()
        .flat_map(|webhook| [&mut webhook.secret, &mut webhook.previous, &mut webhook.token]);
    credential.chain(webhook).flatten().for_each(|source| found(source, root));
    connection
}

/// Finds a file of a secret from the project's folder.
pub(crate) fn found(source: &mut SecretSource, root: &Path) {
    if let SecretSource::File(path) = source {
        *path = root.join(&*path).display().to_string();
    }
}
