//! Mends a value that does not fit by taking out what the problems point at.

use nave_model::Problem;
use nave_model::fault::codes;
use serde_json::Value;

/// The most times one value is mended.
pub(super) const MOST_ROUNDS: usize = 8;

/// Takes out every member or item a problem points at; of a missing member, the object it is missing
/// in. False where nothing was taken out.
pub(super) fn without(value: &mut Value, problems: &[Problem]) -> bool {
    let mut changed = false;
    for problem in problems {
        let Some(pointer) = problem.at.pointer.as_deref() else { continue };
        let missing = problem.code == codes::ARGUMENT_REQUIRED;
        changed |= remove(value, if missing { container(value, pointer) } else { pointer });
    }
    changed
}

/// The object a missing member belongs to: problems point either at it or at the member itself.
fn container<'p>(value: &Value, pointer: &'p str) -> &'p str {
    match value.pointer(pointer) {
        Some(_) => pointer,
        None => pointer.rsplit_once('/').map_or("", |(above, _)| above),
    }
}

fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((above, token)) = pointer.rsplit_once('/') else { return false };
    let token = token.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(above) {
        Some(Value::Object(members)) => members.shift_remove(&token).is_some(),
        Some(Value::Array(items)) => match token.parse::<usize>() {
            Ok(position) if position < items.len() => {
                items.remove(position);
                true
            }
            _ => false,
        },
        _ => false,
    }
}
