//! One sentence for each verb, without its full stop.

use super::{code, plural, span, waiting};
use crate::flow::{Ask, Call, For, Handler, Listen, Priority, Step, Verb};

/// What a step does.
pub(super) fn sentence(step: &Step) -> String {
    match &step.verb {
        Verb::Call(call) => self::call(call),
        Verb::Set { value } => format!("is {}", code(value)),
        Verb::Switch { .. } => "takes the first case that holds".to_owned(),
        Verb::For(each) => self::each(each),
        Verb::Fork { compete: false, .. } => "does these at the same time".to_owned(),
        Verb::Fork { compete: true, .. } => {
            "does these at the same time; the first that succeeds wins, the others are taken back".to_owned()
        }
        Verb::Try { .. } => "tries these steps".to_owned(),
        Verb::Wait(wait) => format!("waits {}", waiting(wait)),
        Verb::Listen(listen) => self::listen(listen, step.timeout_ms),
        Verb::Emit { event, with } => {
            let with = with.as_ref().map(|with| format!(" with {}", code(with)));
            format!("sends the event `{event}`{}", with.unwrap_or_default())
        }
        Verb::Raise { code: word, message } => {
            let message = message.as_ref().map(|message| format!(": {}", code(message)));
            format!("fails with `{word}`{}", message.unwrap_or_default())
        }
        Verb::Run { flow, with, wait } => {
            let with = with.as_ref().map(|with| format!(" with {}", code(with))).unwrap_or_default();
            let wait = if *wait { ", and waits for its end" } else { "" };
            format!("runs the flow `{flow}`{with}{wait}")
        }
        Verb::Ask(ask) => self::ask(ask),
    }
}

fn call(call: &Call) -> String {
    let mut text = format!("calls `{}.{}`", call.connection, call.operation);
    if let Some(with) = &call.with {
        text.push_str(&format!(" with {}", code(with)));
    }
    if let Some(attempts) = call.tighten.attempts {
        text.push_str(&format!(", at most {attempts} {}", plural(attempts, "time", "times")));
    }
    if call.tighten.priority == Some(Priority::Backfill) {
        text.push_str(", behind everything else");
    }
    text
}

fn each(each: &For) -> String {
    let items = match each.batch {
        None => format!("for every item of {}", code(&each.items)),
        Some(size) => format!("for every {size} items of {}", code(&each.items)),
    };
    let order = match each.parallel {
        0 | 1 => "one after the other".to_owned(),
        parallel => format!("up to {parallel} at the same time"),
    };
    format!("{items}, called `${}`, {order}", each.variable)
}

fn listen(listen: &Listen, timeout_ms: Option<u64>) -> String {
    let event = match &listen.connection {
        Some(connection) => format!("`{}` of {connection}", listen.event),
        None => format!("`{}`", listen.event),
    };
    let when = listen.when.as_ref().map(|when| format!(" where {}", code(when))).unwrap_or_default();
    let limit = timeout_ms.map(|limit| format!(", {} at most", span(limit))).unwrap_or_default();
    format!("waits for the event {event}{when}{limit}")
}

fn ask(ask: &Ask) -> String {
    let roles = ask.roles.join(" or ");
    let people = match ask.approvals {
        0 | 1 => String::new(),
        several => format!(" ({several} different people)"),
    };
    let limit = ask.expires_ms.map(|limit| format!(", who has {}", span(limit))).unwrap_or_default();
    format!("asks {roles}{people}{limit}: {}", code(&ask.title))
}

/// Which faults a handler takes.
pub(super) fn handled(handler: &Handler) -> String {
    let faults: Vec<String> = handler
        .codes
        .iter()
        .map(|code| format!("`{code}`"))
        .chain(handler.kinds.iter().map(|kind| format!("a fault of kind {kind}")))
        .collect();
    let faults = if faults.is_empty() { "any fault".to_owned() } else { faults.join(" or ") };
    match &handler.variable {
        None => format!("on {faults}"),
        Some(variable) => format!("on {faults}, called `${variable}`"),
    }
}
