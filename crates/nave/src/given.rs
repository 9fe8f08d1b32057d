//! Values that are given on the command line: as they stand, from a file, or from stdin.

use std::io::Read as _;
use std::path::Path;

use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;

use crate::folder;

/// Bytes of what an option was given: `@FILE` is a file, `-` is stdin, anything else is itself. The first is
/// what it is called in a fault.
///
/// # Errors
/// `E-FILE`: the file or stdin cannot be read.
pub(crate) fn bytes(option: &str, given: &str) -> Result<(String, Vec<u8>), Fault> {
    match given.strip_prefix('@') {
        Some(file) => Ok((format!("`{file}`"), folder::read(Path::new(file), file)?)),
        None if given == "-" => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
                Fault::new(codes::FILE, format!("stdin cannot be read: {}", folder::reason(&error)))
            })?;
            Ok(("stdin".to_owned(), bytes))
        }
        None => Ok((option.to_owned(), given.as_bytes().to_vec())),
    }
}

/// The same as JSON.
///
/// # Errors
/// `E-FILE`; `E-ARG-SHAPE`: it is not JSON.
pub(crate) fn json(option: &str, given: &str) -> Result<Value, Fault> {
    let (name, bytes) = bytes(option, given)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Fault::new(codes::ARGUMENT_SHAPE, format!("{name} is not JSON: {error}"))
            .with_hint(format!("for example `{option} '{{\"limit\": 3}}'`, or `{option} @file.json`"))
    })
}
