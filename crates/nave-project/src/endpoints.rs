//! The endpoints of a project, as they were read: who is told of which events. What they name is checked
//! with the whole project.

use std::collections::BTreeMap;

use nave_connector::source;
use nave_model::endpoint::Endpoint;
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};

use crate::Files;
use crate::documents::refuse_secrets;
use crate::names::{check_name, problem};

/// The folder of endpoints.
pub const FOLDER: &str = "endpoints";

/// The JSON Schema of an endpoint, for editors.
pub const SCHEMA: &str = include_str!("../../../schema/endpoint.schema.json");

/// The endpoints by name; those that are wrong are left out and reported.
pub(crate) fn load(files: &dyn Files, problems: &mut Vec<Problem>) -> BTreeMap<String, Endpoint> {
    let mut endpoints = BTreeMap::new();
    let paths = files.list(FOLDER).unwrap_or_else(|fault| {
        problems.push(problem(&fault, FOLDER));
        Vec::new()
    });
    for path in paths {
        match named(files, &path) {
            Ok(Some((name, endpoint))) => {
                endpoints.insert(name, endpoint);
            }
            Ok(None) => {}
            Err(fault) => problems.push(problem(&fault, &path)),
        }
    }
    endpoints
}

/// One endpoint; `None` for a file that is none of ours, such as a README.
fn named(files: &dyn Files, path: &str) -> Result<Option<(String, Endpoint)>, Fault> {
    let file = path.strip_prefix(FOLDER).unwrap_or(path).trim_start_matches('/');
    let Some(name) = file.strip_suffix(".yaml") else {
        if file.ends_with(".yml") || file.ends_with(".json") {
            return Err(Fault::new(codes::PROJECT_INVALID, format!("`{path}` is not read"))
                .with_at(At::file(path))
                .with_hint("an endpoint's file ends in `.yaml`"));
        }
        return Ok(None);
    };
    check_name("endpoint", name).map_err(|mut fault| {
        fault.code = codes::PROJECT_INVALID;
        fault
    })?;
    read(path, &files.read(path)?).map(|endpoint| Some((name.to_owned(), endpoint)))
}

/// Reads an endpoint from its document.
///
/// # Errors
/// It is not well-formed, has unknown keys or wrong types, or holds a secret.
pub fn read(path: &str, bytes: &[u8]) -> Result<Endpoint, Fault> {
    let source = source::read(path, bytes)?;
    let places = ["/secret", "/previous"].map(str::to_owned);
    refuse_secrets(path, bytes, &source.tree, &places, codes::PROJECT_INVALID)?;
    source::typed(&source, bytes, codes::PROJECT_INVALID)
}
