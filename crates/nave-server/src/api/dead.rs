//! Dead letters: what could not be handled, put back or dropped.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::batch::{Audited, Batch, Op};
use nave_store::record::{DeadLetter, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, flows, time};
use crate::state::{State, TENANT};
use crate::view::{BulkDone, BulkRefused, Dead, DeadQuery, Listed, Revive, Why, part};

/// Dead letters looked at in one go.
const STEP: usize = 500;

pub(super) fn group() -> Group {
    Group {
        name: "dead letters",
        about: "Events that could not be handled, and why. They stop nobody else.",
        endpoints: vec![
            Endpoint::new(
                ("dead.list", Method::GET, "/dead"),
                "Lists what could not be handled, the newest first.",
                list,
            )
            .query::<DeadQuery>()
            .gives::<Listed<Dead>>(200),
            Endpoint::new(
                ("dead.revive-many", Method::POST, "/dead/revive"),
                "Puts several dead letters back: those named, or those that fit.",
                revive_many,
            )
            .takes::<Revive>()
            .gives::<BulkDone>(200),
            Endpoint::new(
                ("dead.revive", Method::POST, "/dead/{dead}/revive"),
                "Puts a dead letter back where it came from; it is handled again.",
                revive,
            )
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("dead.drop", Method::DELETE, "/dead/{dead}"),
                "Gives a dead letter up for good; the audit chain keeps that it was.",
                drop_one,
            )
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN]),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: DeadQuery = request.query()?;
    let most = time::part(query.limit)?;
    let found = state.store().dead(Some(TENANT.to_owned()), Page { after: query.after, most }).await?;
    answer::ok(&part(found.into_iter().map(Dead::from).collect(), most))
}

async fn revive(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    state.engine.of(TENANT).revive(request.parameter("dead"), &request.by).await?;
    Ok(answer::done())
}

async fn revive_many(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let wanted: Revive = request.json()?;
    let most = time::most(wanted.most, 1000, 10_000)?;
    if wanted.ids.is_empty() && wanted.flow.is_none() && wanted.code.is_none() {
        return Err(Fault::new(codes::ARGUMENT_REQUIRED, "nothing says which dead letters are meant")
            .with_hint("give `ids`, `flow` or `code`"));
    }
    let (ids, more) = match wanted.ids.is_empty() {
        true => fitting(&state, &wanted, most).await?,
        false => (wanted.ids.iter().take(most).cloned().collect(), wanted.ids.len() > most),
    };
    if ids.is_empty() {
        flows::meant(&state.engine.flows(), wanted.flow.as_deref())?;
    }
    let mut done = BulkDone { done: Vec::new(), refused: Vec::new(), more };
    for id in ids {
        match state.engine.of(TENANT).revive(&id, &request.by).await {
            Ok(()) => done.done.push(id),
            Err(fault) => done.refused.push(BulkRefused {
                id,
                why: Why { code: fault.code.name.to_owned(), message: fault.message.clone() },
            }),
        }
    }
    answer::ok(&done)
}

/// The ids of dead letters that fit, and whether there are more.
async fn fitting(state: &State, wanted: &Revive, most: usize) -> Result<(Vec<String>, bool), Fault> {
    let fits = |letter: &DeadLetter| {
        wanted.flow.as_ref().is_none_or(|flow| letter.flow.as_ref() == Some(flow))
            && wanted.code.as_ref().is_none_or(|code| letter.reason.0 == *code)
    };
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let found = state.store().dead(Some(TENANT.to_owned()), Page { after, most: STEP }).await?;
        let last = found.len() < STEP;
        after = found.last().map(|letter| letter.id.clone());
        for letter in found.iter().filter(|letter| fits(letter)) {
            if ids.len() == most {
                return Ok((ids, true));
            }
            ids.push(letter.id.clone());
        }
        if last {
            return Ok((ids, false));
        }
    }
}

async fn drop_one(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let id = request.parameter("dead").to_owned();
    let letter = find(&state, &id).await?;
    let audited = Audited {
        tenant: TENANT.to_owned(),
        who: request.by.clone(),
        what: "dead.dropped".to_owned(),
        on: id.clone(),
        detail: serde_json::json!({ "flow": letter.flow, "code": letter.reason.0 }),
    };
    let ops = vec![Op::Bury { id }, Op::Audit(audited)];
    state.store().commit(Batch { fence: None, ops, now_ms: state.now_ms() }).await?;
    Ok(answer::done())
}

async fn find(state: &State, id: &str) -> Result<DeadLetter, Fault> {
    let mut after = None;
    loop {
        let found = state.store().dead(Some(TENANT.to_owned()), Page { after, most: STEP }).await?;
        let last = found.len() < STEP;
        after = found.last().map(|letter| letter.id.clone());
        if let Some(letter) = found.into_iter().find(|letter| letter.id == id) {
            return Ok(letter);
        }
        if last {
            return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no dead letter `{id}`"))
                .with_hint("`nave events dead` lists them"));
        }
    }
}
