//! The store: how it is, a backup of it, and dropping what is old.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_project::names::check_name;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer};
use crate::state::State;
use crate::view::{Backup, BackupMade, Store, Swept, Why};

pub(super) fn group() -> Group {
    Group {
        name: "store",
        about: "Where everything is kept.",
        endpoints: vec![
            Endpoint::new(("store.show", Method::GET, "/store"), "Says how the store is.", show)
                .gives::<Store>(200),
            Endpoint::new(
                ("store.backup", Method::POST, "/store/backup"),
                "Makes a consistent copy of everything while work goes on.",
                backup,
            )
            .more("It is made below the hub's folder of backups and nowhere else: `nave restore` reads it.")
            .may_take::<Backup>()
            .gives::<BackupMade>(201)
            .faults(&[codes::FILE, codes::CONFLICT, codes::SETTING_INVALID]),
            Endpoint::new(
                ("store.sweep", Method::POST, "/store/sweep"),
                "Drops now what is older or more than the settings keep.",
                sweep,
            )
            .gives::<Swept>(200)
            .faults(&[codes::STORE_FAILED]),
        ],
    }
}

async fn show(state: Arc<State>, _request: Request) -> Result<Answer, Fault> {
    let health = state.store().health();
    answer::ok(&Store {
        failing: health
            .failing
            .map(|fault| Why { code: fault.code.name.to_owned(), message: fault.message.clone() }),
        bytes: health.bytes,
        syncs: health.syncs,
        batches: health.batches,
        waiting: health.waiting,
        folder: state.places.store.display().to_string(),
    })
}

async fn backup(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let Backup { name } = request.json_or_default()?;
    let name = name.unwrap_or_else(|| state.clock.wall().strftime("b-%Y%m%d-%H%M%S").to_string());
    check_name("backup", &name)?;
    let to = state.places.backups.join(&name);
    if to.exists() {
        let message = format!("there is a backup `{name}` already");
        return Err(Fault::new(codes::CONFLICT, message).with_hint("give it another name"));
    }
    let began = state.clock.now();
    state.store().backup(to.clone()).await?;
    let took = state.clock.now().saturating_sub(began);
    state.audit(&request.by, "store.backup", &name).await?;
    let made = BackupMade {
        path: to.display().to_string(),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    };
    answer::json(StatusCode::CREATED, &made)
}

async fn sweep(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let swept = state.store().sweep(state.now_ms(), state.config.retention.kept()).await?;
    state.forget_gone_sources().await;
    state.audit(&request.by, "store.sweep", "store").await?;
    answer::ok(&Swept::from(swept))
}
