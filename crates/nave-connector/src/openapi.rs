//! OpenAPI 3.x and Swagger 2.0 descriptions.
use nave_model::Fault;

use crate::Connector;
use crate::connector::Entry;
use crate::operation::Operation;

/// Compiles one operation.
pub fn compile(_connector: &Connector, _entry: &Entry) -> Result<Operation, Fault> {
    Err(Fault::new(nave_model::fault::codes::OPERATION_UNUSABLE, "not read"))
}
