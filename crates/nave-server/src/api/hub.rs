//! The hub itself: what it is, which project it runs, and taking in the project's files again.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_model::Fault;

use crate::api::endpoint::{Endpoint, JSON};
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, describe};
use crate::state::State;
use crate::view::{Info, Project};

pub(super) fn group() -> Group {
    Group {
        name: "hub",
        about: "The process and its project.",
        endpoints: vec![
            Endpoint::new(("hub.info", Method::GET, "/info"), "Says what this hub is.", info)
                .gives::<Info>(200),
            Endpoint::new(
                ("project.show", Method::GET, "/project"),
                "Shows the project as it was last loaded, and what is wrong with its files.",
                project,
            )
            .gives::<Project>(200),
            Endpoint::new(
                ("project.reload", Method::POST, "/reload"),
                "Takes in the project's files as they are now; while there are errors, what ran before goes on.",
                reload,
            )
            .more("Runs under way keep the version they began with.")
            .gives::<Project>(200),
            Endpoint::new(
                ("hub.description", Method::GET, "/openapi.json"),
                "Gives this description.",
                description,
            )
            .gives_media(JSON),
        ],
    }
}

async fn info(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let answer: Info = state.info();
    answer::ok(&answer)
}

async fn project(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    answer::ok(&state.project())
}

async fn reload(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    answer::ok(&state.reload(&request.by).await?)
}

async fn description(_state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    Ok(answer::of(StatusCode::OK, JSON, describe::text()))
}
