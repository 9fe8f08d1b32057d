//! Paths as values: `.a.b`, `.items[0].price`, `.lines[]`, `.[1:3]`. Paths as places stand in `place.rs`.

use crate::compile::node::{Access, AccessKind, Node};
use crate::error::Error;
use crate::evaluate::{Machine, One, Out, Step, access};
use crate::value::Value;

/// The evaluated key of a step.
#[derive(Clone)]
pub(super) enum Key<'v> {
    /// The step has none to evaluate.
    Written,
    Index(Value<'v>),
    Slice(Value<'v>, Value<'v>),
}

impl<'v> Machine<'v> {
    pub(super) fn fields(&self, node: &'v Node, names: &'v [String], input: &Value<'v>) -> One<'v> {
        let Some((first, rest)) = names.split_first() else { return Ok(input.clone()) };
        let mut value = access::field(input, first).map_err(|error| error.at(node.span))?;
        for name in rest {
            self.meter.steps(1)?;
            value = access::field(&value, name).map_err(|error| error.at(node.span))?;
        }
        Ok(value)
    }

    pub(super) fn path_value(
        &self,
        base: Option<&'v Node>,
        accesses: &'v [Access],
        input: &Value<'v>,
    ) -> One<'v> {
        let keys = self.single_keys(accesses, input)?;
        let mut value = match base {
            Some(base) => self.value(base, input)?,
            None => input.clone(),
        };
        for (access, key) in accesses.iter().zip(keys) {
            value = self.take(access, &key, &value)?;
        }
        Ok(value)
    }

    /// The keys of steps, each of which is one value. The last one is evaluated first, as in jq.
    pub(super) fn single_keys(
        &self,
        accesses: &'v [Access],
        input: &Value<'v>,
    ) -> Result<Vec<Key<'v>>, Error<'v>> {
        let mut keys = Vec::with_capacity(accesses.len());
        for access in accesses.iter().rev() {
            keys.push(self.single_key(access, input)?);
        }
        keys.reverse();
        Ok(keys)
    }

    fn single_key(&self, access: &'v Access, input: &Value<'v>) -> Result<Key<'v>, Error<'v>> {
        let bound = |node: &'v Option<Node>| match node {
            Some(node) => self.value(node, input),
            None => Ok(Value::Null),
        };
        Ok(match &access.kind {
            AccessKind::Field(_) | AccessKind::Iterate => Key::Written,
            AccessKind::Index(key) => Key::Index(self.value(key, input)?),
            AccessKind::Slice(from, to) => {
                let from = bound(from)?;
                Key::Slice(from, bound(to)?)
            }
        })
    }

    /// One step that takes one part.
    pub(super) fn take(&self, access: &'v Access, key: &Key<'v>, value: &Value<'v>) -> One<'v> {
        self.meter.steps(1)?;
        let taken = match (&access.kind, key) {
            (AccessKind::Field(name), _) => access::field(value, name),
            (_, Key::Index(key)) => access::index(&self.meter, value, key),
            (_, Key::Slice(from, to)) => access::slice(&self.meter, value, from, to),
            (_, Key::Written) => Ok(value.clone()),
        };
        taken.map_err(|error| error.at(access.span))
    }

    pub(super) fn path_stream(
        &self,
        base: Option<&'v Node>,
        accesses: &'v [Access],
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.each_keys(accesses, input, &mut |keys| match base {
            Some(base) => self.stream(base, input, &mut |value| self.take_all(accesses, keys, &value, out)),
            None => self.take_all(accesses, keys, input, out),
        })
    }

    /// Every combination of keys; the last step's keys are the outer loop.
    pub(super) fn each_keys(
        &self,
        accesses: &'v [Access],
        input: &Value<'v>,
        out: &mut dyn FnMut(&[Key<'v>]) -> Step<'v>,
    ) -> Step<'v> {
        if accesses.iter().all(has_one_key) {
            return out(&self.single_keys(accesses, input)?);
        }
        let mut keys = vec![Key::Written; accesses.len()];
        self.keys_before(accesses, input, &mut keys, out)
    }

    /// Every combination of the keys of these first steps.
    fn keys_before(
        &self,
        accesses: &'v [Access],
        input: &Value<'v>,
        keys: &mut Vec<Key<'v>>,
        out: &mut dyn FnMut(&[Key<'v>]) -> Step<'v>,
    ) -> Step<'v> {
        let mut rest = accesses;
        while let Some((access, before)) = rest.split_last() {
            let position = before.len();
            let set = |keys: &mut Vec<Key<'v>>, key| {
                if let Some(place) = keys.get_mut(position) {
                    *place = key;
                }
            };
            if has_one_key(access) {
                set(keys, self.single_key(access, input)?);
                rest = before;
                continue;
            }
            return match &access.kind {
                AccessKind::Index(key) => self.stream(key, input, &mut |key| {
                    set(keys, Key::Index(key));
                    self.deeper(|| self.keys_before(before, input, keys, out))
                }),
                AccessKind::Slice(from, to) => self.bound(from.as_ref(), input, &mut |from| {
                    self.bound(to.as_ref(), input, &mut |to| {
                        set(keys, Key::Slice(from.clone(), to));
                        self.deeper(|| self.keys_before(before, input, keys, out))
                    })
                }),
                AccessKind::Field(_) | AccessKind::Iterate => Ok(()),
            };
        }
        out(keys)
    }

    fn bound(&self, node: Option<&'v Node>, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        match node {
            Some(node) => self.stream(node, input, out),
            None => out(Value::Null),
        }
    }

    fn take_all(
        &self,
        accesses: &'v [Access],
        keys: &[Key<'v>],
        value: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut value = value.clone();
        for (position, (access, key)) in accesses.iter().zip(keys).enumerate() {
            if matches!(access.kind, AccessKind::Iterate) {
                let rest = accesses.get(position + 1..).unwrap_or_default();
                let keys = keys.get(position + 1..).unwrap_or_default();
                return self.each_part(access, &value, &mut |part| {
                    if rest.is_empty() {
                        return out(part);
                    }
                    self.deeper(|| self.take_all(rest, keys, &part, out))
                });
            }
            match self.take(access, key, &value) {
                Ok(taken) => value = taken,
                Err(Error::Raised { .. }) if access.is_optional => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        out(value)
    }

    /// `[]`: all items, or the values of all members.
    pub(super) fn each_part(&self, access: &'v Access, value: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        match value {
            Value::Array(items) => {
                for item in items.iter() {
                    self.meter.steps(1)?;
                    out(item)?;
                }
                Ok(())
            }
            Value::Object(members) => {
                for (_, member) in members.iter() {
                    self.meter.steps(1)?;
                    out(member)?;
                }
                Ok(())
            }
            _ if access.is_optional => Ok(()),
            other => Err(access::cannot_iterate(other).at(access.span)),
        }
    }
}

/// Whether a step's key is one value, or none.
fn has_one_key(access: &Access) -> bool {
    let one = |node: &Option<Node>| node.as_ref().is_none_or(|node| node.is_single);
    match &access.kind {
        AccessKind::Field(_) | AccessKind::Iterate => true,
        AccessKind::Index(key) => key.is_single,
        AccessKind::Slice(from, to) => one(from) && one(to),
    }
}
