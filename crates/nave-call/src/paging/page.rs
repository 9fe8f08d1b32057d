//! An argument is the number of the page.

use nave_connector::manifest::Paging;
use nave_model::Fault;
use serde_json::Value;

use super::{Example, Kind, Next, View, mismatch};

const RULE: &str = r#"{"kind":"page","items":"/items","argument":"page","pages":"/pages","more":"/more"}"#;

pub(super) const KIND: Kind = Kind {
    name: "page",
    summary: "Sends the number of the next page, until a page is empty or the last one is reached.",
    parameters: &[
        ("argument", "the argument for the number of the page"),
        ("first", "the number of the first page; 1 where absent"),
        ("pages", "where the number of pages stands"),
        ("more", "where a boolean says whether there is more"),
    ],
    examples: &[
        Example {
            rule: RULE,
            arguments: "{}",
            body: r#"{"items":[1],"pages":2}"#,
            link: "",
            next: "page = 2",
        },
        Example {
            rule: RULE,
            arguments: r#"{"page":2}"#,
            body: r#"{"items":[2],"pages":2}"#,
            link: "",
            next: "end",
        },
        Example {
            rule: r#"{"kind":"page","argument":"page","first":0}"#,
            arguments: "{}",
            body: "[1]",
            link: "",
            next: "page = 1",
        },
        Example { rule: RULE, arguments: r#"{"page":9}"#, body: r#"{"items":[]}"#, link: "", next: "end" },
        Example { rule: RULE, arguments: "{}", body: r#"{"items":[1],"more":false}"#, link: "", next: "end" },
    ],
    next,
};

fn next(rule: &Paging, view: &View<'_>) -> Result<Next, Fault> {
    let Paging::Page { argument, first, pages, more, .. } = rule else { return Err(mismatch()) };
    let current = view.given(argument).unwrap_or(*first);
    let last = view.number(pages.as_ref()).map(|pages| pages.saturating_add(*first).saturating_sub(1));
    let complete = last.is_some_and(|last| current >= last);
    if view.items.is_empty() || complete || view.flag(more.as_ref()) == Some(false) {
        return Ok(Next::End);
    }
    Ok(Next::Argument(argument.clone(), Value::from(current.saturating_add(1))))
}
