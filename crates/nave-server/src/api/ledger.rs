//! The ledger: every call that could have an effect, and how a person settles one nobody knows about.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{CallFilter, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::{State, TENANT};
use crate::view::{Call, CallQuery, Listed, Settle, SettleOutcome, part};

pub(super) fn group() -> Group {
    Group {
        name: "ledger",
        about: "Calls that could have an effect: written down before they are sent and after they are \
                answered. An id is `run/task`: write its `/` as `%2F` in a path.",
        endpoints: vec![
            Endpoint::new(
                ("ledger.list", Method::GET, "/ledger"),
                "Lists calls, the newest first; `state=unknown`: those a person has to settle.",
                list,
            )
            .query::<CallQuery>()
            .gives::<Listed<Call>>(200)
            .faults(&[codes::CONNECTION_UNKNOWN]),
            Endpoint::new(("ledger.show", Method::GET, "/ledger/{call}"), "Shows a call.", show)
                .gives::<Call>(200)
                .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("ledger.settle", Method::POST, "/ledger/{call}/settle"),
                "Says how a call whose outcome is unknown ended; its run goes on.",
                settle,
            )
            .takes::<Settle>()
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: CallQuery = request.query()?;
    let most = time::part(query.limit)?;
    let connection = query.connection.clone();
    let filter = CallFilter {
        tenant: Some(TENANT.to_owned()),
        connection: query.connection,
        state: query.state.map(Into::into),
        run: query.run,
        since_ms: time::moment("since", query.since.as_deref())?,
    };
    let found = state.store().calls(filter, Page { after: query.after, most }).await?;
    if let Some(name) = connection.filter(|_| found.is_empty()) {
        // Nothing to settle at a connection there is, or a mistake in its name.
        state.engine.caller().account(&name)?;
    }
    answer::ok(&part(found.into_iter().map(Call::from).collect(), most))
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    answer::ok(&Call::from(state.engine.of(TENANT).call(request.parameter("call")).await?))
}

async fn settle(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let Settle { outcome, result, message } = request.json()?;
    let ended = match (outcome, message) {
        (SettleOutcome::Done, None) => Ok(result),
        (SettleOutcome::NotDone, message) if result.is_null() => {
            Err(message.unwrap_or_else(|| format!("{} says that it was not done", request.by)))
        }
        (SettleOutcome::Done, Some(_)) => {
            return Err(Fault::new(codes::ARGUMENT_VALUE, "`message` goes with `not-done` only"));
        }
        (SettleOutcome::NotDone, _) => {
            return Err(Fault::new(codes::ARGUMENT_VALUE, "`result` goes with `done` only"));
        }
    };
    state.engine.of(TENANT).settle(request.parameter("call"), ended, &request.by).await?;
    Ok(answer::done())
}
