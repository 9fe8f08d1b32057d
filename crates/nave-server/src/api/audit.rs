//! The audit chain, entry by entry with its hashes.

use std::sync::Arc;

use http::Method;
use nave_model::Fault;

use crate::api::endpoint::Endpoint;
use crate::api::request::Request;
use crate::api::{Answer, Group, answer, time};
use crate::state::{State, TENANT};
use crate::view::{Audit, AuditQuery, Listed, part};

pub(super) fn group() -> Group {
    Group {
        name: "audit",
        about: "Who did what, in a chain of hashes: an entry that was changed later does not fit any more.",
        endpoints: vec![
            Endpoint::new(
                ("audit.list", Method::GET, "/audit"),
                "Lists entries of the audit chain, the oldest first.",
                list,
            )
            .query::<AuditQuery>()
            .gives::<Listed<Audit>>(200),
        ],
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: AuditQuery = request.query()?;
    let most = time::part(query.limit)?;
    let found = state.store().audit(TENANT.to_owned(), query.after.unwrap_or(0), most).await?;
    answer::ok(&part(found.into_iter().map(Audit::from).collect(), most))
}
