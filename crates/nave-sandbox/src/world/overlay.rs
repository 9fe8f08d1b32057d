//! Puts what is known over what was made up, and takes back whatever would make the answer wrong.

use nave_model::Problem;
use serde_json::{Map, Value};

/// A made-up value, and the check it must keep passing.
pub(crate) struct Overlay<'c> {
    /// What is made so far.
    pub(crate) value: Value,
    check: &'c dyn Fn(&Value) -> Vec<Problem>,
    /// Problems it had from the beginning: where a description contradicts itself.
    allowed: usize,
}

impl<'c> Overlay<'c> {
    pub(crate) fn new(value: Value, check: &'c dyn Fn(&Value) -> Vec<Problem>) -> Self {
        let allowed = check(&value).len();
        Overlay { value, check, allowed }
    }

    /// Whether a value is as good as what there was.
    fn good(&self, value: &Value) -> bool {
        (self.check)(value).len() <= self.allowed
    }

    /// Sets the value at a pointer, if that leaves everything right.
    pub(crate) fn set(&mut self, pointer: &str, value: Value) -> bool {
        let mut changed = self.value.clone();
        put(&mut changed, pointer, value) && self.take(changed)
    }

    /// Removes the member at a pointer, if that leaves everything right.
    pub(crate) fn remove(&mut self, pointer: &str) -> bool {
        let mut changed = self.value.clone();
        let Some((above, name)) = pointer.rsplit_once('/') else { return false };
        let Some(Value::Object(members)) = changed.pointer_mut(above) else { return false };
        members.shift_remove(&unescaped(name)).is_some() && self.take(changed)
    }

    /// Sets members of the object at a pointer: all of them if that is right, else each as far as it
    /// is, as it stands or merged with what was there.
    pub(crate) fn merge(&mut self, pointer: &str, wanted: &Map<String, Value>) {
        let mut changed = self.value.clone();
        let Some(Value::Object(members)) = changed.pointer_mut(pointer) else { return };
        members.extend(wanted.iter().map(|(name, value)| (name.clone(), value.clone())));
        if self.take(changed) {
            return;
        }
        for (name, value) in wanted {
            let pointer = nave_model::place::child(pointer, name);
            if self.set(&pointer, value.clone()) {
                continue;
            }
            if let Some(before) = self.value.pointer(&pointer) {
                let mut merged = before.clone();
                blend(&mut merged, value, 0);
                self.set(&pointer, merged);
            }
        }
    }

    fn take(&mut self, changed: Value) -> bool {
        let good = self.good(&changed);
        if good {
            self.value = changed;
        }
        good
    }
}

/// Sets the value at a pointer whose container exists.
pub(crate) fn put(root: &mut Value, pointer: &str, value: Value) -> bool {
    let Some((above, token)) = pointer.rsplit_once('/') else {
        *root = value;
        return true;
    };
    match root.pointer_mut(above) {
        Some(Value::Object(members)) => {
            members.insert(unescaped(token), value);
            true
        }
        Some(Value::Array(items)) => match token.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
            Some(item) => {
                *item = value;
                true
            }
            None => false,
        },
        _ => false,
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Deeper objects than this are replaced, not blended.
const DEEPEST: usize = 32;

/// Puts `over` into `value`: objects member by member, everything else whole.
pub(crate) fn blend(value: &mut Value, over: &Value, depth: usize) {
    match (value, over) {
        (Value::Object(members), Value::Object(over)) if depth < DEEPEST => {
            for (name, value) in over {
                match members.get_mut(name) {
                    Some(known) => blend(known, value, depth + 1),
                    None => {
                        members.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (value, over) => *value = over.clone(),
    }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "tables of values read better without references")]
mod tests {
    use super::*;
    use nave_model::At;
    use nave_model::fault::codes;
    use serde_json::json;

    /// Right where `n` is a number, and `o`, if there, has a member `must`.
    fn rule(value: &Value) -> Vec<Problem> {
        let n = value["n"].is_number();
        let o = value.get("o").is_none_or(|o| o.get("must").is_some());
        let wrong = [n, o].into_iter().filter(|right| !right);
        wrong.map(|_| Problem::new(codes::RESPONSE_DRIFT, At::default(), "wrong")).collect()
    }

    #[track_caller]
    fn check(wanted: Value, expected: Value) {
        let mut overlay = Overlay::new(json!({"n": 1, "o": {"must": 1, "may": 2}}), &rule);
        overlay.merge("", wanted.as_object().unwrap());
        assert_eq!(overlay.value, expected);
    }

    #[test]
    fn what_is_known_wins_unless_it_is_wrong() {
        check(json!({"n": 5, "new": true}), json!({"n": 5, "o": {"must": 1, "may": 2}, "new": true}));
        check(json!({"n": "no", "new": true}), json!({"n": 1, "o": {"must": 1, "may": 2}, "new": true}));
        check(json!({"o": {"may": 9}}), json!({"n": 1, "o": {"must": 1, "may": 9}}));
    }

    #[test]
    fn members_are_removed_only_where_that_is_right() {
        let mut overlay = Overlay::new(json!({"n": 1, "o": {"must": 1}}), &rule);
        assert!(!overlay.remove("/n"));
        assert!(!overlay.remove("/o/must"));
        assert!(overlay.remove("/o"));
        assert_eq!(overlay.value, json!({"n": 1}));
    }
}
