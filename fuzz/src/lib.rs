//! What the fuzz targets share: descriptions from bytes, and a walk over all their operations.

use nave_connector::openapi::{Input, NoResolver, import};
use nave_connector::{Connector, Operation, source};
use serde_json::Value;

/// The parts of an input: texts between lines of three dashes.
pub fn parts<const COUNT: usize>(input: &[u8]) -> Option<[&str; COUNT]> {
    let text = std::str::from_utf8(input).ok()?;
    let mut parts = text.splitn(COUNT, "\n---\n");
    let mut found = [""; COUNT];
    for part in &mut found {
        *part = parts.next()?;
    }
    Some(found)
}

/// The connector of a description, where it is one.
pub fn connector(description: &[u8]) -> Option<Connector> {
    let source = source::read("description", description).ok()?;
    let input = Input { name: "fuzzed", source, manifest: None, overlay: None, resolver: &NoResolver };
    import(input).ok().map(|import| import.connector)
}

/// The connector of a JSON description that is part of the target itself.
pub fn own(description: &Value) -> Connector {
    connector(description.to_string().as_bytes()).expect("the target's own description is right")
}

/// The usable operations of a connector.
pub fn operations(connector: &Connector) -> impl Iterator<Item = &Operation> {
    (0..connector.entries().len()).filter_map(|position| connector.operation_at(position).ok())
}
