//! What went wrong below HTTP, as a fault whose code says whether anything may have been sent.

use std::error::Error;

use hyper_util::client::legacy;
use nave_model::Fault;
use nave_model::fault::codes;

/// A request that got no answer.
pub(super) fn in_request(error: &legacy::Error) -> Fault {
    if let Some(fault) = error.source().and_then(|source| source.downcast_ref::<Fault>()) {
        return fault.clone();
    }
    let unsent = match cause(error) {
        // The client hands a request back as cancelled only when no byte of it was written.
        Some(hyper) if hyper.is_canceled() => true,
        Some(hyper) => return in_answer(hyper),
        None => error.is_connect(),
    };
    if unsent {
        Fault::new(codes::UNREACHABLE, "the connection was closed before the request was sent")
    } else {
        lost("the connection broke before the answer began")
    }
    .with_detail(chain(error))
}

/// A request that was sent, and whose answer did not come whole.
pub(super) fn in_answer(error: &hyper::Error) -> Fault {
    let fault = if error.is_parse_too_large() {
        Fault::new(codes::RESPONSE_LIMIT, "the answer's headers are larger than allowed")
    } else if error.is_parse() || error.is_parse_status() {
        Fault::new(codes::RESPONSE_SYNTAX, "the answer is not HTTP")
            .with_hint("check the port, and whether the address should begin with `https://`")
    } else if error.is_incomplete_message() {
        lost("the connection was closed before the answer was complete")
    } else {
        lost("the connection broke before the answer was complete")
    };
    fault.with_detail(chain(error))
}

fn lost(message: &str) -> Fault {
    Fault::new(codes::CONNECTION_LOST, message)
}

/// The HTTP error at the bottom of a client error.
fn cause(error: &legacy::Error) -> Option<&hyper::Error> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>() {
            return Some(hyper);
        }
        source = inner.source();
    }
    None
}

/// All causes in one line, for the log.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        source = inner.source();
    }
    line
}
