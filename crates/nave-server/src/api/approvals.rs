//! Questions to people, and their answers.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::record::{Ask, Page};

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer as Answered, Group, answer, time};
use crate::state::{State, TENANT};
use crate::view::{Answer, Approval, ApprovalQuery, Listed, part};

pub(super) fn group() -> Group {
    Group {
        name: "approvals",
        about: "Questions that runs ask people. An id is `run/approval`: write its `/` as `%2F` in a path.",
        endpoints: vec![
            Endpoint::new(
                ("approvals.list", Method::GET, "/approvals"),
                "Lists open questions, the oldest first.",
                list,
            )
            .query::<ApprovalQuery>()
            .gives::<Listed<Approval>>(200),
            Endpoint::new(
                ("approvals.show", Method::GET, "/approvals/{approval}"),
                "Shows an open question.",
                show,
            )
            .gives::<Approval>(200)
            .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("approvals.answer", Method::POST, "/approvals/{approval}/answer"),
                "Answers a question; the run goes on once it has all the answers it needs.",
                reply,
            )
            .more("Who answers is taken from the header `Nave-Person`.")
            .takes::<Answer>()
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::NOT_ALLOWED]),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answered, Fault> {
    let query: ApprovalQuery = request.query()?;
    let most = time::part(query.limit)?;
    let found = state.store().asks(Some(TENANT.to_owned()), Page { after: query.after, most }).await?;
    answer::ok(&part(found.into_iter().map(Approval::from).collect(), most))
}

async fn one(state: &State, request: &Request) -> Result<Ask, Fault> {
    let id = request.parameter("approval");
    let found = state.store().ask(id.to_owned()).await?;
    found.filter(|ask| ask.tenant == TENANT).ok_or_else(|| {
        Fault::new(codes::RUN_UNKNOWN, format!("there is no open question `{id}`")).with_hint(
            "it may have been answered or have expired; `nave approvals` lists those that are open",
        )
    })
}

async fn show(state: Arc<State>, request: Request) -> Result<Answered, Fault> {
    answer::ok(&Approval::from(one(&state, &request).await?))
}

async fn reply(state: Arc<State>, request: Request) -> Result<Answered, Fault> {
    let Answer { verdict, role, comment } = request.json()?;
    let ask = one(&state, &request).await?;
    let role = role.or_else(|| ask.roles.first().cloned()).unwrap_or_default();
    state.engine.of(TENANT).answer(&ask.id, &request.by, &role, verdict.into(), comment).await?;
    Ok(answer::done())
}
