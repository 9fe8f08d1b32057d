//! What the log says of the attempts of a call: names, numbers and codes, never arguments, answers or
//! addresses. Each field and level stands in `docs/logs.md`.

use std::time::Duration;

use nave_model::{Fault, trace};

use crate::answer::{Answer, CallRequest};
use crate::connection::Connection;
use crate::pipeline::call::Call;

impl CallRequest {
    /// The id of the trace it belongs to.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.trace.as_deref().and_then(trace::id)
    }

    /// The step of a run that it is.
    pub(crate) fn step(&self) -> Option<&str> {
        self.call_id.as_deref()?.strip_prefix(self.run.as_deref()?)?.strip_prefix('/')
    }
}

/// A request goes out.
pub(super) fn sent(call: &Call<'_>, on: &Connection) {
    let asked = call.asked;
    tracing::debug!(
        trace_id = asked.trace_id(),
        run = asked.run.as_deref(),
        step = asked.step(),
        connection = on.name,
        operation = call.operation.name,
        attempt = call.attempts(),
        principal = call.principal.as_str(),
        "a request goes out"
    );
}

/// It was answered, or was not.
pub(super) fn ended(call: &Call<'_>, on: &Connection, read: &Result<Answer, Fault>, took: Duration) {
    let asked = call.asked;
    let status = read.as_ref().map_or_else(|fault| fault.status, |answer| Some(answer.status));
    tracing::debug!(
        trace_id = asked.trace_id(),
        run = asked.run.as_deref(),
        step = asked.step(),
        connection = on.name,
        operation = call.operation.name,
        attempt = call.attempts(),
        status,
        code = read.as_ref().err().map(|fault| fault.code.name),
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "{}",
        if status.is_some() { "an answer came" } else { "no answer came" }
    );
}

/// A call will be made again after a pause.
pub(super) fn again(call: &Call<'_>, on: &Connection, fault: &Fault, pause: Duration) {
    let asked = call.asked;
    tracing::info!(
        trace_id = asked.trace_id(),
        run = asked.run.as_deref(),
        step = asked.step(),
        connection = on.name,
        operation = call.operation.name,
        attempt = call.attempts(),
        code = fault.code.name,
        wait_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
        "will be tried again"
    );
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_step_of_a_run_is_in_the_id_of_its_call() {
        let step = |run: Option<&str>, id: Option<&str>| {
            let asked = CallRequest {
                run: run.map(str::to_owned),
                call_id: id.map(str::to_owned),
                ..CallRequest::new("erp", "create", Value::Null)
            };
            asked.step().map(str::to_owned)
        };
        assert_eq!(step(Some("r1"), Some("r1/pay[3]")).as_deref(), Some("pay[3]"));
        assert_eq!(step(Some("r1"), Some("r12/pay")), None);
        assert_eq!((step(None, Some("c1")), step(Some("r1"), None)), (None, None));
    }
}
