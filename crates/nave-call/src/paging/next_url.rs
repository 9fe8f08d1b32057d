//! The answer holds the address of the next page.

use nave_connector::manifest::Paging;
use nave_model::Fault;
use serde_json::Value;

use super::{Example, Kind, Next, View, mismatch, wrong};

const RULE: &str = r#"{"kind":"next_url","items":"/items","next":"/links/next"}"#;

pub(super) const KIND: Kind = Kind {
    name: "next_url",
    summary: "Follows the address of the next page that stands in the answer.",
    parameters: &[("next", "where the address stands in the answer")],
    examples: &[
        Example {
            rule: RULE,
            arguments: "{}",
            body: r#"{"items":[1],"links":{"next":"https://crm.example/v1/deals?p=2"}}"#,
            link: "",
            next: "https://crm.example/v1/deals?p=2",
        },
        Example {
            rule: RULE,
            arguments: "{}",
            body: r#"{"items":[1],"links":{"next":null}}"#,
            link: "",
            next: "end",
        },
        Example { rule: RULE, arguments: "{}", body: r#"{"items":[]}"#, link: "", next: "end" },
        Example {
            rule: RULE,
            arguments: "{}",
            body: r#"{"items":[1],"links":{"next":7}}"#,
            link: "",
            next: "there is no address at `/links/next` of the answer",
        },
    ],
    next,
};

fn next(rule: &Paging, view: &View<'_>) -> Result<Next, Fault> {
    let Paging::NextUrl { next, .. } = rule else { return Err(mismatch()) };
    match view.body.pointer(next) {
        Some(Value::String(address)) if !address.is_empty() => Ok(Next::Address(address.clone())),
        None | Some(Value::Null | Value::String(_) | Value::Bool(false)) => Ok(Next::End),
        Some(_) => Err(wrong(&format!("there is no address at `{next}` of the answer"))),
    }
}
