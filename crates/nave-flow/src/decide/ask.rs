//! `ask`: puts a question to people. The first refusal decides; approvals count once per person.

use std::sync::Arc;

use jiff::Timestamp;
use nave_model::fault::codes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::action::Action;
use super::evaluate;
use super::event::Verdict;
use super::fault::{Failure, FaultRecord};
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Answer, Begun, Ending, Heard, Walk};
use crate::flow::{Ask, Step};

/// A question that was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Who approved so far.
    approved: Vec<String>,
    /// Whether the timer of its expiry runs.
    expires: bool,
}

pub(super) fn begin(ask: &Ask, step: &Step, scope: &Scope<'_>, walk: &mut Walk<'_>) -> Begun<Doing> {
    let title = match evaluate::text(&ask.title, walk.input, scope) {
        Ok(title) => title,
        Err(failure) => return failure.into(),
    };
    let message = match ask.message.as_ref().map(|message| evaluate::text(message, walk.input, scope)) {
        None => None,
        Some(Ok(message)) => Some(message),
        Some(Err(failure)) => return failure.into(),
    };
    walk.actions.push(Action::Ask {
        approval: walk.task(&step.name),
        roles: ask.roles.clone(),
        approvals: ask.approvals.max(1),
        title,
        message,
        expires_at_ms: ask.expires_ms.map(|expires_ms| walk.at_ms.saturating_add(expires_ms)),
    });
    if let Some(expires_ms) = ask.expires_ms {
        walk.set_timer(walk.timer("expires", &step.name), expires_ms);
    }
    Begun::Waiting(Doing::Ask(Box::new(State { approved: Vec::new(), expires: ask.expires_ms.is_some() })))
}

impl State {
    pub(super) fn answered(
        &mut self,
        ask: &Ask,
        step: &Step,
        answer: &Answer<'_>,
        walk: &mut Walk<'_>,
    ) -> Heard {
        if !ask.roles.iter().any(|role| role == answer.role) {
            return Heard::Waiting;
        }
        if answer.verdict == Verdict::Refused {
            self.close(step, walk);
            let mut message = format!("{} refused `{}`", answer.by, step.name);
            if let Some(comment) = answer.comment.filter(|comment| !comment.is_empty()) {
                message.push_str(": ");
                message.push_str(comment);
            }
            let fault = FaultRecord::new(codes::APPROVAL_REFUSED, message);
            return Heard::Ended(Ending::Failed(Failure::new(fault)));
        }
        if self.approved.iter().any(|by| by == answer.by) {
            return Heard::Waiting;
        }
        self.approved.push(answer.by.to_owned());
        if u32::try_from(self.approved.len()).is_ok_and(|count| count < ask.approvals) {
            return Heard::Waiting;
        }
        self.close(step, walk);
        Heard::Ended(Ending::Done(approval(answer, walk.at_ms)))
    }

    pub(super) fn expired(&mut self, ask: &Ask, step: &Step, walk: &mut Walk<'_>) -> Heard {
        if !std::mem::take(&mut self.expires) {
            return Heard::Waiting;
        }
        self.close(step, walk);
        let message = format!(
            "`{}` got {} of {} approvals before it expired",
            step.name,
            self.approved.len(),
            ask.approvals.max(1)
        );
        let fault = FaultRecord::new(codes::APPROVAL_EXPIRED, message);
        Heard::Ended(Ending::Failed(Failure::new(fault)))
    }

    pub(super) fn stop(&mut self, step: &Step, walk: &mut Walk<'_>) -> bool {
        self.close(step, walk);
        true
    }

    fn close(&mut self, step: &Step, walk: &mut Walk<'_>) {
        if std::mem::take(&mut self.expires) {
            walk.drop_timer(walk.timer("expires", &step.name));
        }
        walk.actions.push(Action::WithdrawAsk { approval: walk.task(&step.name) });
    }
}

/// The result: the answer that decided.
fn approval(answer: &Answer<'_>, at_ms: u64) -> Arc<Value> {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    let text = |text: &str| Value::String(text.to_owned());
    let mut members = Map::new();
    members.insert("verdict".to_owned(), text("approved"));
    members.insert("by".to_owned(), text(answer.by));
    members.insert("role".to_owned(), text(answer.role));
    members.insert("at".to_owned(), at.map_or(Value::Null, |at| Value::String(at.to_string())));
    members.insert("comment".to_owned(), answer.comment.map_or(Value::Null, text));
    Arc::new(Value::Object(members))
}
