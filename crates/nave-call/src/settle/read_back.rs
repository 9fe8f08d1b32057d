//! The look at a system that tells whether a call was done, by the `settle` of its connector's manifest.

use std::time::Duration;

use nave_connector::manifest::Settle;
use nave_expr::{Budget, Program};
use nave_model::fault::codes;
use nave_model::{Effect, Fault};
use serde_json::Value;

use crate::answer::{Answer, CallRequest};
use crate::caller::Caller;
use crate::pipeline;
use crate::pipeline::call::with_defaults;
use crate::pipeline::trail::Past;

/// Systems show what they did with some delay, and may still be doing it: a look that finds nothing
/// counts when a second one after this time finds nothing either.
const DELAY: Duration = Duration::from_secs(5);

/// What a look found.
#[derive(Debug)]
pub(super) enum Found {
    /// It was done; the answer it would have had.
    Done(Box<Answer>),
    /// It was not done.
    NotDone,
    /// The look itself failed, and can be taken again.
    Away(Fault),
    /// The connector does not say how to look.
    NoWay,
}

/// Looks whether a call was done.
pub(super) async fn read_back(caller: &Caller, request: &CallRequest) -> Found {
    let Some((settle, read)) = reading(caller, request) else { return Found::NoWay };
    for is_first in [true, false] {
        let found = match &read {
            Ok(read) => look(caller, settle, read).await,
            Err(fault) => Err(fault.clone()),
        };
        match found {
            Ok(Some(answer)) => return Found::Done(Box::new(answer)),
            Ok(None) if is_first => caller.clock.sleep(DELAY).await,
            Ok(None) => {}
            Err(fault) => return Found::Away(fault),
        }
    }
    Found::NotDone
}

/// The rule, and the call that looks. `None`: there is no rule, or nothing to look at.
fn reading<'a>(
    caller: &'a Caller,
    request: &CallRequest,
) -> Option<(&'a Settle, Result<CallRequest, Fault>)> {
    let connection = caller.connection(&request.connection).ok()?;
    let operation = connection.connector.operation(&request.operation).ok()?;
    if operation.effect == Effect::Read {
        return None;
    }
    let settle = connection.connector.manifest.operations.get(&operation.name)?.settle.as_ref()?;
    let given = with_defaults(connection, operation, &request.arguments);
    let arguments = program(&settle.with).and_then(|with| with.one(&given, &[], Budget::default()));
    let read = arguments.map(|arguments| CallRequest {
        tenant: request.tenant.clone(),
        principal: request.principal,
        priority: request.priority,
        run: request.run.clone(),
        trace: request.trace.clone(),
        ..CallRequest::new(&request.connection, &settle.read, arguments)
    });
    Some((settle, read))
}

async fn look(caller: &Caller, settle: &Settle, read: &CallRequest) -> Result<Option<Answer>, Fault> {
    let found = program(&settle.found)?;
    let past = Past { is_fresh: true, ..Past::default() };
    let mut answer = match pipeline::run(caller, read, None, past).await.outcome {
        Ok(answer) => answer,
        // The system answers that there is no such thing.
        Err(fault) if fault.code == codes::NOT_FOUND => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let mut values = found.run(&answer.value, &[], Budget::default())?.into_iter();
    match values.next() {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            answer.value = value;
            Ok(Some(answer))
        }
    }
}

fn program(source: &str) -> Result<Program, Fault> {
    Program::compile(source, &[]).map_err(|found| {
        let message = found.first().map_or("it cannot be read", |first| first.message.as_str());
        Fault::new(codes::MANIFEST_INVALID, format!("the `settle` of the manifest: {message}"))
    })
}
