//! Mail that sandboxes took in the places of mail servers, so that `nave dev` shows it as received.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::State;
use crate::view::{Listed, Mail, MailQuery};

pub(super) fn group() -> Group {
    Group {
        name: "mails",
        about: "What sandboxes took in the places of mail servers, in `nave dev`.",
        endpoints: vec![
            Endpoint::new(
                ("mails.list", Method::GET, "/mails"),
                "Lists the mail that sandboxes took, the newest first; as much as they remember.",
                list,
            )
            .query::<MailQuery>()
            .gives::<Listed<Mail>>(200),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: MailQuery = request.query()?;
    let most = time::part(query.limit)?;
    let mut items = Vec::new();
    for (connection, standing) in state.projects.stand_ins() {
        if query.connection.as_ref().is_some_and(|wanted| *wanted != connection) {
            continue;
        }
        let messages = standing.sandbox.messages();
        items.extend(messages.iter().map(|message| Mail::new(&connection, standing.began_ms, message)));
    }
    items.sort_by_key(|mail| std::cmp::Reverse(mail.at_ms));
    items.truncate(most);
    answer::ok(&Listed { items, next: None })
}
