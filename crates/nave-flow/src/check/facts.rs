//! What is known of an operation of a connection: worked out once for each check, however often the flow
//! calls it.

use std::cell::Cell;
use std::rc::Rc;

use nave_connector::schema::typed::{argument_type, result_type};
use nave_connector::{Connector, Operation};
use nave_expr::types::Type;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Code, Problem};

use super::{Connected, World};

/// An operation as a flow sees it.
pub(super) struct Facts<'w> {
    /// `connection.operation`.
    pub(super) name: String,
    pub(super) connected: Connected<'w>,
    pub(super) operation: &'w Operation,
    /// What it takes; what the connection gives by itself need not be given.
    pub(super) arguments: Type<'w>,
    /// What it gives.
    pub(super) result: Type<'w>,
}

/// Why an operation cannot be used.
#[derive(Debug, Clone)]
pub(super) struct Unusable {
    code: Code,
    message: String,
    hint: Option<String>,
}

impl Unusable {
    pub(super) fn problem(&self, at: At) -> Problem {
        Problem { code: self.code, at, message: self.message.clone(), hint: self.hint.clone() }
    }
}

/// Looks an operation up. `names`: how many names may still be compared with one that does not exist, so
/// that flows full of wrong names of large systems are checked as fast as others.
pub(super) fn look_up<'w>(
    world: &'w dyn World,
    connection: &str,
    operation: &str,
    names: &Cell<usize>,
) -> Result<Facts<'w>, Unusable> {
    let connected = world.connection(connection).ok_or_else(|| no_connection(world, connection))?;
    let found = connected.connector.operation(operation).map_err(|fault| {
        if fault.code == codes::OPERATION_UNKNOWN {
            return no_operation(connected.connector, connection, operation, names);
        }
        Unusable { code: fault.code, message: fault.message.clone(), hint: fault.hint.clone() }
    })?;
    let arguments = with_defaults(argument_type(connected.connector, found), connected);
    let result = result_type(connected.connector, found);
    Ok(Facts { name: format!("{connection}.{operation}"), connected, operation: found, arguments, result })
}

/// Why a connection cannot be used.
pub(super) fn no_connection(world: &dyn World, connection: &str) -> Unusable {
    let names = world.connections();
    let hint = did_you_mean(connection, names.iter().copied()).unwrap_or_else(|| match names.is_empty() {
        true => format!("write `connections/{connection}.yaml`, or make it with `nave connect`"),
        false => {
            let listed: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
            format!("there are {}", listed.join(", "))
        }
    });
    let message = format!("there is no connection `{connection}`");
    Unusable { code: codes::FLOW_NAME, message, hint: Some(hint) }
}

fn no_operation(connector: &Connector, connection: &str, operation: &str, names: &Cell<usize>) -> Unusable {
    let entries = connector.entries();
    let left = names.get().checked_sub(entries.len());
    names.set(left.unwrap_or_default());
    let near = left.and_then(|_| did_you_mean(operation, entries.iter().map(|entry| entry.name.as_str())));
    let hint =
        near.unwrap_or_else(|| format!("find operations with `nave ops {} \"words\"`", connector.name));
    let message = format!("`{connection}` has no operation `{operation}`");
    Unusable { code: codes::FLOW_NAME, message, hint: Some(hint) }
}

/// Arguments that the connection has a default for may be left out.
fn with_defaults<'w>(mut arguments: Type<'w>, connected: Connected<'w>) -> Type<'w> {
    if connected.connection.defaults.is_empty() {
        return arguments;
    }
    for object in &mut arguments.objects {
        for name in connected.connection.defaults.keys() {
            if let Some(field) = Rc::make_mut(object).fields.get_mut(name.as_str()) {
                field.required = false;
            }
        }
    }
    arguments
}
