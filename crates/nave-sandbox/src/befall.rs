//! What a fault on purpose makes of an answer: another one in its place, or another way to leave.

use nave_connector::manifest::ErrorMeaning;
use nave_connector::{Connector, Operation};

use crate::answer;
use crate::faults::{Fate, Injected, Sort};
use crate::refuse::{Refusal, refuse};
use crate::wire::{Delivery, Reply};

/// The answer of a fault that keeps the operation from happening.
pub(crate) fn instead(connector: &Connector, operation: &Operation, seed: u64, fault: Injected) -> Reply {
    match fault.sort {
        Sort::Status(status, retry_after) => {
            let meaning = ErrorMeaning::of_status(status).unwrap_or(ErrorMeaning::Unavailable);
            let refusal =
                Refusal { meaning, status: Some(status), detail: "This failure was asked for.".into() };
            let reply = refuse(connector, operation, seed, &refusal);
            match retry_after {
                Some(seconds) => reply.and_header("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        Sort::Expired => {
            let refusal = Refusal::new(ErrorMeaning::Unauthenticated, "The token has expired.");
            let refusal = Refusal { status: Some(401), ..refusal };
            refuse(connector, operation, seed, &refusal).and_header(
                "www-authenticate",
                "Bearer error=\"invalid_token\", error_description=\"expired\"",
            )
        }
        Sort::Reset => Reply { delivery: Delivery::Reset, ..Reply::empty(0) },
        Sort::Timeout => Reply { delivery: Delivery::Silent, ..Reply::empty(0) },
        // Without an effect there is no answer that could be cut off, bent or slowed down.
        Sort::Truncated | Sort::Shape | Sort::Trickle(_) => {
            Reply { delivery: Delivery::Reset, ..Reply::empty(0) }
        }
    }
}

/// What a fault does to an answer whose operation took effect.
pub(crate) fn after(
    connector: &Connector,
    operation: &Operation,
    seed: u64,
    fate: Fate,
    reply: Reply,
) -> Reply {
    let Some(fault) = fate.fault else { return reply };
    let delivery = match fault.sort {
        Sort::Status(..) | Sort::Expired => return instead(connector, operation, seed, fault),
        Sort::Shape => return answer::misshapen(connector, operation, &reply),
        Sort::Reset => Delivery::Reset,
        Sort::Timeout => Delivery::Silent,
        Sort::Truncated => Delivery::Truncated,
        Sort::Trickle(pause) => Delivery::Trickle(pause),
    };
    Reply { delivery, ..reply }
}
