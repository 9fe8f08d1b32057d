//! A cursor from the answer, or the key of the last item, goes into an argument of the next call.

use nave_connector::manifest::Paging;
use nave_model::Fault;
use serde_json::Value;

use super::{Example, Kind, Next, View, mismatch, wrong};

pub(super) const KIND: Kind = Kind {
    name: "cursor",
    summary: "Sends the cursor of the last answer, or the key of its last item, with the next call.",
    parameters: &[
        ("argument", "the argument the cursor goes into"),
        ("next", "where the cursor stands in the answer"),
        ("item_key", "where the key stands in the last item, if there is no `next`"),
        ("more", "where a boolean says whether there is more"),
    ],
    examples: &[
        Example {
            rule: r#"{"kind":"cursor","items":"/data","argument":"cursor","next":"/meta/next"}"#,
            arguments: "{}",
            body: r#"{"data":[1],"meta":{"next":"abc"}}"#,
            link: "",
            next: r#"cursor = "abc""#,
        },
        Example {
            rule: r#"{"kind":"cursor","items":"/data","argument":"cursor","next":"/meta/next"}"#,
            arguments: "{}",
            body: r#"{"data":[1],"meta":{"next":""}}"#,
            link: "",
            next: "end",
        },
        Example {
            rule: r#"{"kind":"cursor","items":"/data","argument":"starting_after","item_key":"/id","more":"/has_more"}"#,
            arguments: "{}",
            body: r#"{"data":[{"id":"a"},{"id":"b"}],"has_more":true}"#,
            link: "",
            next: r#"starting_after = "b""#,
        },
        Example {
            rule: r#"{"kind":"cursor","items":"/data","argument":"starting_after","item_key":"/id","more":"/has_more"}"#,
            arguments: "{}",
            body: r#"{"data":[{"id":"a"}],"has_more":false}"#,
            link: "",
            next: "end",
        },
        Example {
            rule: r#"{"kind":"cursor","items":"/data","argument":"after","next":"/next","more":"/more"}"#,
            arguments: "{}",
            body: r#"{"data":[1],"more":true}"#,
            link: "",
            next: "the answer says there is more, but holds no cursor",
        },
    ],
    next,
};

fn next(rule: &Paging, view: &View<'_>) -> Result<Next, Fault> {
    let Paging::Cursor { argument, next, item_key, more, .. } = rule else { return Err(mismatch()) };
    let more = view.flag(more.as_ref());
    if more == Some(false) {
        return Ok(Next::End);
    }
    let cursor = match (next, item_key) {
        (Some(next), _) => view.body.pointer(next),
        (None, Some(key)) => view.items.last().and_then(|last| last.pointer(key)),
        (None, None) => return Err(wrong("the paging rule names neither `next` nor `item_key`")),
    };
    match cursor {
        Some(Value::String(text)) if !text.is_empty() => {
            Ok(Next::Argument(argument.clone(), Value::String(text.clone())))
        }
        Some(Value::Number(number)) => Ok(Next::Argument(argument.clone(), Value::Number(number.clone()))),
        None | Some(Value::Null | Value::String(_) | Value::Bool(false)) => match more {
            Some(true) => Err(wrong("the answer says there is more, but holds no cursor")),
            _ if next.is_none() && !view.items.is_empty() => Err(wrong("the last item has no key")),
            _ => Ok(Next::End),
        },
        Some(Value::Bool(true) | Value::Array(_) | Value::Object(_)) => {
            Err(wrong("the cursor of the answer is neither text nor number"))
        }
    }
}
