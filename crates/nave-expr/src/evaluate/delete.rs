//! Deleting places (`delpaths`, `del`, updates that give nothing). By jq 1.8 (`jv_delpaths` and `jv_dels`
//! of its `jv_aux.c`), messages included.

use crate::error::Error;
use crate::evaluate::operators::{open_items, open_members, saturate};
use crate::evaluate::place::not_endless;
use crate::evaluate::{Machine, One, access};
use crate::functions::compare;
use crate::value::{Items, Value};

impl<'v> Machine<'v> {
    /// `delpaths(paths)`
    pub(super) fn delete_paths(&self, value: Value<'v>, paths: &Value<'v>) -> One<'v> {
        let Value::Array(paths) = paths else {
            return Err(Error::new("Paths must be specified as an array"));
        };
        self.meter.items(paths.len())?;
        let mut lists = Vec::with_capacity(paths.len());
        // The first one in order that is no list is complained of.
        for path in compare::sort(&self.meter, paths.iter().collect(), |path: &Value<'v>| path)? {
            match path {
                Value::Array(keys) => {
                    not_endless(keys.len())?;
                    lists.push(keys.iter().collect());
                }
                other => {
                    let message = format!("Path must be specified as array, not {}", other.type_name());
                    return Err(Error::new(message));
                }
            }
        }
        self.delete(value, lists)
    }

    /// The value without what stands at these paths.
    pub(super) fn delete(&self, value: Value<'v>, paths: Vec<Vec<Value<'v>>>) -> One<'v> {
        let keyed: Vec<_> = paths.into_iter().map(|path| (Value::array(path.clone()), path)).collect();
        let sorted = compare::sort(&self.meter, keyed, |(key, _): &(Value<'v>, Vec<Value<'v>>)| key)?;
        let paths: Vec<Vec<Value<'v>>> = sorted.into_iter().map(|(_, path)| path).collect();
        match paths.first() {
            None => return Ok(value),
            Some(first) if first.is_empty() => return Ok(Value::Null),
            Some(_) => {}
        }
        let longest = paths.iter().map(Vec::len).max().unwrap_or(0);
        if u64::try_from(longest).unwrap_or(u64::MAX) > self.meter.depth().max(128) {
            return Err(self.meter.too_deep());
        }
        self.delete_below(value, &paths, 0)
    }

    /// The value without these paths, of which it stands at the same `start` first keys.
    fn delete_below(&self, mut value: Value<'v>, paths: &[Vec<Value<'v>>], start: usize) -> One<'v> {
        let mut whole = Vec::new();
        let mut rest = paths;
        while let Some(first) = rest.first() {
            self.meter.steps(1)?;
            let Some(key) = first.get(start) else { break };
            let mut same = 1;
            while let Some(other) = rest.get(same).and_then(|path| path.get(start)) {
                if !other.equals(key, &self.meter)? {
                    break;
                }
                same += 1;
            }
            let (here, after) = rest.split_at_checked(same).unwrap_or((rest, &[]));
            if first.len() == start + 1 {
                // The shortest path comes first: what lies below goes with it.
                whole.push(key.clone());
            } else {
                let part = access::index(&self.meter, &value, key)?;
                if !matches!(part, Value::Null) {
                    let part = self.delete_below(part, here, start + 1)?;
                    value = self.set_path(value, &Value::array(vec![key.clone()]), &part)?;
                }
            }
            rest = after;
        }
        self.delete_keys(value, &whole)
    }

    fn delete_keys(&self, value: Value<'v>, keys: &[Value<'v>]) -> One<'v> {
        if keys.is_empty() {
            return Ok(value);
        }
        match value {
            Value::Null => Ok(Value::Null),
            Value::Array(items) => self.delete_items(items, keys),
            Value::Object(members) => {
                let depth = Value::Object(members.clone()).depth();
                let mut members = open_members(&self.meter, members)?;
                for key in keys {
                    let Value::Text(name) = key else {
                        let message = format!("Cannot delete {} field of object", key.type_name());
                        return Err(Error::new(message));
                    };
                    self.meter.steps(members.len())?;
                    members.shift_remove(name);
                }
                Ok(Value::object_of_depth(members, depth))
            }
            other => Err(Error::new(format!("Cannot delete fields from {}", other.type_name()))),
        }
    }

    fn delete_items(&self, items: Items<'v>, keys: &[Value<'v>]) -> One<'v> {
        let length = items.len();
        let size = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
        self.meter.items(length)?;
        let mut is_kept = vec![true; length];
        for key in keys {
            let (start, end) = match key {
                Value::Number(number) => {
                    let number = number.as_f64();
                    let position = number.trunc() + if number < 0.0 { size } else { 0.0 };
                    if number.is_nan() || position < 0.0 || position >= size {
                        continue;
                    }
                    (saturate(position), saturate(position) + 1)
                }
                Value::Object(slice) => {
                    let (start, end) = access::ends(slice)?;
                    access::bounds(length, &start, &end)?
                }
                other => {
                    let message = format!("Cannot delete {} element of array", other.type_name());
                    return Err(Error::new(message));
                }
            };
            self.meter.steps(end - start)?;
            for kept in is_kept.get_mut(start..end).unwrap_or_default() {
                *kept = false;
            }
        }
        let depth = Value::Array(items.clone()).depth();
        let items = open_items(&self.meter, items)?;
        let kept = items.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(item, _)| item);
        Ok(Value::array_of_depth(kept.collect(), depth))
    }
}
