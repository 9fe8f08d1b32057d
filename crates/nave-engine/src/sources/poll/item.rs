//! What makes an item of a poll the same item, and the same version of it.

use nave_expr::Budget;
use nave_flow::expression::within;
use nave_flow::flow::Expression;
use nave_model::Fault;
use nave_model::fault::codes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Half a SHA-256: of a billion items, two look alike with a chance of one in 10^20.
pub(in crate::sources) type Mark = [u8; 16];

/// An item's id, as it is and as a mark, and the mark of its version.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sources) struct Identity {
    pub(in crate::sources) id: Value,
    pub(in crate::sources) mark: Mark,
    pub(in crate::sources) version: Mark,
}

/// What an item is known by.
///
/// # Errors
/// An expression fails on it, or its id is neither a text nor a number.
pub(in crate::sources) fn identify(
    item: &Value,
    id: Option<&Expression>,
    changed: Option<&Expression>,
) -> Result<Identity, Fault> {
    let version = match changed {
        Some(changed) => mark(&value(changed, item)?),
        None => mark(item),
    };
    let Some(id) = id else {
        let mark = mark(item);
        return Ok(Identity { id: Value::String(hex(&mark)), mark, version });
    };
    let found = value(id, item)?;
    if !(found.is_string() || found.is_number()) {
        let message = "the id of an item is neither a text nor a number";
        return Err(Fault::new(codes::EXPRESSION_FAILED, message).with_at(id.at.clone()));
    }
    Ok(Identity { mark: mark(&found), id: found, version })
}

/// The one value of an expression without variables, with its place in the flow's file where it fails.
pub(in crate::sources) fn value(expression: &Expression, input: &Value) -> Result<Value, Fault> {
    expression.program.one(input, &[], Budget::default()).map_err(|fault| placed(expression, fault))
}

/// The same fault, with its place in the flow's file instead of that in the expression.
pub(in crate::sources) fn placed(expression: &Expression, fault: Fault) -> Fault {
    let at = within(expression, fault.at.as_ref());
    fault.with_at(at)
}

/// The mark of a value. The order of members makes no difference.
pub(in crate::sources) fn mark(value: &Value) -> Mark {
    let mut hash = Sha256::new();
    feed(&mut hash, value);
    first_half(hash)
}

/// Each value goes in with its sort and its length, so that no two run together.
fn feed(hash: &mut Sha256, value: &Value) {
    let mut part = |sort: u8, bytes: &[u8]| {
        hash.update([sort]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    match value {
        Value::Null => part(b'0', &[]),
        Value::Bool(value) => part(b'b', &[u8::from(*value)]),
        Value::Number(number) => part(b'n', number.to_string().as_bytes()),
        Value::String(text) => part(b's', text.as_bytes()),
        Value::Array(items) => {
            part(b'a', &(items.len() as u64).to_be_bytes());
            for item in items {
                feed(hash, item);
            }
        }
        Value::Object(members) => {
            part(b'o', &(members.len() as u64).to_be_bytes());
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            for (name, member) in members {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name.as_bytes());
                feed(hash, member);
            }
        }
    }
}

pub(in crate::sources) fn first_half(hash: Sha256) -> Mark {
    let whole: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(whole.first_chunk::<16>().unwrap_or(&[0; 16]));
    half
}

pub(in crate::sources) fn hex(mark: &Mark) -> String {
    mark.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_equal_has_the_same_mark_and_nothing_else() {
        let values = [
            json!(null),
            json!(false),
            json!(0),
            json!("0"),
            json!([]),
            json!({}),
            json!([[]]),
            json!(["a", "b"]),
            json!(["ab"]),
            json!({"a": "b"}),
            json!({"a": {"b": 1}}),
            json!([{"a": 1}, {"b": 2}]),
            json!([{"a": 1, "b": 2}]),
        ];
        for (one, first) in values.iter().enumerate() {
            for (other, second) in values.iter().enumerate() {
                assert_eq!(mark(first) == mark(second), one == other, "{first} {second}");
            }
        }
        assert_eq!(mark(&json!({"a": 1, "b": [2]})), mark(&json!({"b": [2], "a": 1})));
    }
}
