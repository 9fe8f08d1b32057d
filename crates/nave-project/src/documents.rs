//! Reads the small documents of a project: settings and connections. What they name is checked later.

use std::collections::BTreeMap;

use nave_connector::source;
use nave_model::connection::Connection;
use nave_model::fault::codes;
use nave_model::{At, Code, Fault, Problem};
use serde_json::Value;

use crate::Files;
use crate::names::{check_name, problem};
use crate::settings::{self, Settings};

/// The folder of connections.
pub const CONNECTIONS: &str = "connections";

/// The JSON Schema of a connection, for editors.
pub const CONNECTION_SCHEMA: &str = include_str!("../../../schema/connection.schema.json");

/// The settings; the defaults where there are none or they are wrong.
pub(crate) fn settings(files: &dyn Files, problems: &mut Vec<Problem>) -> Settings {
    if !files.exists(settings::FILE) {
        return Settings::default();
    }
    let read = files.read(settings::FILE).and_then(|bytes| {
        let source = source::read(settings::FILE, &bytes)?;
        if source.tree.is_null() {
            return Ok(Settings::default());
        }
        source::typed(&source, &bytes, codes::PROJECT_INVALID)
    });
    read.unwrap_or_else(|fault| {
        problems.push(problem(&fault, settings::FILE));
        Settings::default()
    })
}

/// The connections by name; those that are wrong are left out and reported.
pub(crate) fn connections(files: &dyn Files, problems: &mut Vec<Problem>) -> BTreeMap<String, Connection> {
    let mut connections = BTreeMap::new();
    let paths = files.list(CONNECTIONS).unwrap_or_else(|fault| {
        problems.push(problem(&fault, CONNECTIONS));
        Vec::new()
    });
    for path in paths {
        match connection(files, &path) {
            Ok(Some((name, connection))) => {
                connections.insert(name, connection);
            }
            Ok(None) => {}
            Err(fault) => problems.push(problem(&fault, &path)),
        }
    }
    connections
}

/// One connection; `None` for a file that is none of ours, such as a README.
fn connection(files: &dyn Files, path: &str) -> Result<Option<(String, Connection)>, Fault> {
    let file = path.strip_prefix(CONNECTIONS).unwrap_or(path).trim_start_matches('/');
    let Some(name) = file.strip_suffix(".yaml") else {
        if file.ends_with(".yml") || file.ends_with(".json") {
            return Err(Fault::new(codes::CONNECTION_INVALID, format!("`{path}` is not read"))
                .with_at(At::file(path))
                .with_hint("a connection's file ends in `.yaml`"));
        }
        return Ok(None);
    };
    check_name("connection", name).map_err(|mut fault| {
        fault.code = codes::CONNECTION_INVALID;
        fault
    })?;
    read_connection(path, &files.read(path)?).map(|connection| Some((name.to_owned(), connection)))
}

/// Reads a connection from its document.
///
/// # Errors
/// It is not well-formed, has unknown keys or wrong types, or holds a secret.
pub fn read_connection(path: &str, bytes: &[u8]) -> Result<Connection, Fault> {
    let source = source::read(path, bytes)?;
    let places =
        [("/credential", ["secret", "username", "password"]), ("/webhook", ["secret", "previous", "token"])];
    let places: Vec<String> = places
        .iter()
        .flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}/{key}")))
        .collect();
    refuse_secrets(path, bytes, &source.tree, &places, codes::CONNECTION_INVALID)?;
    source::typed(&source, bytes, codes::CONNECTION_INVALID)
}

/// A secret written where only its source may stand is refused before anything could print it.
pub(crate) fn refuse_secrets(
    path: &str,
    bytes: &[u8],
    tree: &Value,
    places: &[String],
    code: Code,
) -> Result<(), Fault> {
    for pointer in places {
        let key = pointer.rsplit('/').next().unwrap_or_default();
        let Some(value) = tree.pointer(pointer) else { continue };
        if value.is_object() {
            continue;
        }
        let place = source::locate(bytes, pointer);
        let at = At {
            file: Some(path.to_owned()),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            pointer: Some(pointer.clone()),
            ..At::default()
        };
        let message = format!("`{key}` must name where the value is kept, not be the value");
        return Err(Fault::new(code, message).with_at(at).with_hint(format!(
            "write `{key}: {{ env: NAME }}` or `{key}: {{ file: PATH }}`; if this was a real secret, revoke it"
        )));
    }
    Ok(())
}
