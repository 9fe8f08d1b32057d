//! Connections: what is held back at each, and having it tried now.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use nave_call::Caller;
use nave_call::breaker::Standing;
use nave_model::Fault;
use nave_model::fault::codes;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer};
use crate::state::{State, TENANT};
use crate::view::{Breaker, Connection, ConnectionDetail, Listed, Parked};

/// Calls that are shown with a connection.
const HELD: usize = 100;

pub(super) fn group() -> Group {
    Group {
        name: "connections",
        about: "Accounts on systems, and the work that is held back while one of them cannot take it.",
        endpoints: vec![
            Endpoint::new(
                ("connections.list", Method::GET, "/connections"),
                "Lists connections with how much is held back at each.",
                list,
            )
            .gives::<Listed<Connection>>(200),
            Endpoint::new(
                ("connections.show", Method::GET, "/connections/{connection}"),
                "Shows a connection with the calls that are held back.",
                show,
            )
            .gives::<ConnectionDetail>(200)
            .faults(&[codes::CONNECTION_UNKNOWN]),
            Endpoint::new(
                ("connections.resume", Method::POST, "/connections/{connection}/resume"),
                "Has the calls that are held back tried now.",
                resume,
            )
            .gives_nothing()
            .faults(&[codes::CONNECTION_UNKNOWN]),
        ],
    }
}

/// How many calls are held back at each connection, and since when.
type Sums = BTreeMap<String, (u64, u64)>;

async fn sums(state: &State) -> Result<Sums, Fault> {
    let sums = state.store().parked_sums().await?;
    let own = sums.into_iter().filter(|(tenant, ..)| tenant == TENANT);
    Ok(own.map(|(_, connection, count, since_ms)| (connection, (count, since_ms))).collect())
}

fn view(state: &State, caller: &Caller, sums: &Sums, name: &str) -> Result<Connection, Fault> {
    let (document, _) = caller.account(name)?;
    let (parked, since) = sums.get(name).map_or((0, None), |(count, since)| (*count, Some(*since)));
    let (breaker, breaker_until_ms) = match caller.breaker(name)? {
        Standing::Closed => (Breaker::Closed, None),
        Standing::HalfOpen => (Breaker::HalfOpen, None),
        Standing::Open(wait) => {
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            (Breaker::Open, Some(state.now_ms().saturating_add(wait_ms)))
        }
    };
    Ok(Connection {
        name: name.to_owned(),
        connector: document.connector.clone(),
        address: document.address.clone(),
        sandbox: state.stands_in(name),
        agents: crate::view::word(document.agents),
        breaker,
        breaker_until_ms,
        parked,
        parked_since_ms: since,
    })
}

async fn list(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let (caller, sums) = (state.engine.caller(), sums(&state).await?);
    let items: Result<Vec<Connection>, Fault> =
        caller.connections().map(|name| view(&state, &caller, &sums, name)).collect();
    answer::ok(&Listed { items: items?, next: None })
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let name = request.parameter("connection");
    let (caller, sums) = (state.engine.caller(), sums(&state).await?);
    let connection = view(&state, &caller, &sums, name)?;
    let operations = caller.account(name)?.1.entries().len();
    let held = state.store().parked(TENANT.to_owned(), Some(name.to_owned()), HELD).await?;
    let held = held.into_iter().map(Parked::from).collect();
    answer::ok(&ConnectionDetail { connection, held, operations })
}

async fn resume(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let name = request.parameter("connection");
    state.engine.caller().account(name)?;
    state.engine.resume(TENANT, name).await?;
    state.audit(&request.by, "connection.resumed", name).await?;
    Ok(answer::done())
}
