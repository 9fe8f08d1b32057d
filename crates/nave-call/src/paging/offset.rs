//! An argument is the number of items to skip.

use nave_connector::manifest::Paging;
use nave_model::Fault;
use serde_json::Value;

use super::{Example, Kind, Next, View, mismatch};

const RULE: &str =
    r#"{"kind":"offset","items":"/items","argument":"offset","total":"/total","more":"/more"}"#;

pub(super) const KIND: Kind = Kind {
    name: "offset",
    summary: "Sends the number of items already had, until a page is empty or the total is reached.",
    parameters: &[
        ("argument", "the argument for the number of items to skip"),
        ("total", "where the total number of items stands"),
        ("more", "where a boolean says whether there is more"),
    ],
    examples: &[
        Example {
            rule: RULE,
            arguments: "{}",
            body: r#"{"items":[1,2],"total":5}"#,
            link: "",
            next: "offset = 2",
        },
        Example {
            rule: RULE,
            arguments: r#"{"offset":4}"#,
            body: r#"{"items":[5],"total":5}"#,
            link: "",
            next: "end",
        },
        Example {
            rule: RULE,
            arguments: r#"{"offset":2}"#,
            body: r#"{"items":[3,4]}"#,
            link: "",
            next: "offset = 4",
        },
        Example { rule: RULE, arguments: r#"{"offset":4}"#, body: r#"{"items":[]}"#, link: "", next: "end" },
        Example { rule: RULE, arguments: "{}", body: r#"{"items":[1],"more":false}"#, link: "", next: "end" },
    ],
    next,
};

fn next(rule: &Paging, view: &View<'_>) -> Result<Next, Fault> {
    let Paging::Offset { argument, total, more, .. } = rule else { return Err(mismatch()) };
    let had = view.given(argument).unwrap_or(0).saturating_add(view.items.len() as u64);
    let complete = view.number(total.as_ref()).is_some_and(|total| had >= total);
    if view.items.is_empty() || complete || view.flag(more.as_ref()) == Some(false) {
        return Ok(Next::End);
    }
    Ok(Next::Argument(argument.clone(), Value::from(had)))
}
