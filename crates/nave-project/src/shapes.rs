//! Shapes by name: what `hubspot.deal`, `erp.create_project` or `stripe.charge.succeeded` stands for as
//! the source or the target of a mapping.

use nave_connector::schema::typed;
use nave_connector::{Connector, Place};
use nave_expr::types::Type;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_model::place::child;
use nave_model::similar::did_you_mean;

/// Where descriptions keep their named schemas: OpenAPI 3, Swagger 2.0, JSON Schema.
const NAMED: [&str; 3] = ["/components/schemas", "/definitions", "/$defs"];

/// What a mapping reads: the answer of an operation, an event, or a named schema.
///
/// # Errors
/// The connector has nothing of this name; the hint has the nearest.
pub fn source<'a>(connector: &'a Connector, name: &str) -> Result<Type<'a>, Fault> {
    if let Some(operation) = operation(connector, name)? {
        return Ok(typed::result_type(connector, operation));
    }
    event_or_schema(connector, name)
}

/// What a mapping gives: the arguments of an operation, an event, or a named schema.
///
/// # Errors
/// The connector has nothing of this name; the hint has the nearest.
pub fn target<'a>(connector: &'a Connector, name: &str) -> Result<Type<'a>, Fault> {
    if let Some(operation) = operation(connector, name)? {
        return Ok(typed::argument_type(connector, operation));
    }
    event_or_schema(connector, name)
}

fn operation<'a>(
    connector: &'a Connector,
    name: &str,
) -> Result<Option<&'a nave_connector::Operation>, Fault> {
    let is_one = connector.entries().iter().any(|entry| entry.name == name);
    if is_one { connector.operation(name).map(Some) } else { Ok(None) }
}

fn event_or_schema<'a>(connector: &'a Connector, name: &str) -> Result<Type<'a>, Fault> {
    if let Some(event) = typed::event_type(connector, name) {
        return Ok(event);
    }
    let capital: String =
        name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect();
    for spelling in [name, capital.as_str()] {
        for folder in NAMED {
            let place = Place::new(child(folder, spelling));
            if connector.documents.get(&place).is_some() {
                return Ok(typed::type_at(connector, &place));
            }
        }
    }
    let message = format!("`{}` has no operation, event or schema `{name}`", connector.name);
    let fault = Fault::new(codes::OPERATION_UNKNOWN, message);
    let operations = connector.entries().iter().map(|entry| entry.name.as_str());
    Err(match did_you_mean(name, operations.chain(typed::event_names(connector))) {
        Some(hint) => fault.with_hint(hint),
        None => fault.with_hint(format!("find operations with `nave ops {} \"words\"`", connector.name)),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Memory, Project};

    fn check(name: &str, takes: &str, gives: &str) {
        let (project, _) = Project::load(Arc::new(Memory::new([("nave.yaml", "")])));
        let connector = project.connector("stripe").unwrap();
        let told = |shape: Result<Type<'_>, Fault>| match shape {
            Ok(shape) => shape.to_string(),
            Err(fault) => format!("{fault}; {}", fault.hint.clone().unwrap_or_default()),
        };
        assert_eq!(
            (told(target(&connector, name)).as_str(), told(source(&connector, name)).as_str()),
            (takes, gives)
        );
    }

    #[test]
    fn operations_events_and_schemas_have_shapes() {
        check("get_balance", "the arguments of stripe.get_balance", "stripe.Balance");
        let event = "object with id, object, account, api_version and 6 more";
        check("customer.created", event, event);
        let customer = "object with id, object, created, livemode and 18 more";
        check("customer", customer, customer);
        let unknown = "`stripe` has no operation, event or schema `create_refnd`; did you mean `create_refund` or `update_refund`?";
        check("create_refnd", unknown, unknown);
    }
}
