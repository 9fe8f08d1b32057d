//! What needs no token: whether the process runs, whether it takes work, and what a fault's code means.

use http::StatusCode;

use crate::api::Answer;
use crate::http::{Front, plain};
use crate::problem;
use crate::state::Stage;

/// The process runs.
pub(super) fn health() -> Answer {
    plain(StatusCode::OK, "ok\n".to_owned())
}

/// Whether work is taken; the reason where not.
pub(super) fn ready(front: &Front) -> Answer {
    let stage = front.stage.borrow().clone();
    let failing = front.state.get().and_then(|state| state.store().health().failing);
    match (stage, failing) {
        (Stage::Ready, None) => plain(StatusCode::OK, "ready\n".to_owned()),
        (Stage::Ready, Some(fault)) => {
            plain(StatusCode::SERVICE_UNAVAILABLE, format!("the store fails: {fault}\n"))
        }
        (stage, _) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", stage.word())),
    }
}

/// What a code means: the address of problem details leads here.
pub(super) fn fault(code: &str) -> Option<Answer> {
    let code = problem::known(code)?;
    let text = format!(
        "{}\n\n{}\n\nkind: {}\nblame: {}\nretry: {}\n\n`nave explain {}` and docs/faults/{}.md say more.\n",
        code.name,
        code.title,
        crate::view::word(code.kind),
        crate::view::word(code.blame),
        crate::view::word(code.retry),
        code.name,
        code.name,
    );
    Some(plain(StatusCode::OK, text))
}
