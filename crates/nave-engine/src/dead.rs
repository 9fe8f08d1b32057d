//! Dead letters are put back, and calls that belong to no run are settled.

use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::batch::{Audited, Conclusion, Message, NewMessage};
use nave_store::record::{CallState, DeadLetter, Page};
use nave_store::{Batch, Op};
use serde_json::{Value, json};

use crate::shared::Shared;
use crate::written::{Startup, to_bytes};

/// How many dead letters are looked through at a time.
const PAGE: usize = 500;

/// Puts a dead letter back into its lane; one of a tenant, where one is named. One that a single flow could not
/// handle goes to that flow alone.
pub(crate) async fn revive(shared: &Shared, tenant: Option<&str>, dead: &str, by: &str) -> Result<(), Fault> {
    let _alone = shared.deciding.lock().await;
    let letter = find(shared, tenant, dead).await?;
    let message = match (letter.flow, letter.message) {
        (Some(flow), Message::Event(event)) => Message::Start(to_bytes(&Startup::Offer { flow, event })?),
        (_, message) => message,
    };
    let lane = match &message {
        Message::Told { run, .. } if run.is_empty() => {
            let message = format!("nothing is left of the dead letter `{dead}` to be put back");
            return Err(Fault::new(codes::CONFLICT, message));
        }
        Message::Told { run, .. } => crate::names::lane_of_run(run, shared.lanes()).unwrap_or(letter.place.0),
        Message::Event(_) | Message::Start(_) => letter.place.0,
    };
    let ops = vec![
        // Another node may put it back in the same moment: it is one message all the same.
        Op::Append(NewMessage {
            tenant: letter.tenant.clone(),
            lane,
            dedup: Some(format!("dead:{}", letter.id)),
            message,
        }),
        Op::Bury { id: letter.id.clone() },
        Op::Audit(Audited {
            tenant: letter.tenant.clone(),
            who: by.to_owned(),
            what: "dead.revived".to_owned(),
            on: letter.id,
            detail: json!({}),
        }),
    ];
    shared.store.commit(Batch { fence: None, ops, now_ms: shared.now_ms() }).await?;
    shared.ring(lane, &letter.tenant);
    Ok(())
}

async fn find(shared: &Shared, tenant: Option<&str>, dead: &str) -> Result<DeadLetter, Fault> {
    let mut page = Page { after: None, most: PAGE };
    loop {
        let letters = shared.store.dead(tenant.map(str::to_owned), page.clone()).await?;
        let is_last = letters.len() < PAGE;
        page.after = letters.last().map(|letter| letter.id.clone());
        if let Some(letter) = letters.into_iter().find(|letter| letter.id == dead) {
            return Ok(letter);
        }
        if is_last {
            return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no dead letter `{dead}`"))
                .with_hint("`nave events dead` lists them"));
        }
    }
}

/// Settles a call that a person or an agent made.
pub(crate) async fn settle_direct(
    shared: &Shared,
    id: &str,
    ended: &Result<Value, String>,
    by: &str,
) -> Result<(), Fault> {
    let _alone = shared.deciding.lock().await;
    let Some(call) = shared.store.call(id.to_owned()).await? else {
        return Err(Fault::new(codes::RUN_UNKNOWN, format!("there is no call `{id}`"))
            .with_hint("`nave ledger unknown` lists what can be settled"));
    };
    if call.state != CallState::Unknown {
        return Err(Fault::new(codes::CONFLICT, format!("the outcome of `{id}` is not unknown")));
    }
    let (state, message) = match ended {
        Ok(_) => (CallState::Done, None),
        Err(message) => (CallState::NotDone, Some(message.clone())),
    };
    let conclusion =
        Conclusion { id: id.to_owned(), state, code: None, message, status: None, by: by.to_owned() };
    let audited = Audited {
        tenant: call.intent.tenant,
        who: by.to_owned(),
        what: "call.settled".to_owned(),
        on: id.to_owned(),
        detail: json!({}),
    };
    let ops = vec![Op::Conclude(Box::new(conclusion)), Op::Audit(audited)];
    shared.store.commit(Batch { fence: None, ops, now_ms: shared.now_ms() }).await
}
