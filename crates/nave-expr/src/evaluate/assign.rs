//! Assignments: every place of the left side is set or updated, one after the other. By jq 1.8
//! (`_assign` and `_modify` of its `builtin.jq`, `jv_set` of its `jv_aux.c`), messages included.

use indexmap::map::Entry;

use crate::ast::{Assignment, Operator};
use crate::compile::node::{AccessKind, Node, Op};
use crate::error::Error;
use crate::evaluate::operators::{open_items, open_members};
use crate::evaluate::path::Key;
use crate::evaluate::place::{Place, not_endless};
use crate::evaluate::{Machine, One, Out, Step, access, operators};
use crate::value::{Items, Members, Text, Value};

/// The greatest position a list may be set at (jq 1.8).
const LAST: f64 = 536_870_911.0;

/// What happens to the value at a place.
type Change<'c, 'v> = &'c mut dyn FnMut(&mut Value<'v>) -> Step<'v>;

impl<'v> Machine<'v> {
    /// An assignment with a right side of one value.
    pub(super) fn assign_value(
        &self,
        node: &'v Node,
        assignment: Assignment,
        sides: &'v (Node, Node),
        input: Value<'v>,
    ) -> One<'v> {
        self.meter.steps(1)?;
        if !node.is_single {
            return self.only(node, &input);
        }
        let right = match assignment {
            Assignment::Update => Value::Null,
            Assignment::Set | Assignment::Arithmetic(_) => self.value(&sides.1, &input)?,
        };
        self.assigned(assignment, sides, &right, input).map_err(|error| error.at(node.span))
    }

    pub(super) fn assign_stream(
        &self,
        node: &'v Node,
        assignment: Assignment,
        sides: &'v (Node, Node),
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        if matches!(assignment, Assignment::Update) {
            return out(self.assign_value(node, assignment, sides, input.clone())?);
        }
        self.stream(&sides.1, input, &mut |right| {
            let assigned = self.assigned(assignment, sides, &right, input.clone());
            out(assigned.map_err(|error| error.at(node.span))?)
        })
    }

    fn assigned(
        &self,
        assignment: Assignment,
        sides: &'v (Node, Node),
        right: &Value<'v>,
        input: Value<'v>,
    ) -> One<'v> {
        let mut deleted = Vec::new();
        let plain = self.plain_keys(&sides.0, &input)?;
        let mut state = input.clone();
        match plain {
            Some(keys) => {
                drop(input);
                state = self.assigned_at(assignment, sides, right, (state, keys), &mut deleted)?;
            }
            None => self.places(&sides.0, &Place::root(&input), &mut |place| {
                let keys = place.keys()?;
                drop(place);
                let before = std::mem::replace(&mut state, Value::Null);
                state = self.assigned_at(assignment, sides, right, (before, keys), &mut deleted)?;
                Ok(())
            })?,
        }
        let state = self.bounded(state)?;
        if deleted.is_empty() { Ok(state) } else { self.delete(state, deleted) }
    }

    /// A value with one place assigned, or as it was and the place to be deleted, where an update gives
    /// nothing.
    fn assigned_at(
        &self,
        assignment: Assignment,
        sides: &'v (Node, Node),
        right: &Value<'v>,
        (value, keys): (Value<'v>, Vec<Value<'v>>),
        deleted: &mut Vec<Vec<Value<'v>>>,
    ) -> One<'v> {
        if matches!(assignment, Assignment::Update) && !sides.1.is_single {
            let mut old = value.clone();
            for key in &keys {
                old = access::index(&self.meter, &old, key)?;
            }
            return match self.first_of(&sides.1, &old)? {
                Some(new) => {
                    drop(old);
                    self.change(value, &keys, &mut |place| {
                        *place = new.clone();
                        Ok(())
                    })
                }
                None => {
                    self.meter.items(1)?;
                    deleted.push(keys);
                    Ok(value)
                }
            };
        }
        self.change(value, &keys, &mut |value| {
            let old = std::mem::replace(value, Value::Null);
            *value = match assignment {
                Assignment::Set => right.clone(),
                Assignment::Update => self.value_of(&sides.1, old)?,
                Assignment::Arithmetic(Operator::Alternative) if old.is_truthy() => old,
                Assignment::Arithmetic(Operator::Alternative) => right.clone(),
                Assignment::Arithmetic(operator) => {
                    operators::binary(&self.meter, operator, old, right.clone())?
                }
            };
            Ok(())
        })
    }

    /// The first value of an update, if there is one.
    fn first_of(&self, update: &'v Node, old: &Value<'v>) -> Result<Option<Value<'v>>, Error<'v>> {
        const FIRST: usize = usize::MAX - 1;
        let mut first = None;
        let done = self.stream(update, old, &mut |value| {
            first = Some(value);
            Err(Error::Break(FIRST))
        });
        super::control::ended(FIRST, done)?;
        Ok(first)
    }

    /// The keys of a left side that is one plain path, for example `.lines[0].price`.
    fn plain_keys(&self, place: &'v Node, input: &Value<'v>) -> Result<Option<Vec<Value<'v>>>, Error<'v>> {
        match &place.op {
            Op::Identity => Ok(Some(Vec::new())),
            Op::Fields(names) => Ok(Some(names.iter().map(|name| Value::Text(Text::Given(name))).collect())),
            Op::Path(None, accesses) if place.is_single => {
                let keys = self.single_keys(accesses, input)?;
                let key =
                    |(access, key): (&'v crate::compile::node::Access, Key<'v>)| match (&access.kind, key) {
                        (AccessKind::Field(name), _) => Value::Text(Text::Given(name)),
                        (_, Key::Index(key)) => key,
                        (_, Key::Slice(from, to)) => access::slice_key(&from, &to),
                        (_, Key::Written) => Value::Null,
                    };
                Ok(Some(accesses.iter().zip(keys).map(key).collect()))
            }
            _ => Ok(None),
        }
    }

    /// A value with another one at the end of a path.
    pub(super) fn set_path(&self, value: Value<'v>, path: &Value<'v>, set: &Value<'v>) -> One<'v> {
        let Value::Array(keys) = path else { return Err(Error::new("Path must be specified as an array")) };
        not_endless(keys.len())?;
        let keys: Vec<Value<'v>> = keys.iter().collect();
        let changed = self.change(value, &keys, &mut |place| {
            *place = set.clone();
            Ok(())
        })?;
        self.bounded(changed)
    }

    /// A value that is changed at the end of a path, in place where nobody else holds it.
    fn change(&self, mut value: Value<'v>, keys: &[Value<'v>], change: Change<'_, 'v>) -> One<'v> {
        if u64::try_from(keys.len()).unwrap_or(u64::MAX) > self.meter.depth().max(128) {
            return Err(self.meter.too_deep());
        }
        self.change_below(&mut value, keys, change)?;
        Ok(value)
    }

    fn change_below(&self, value: &mut Value<'v>, keys: &[Value<'v>], change: Change<'_, 'v>) -> Step<'v> {
        self.meter.steps(1)?;
        let Some((key, rest)) = keys.split_first() else { return change(value) };
        // What cannot be read there cannot be set there: the message is that of reading, as in jq.
        let taken = std::mem::replace(value, Value::Null);
        match (taken, key) {
            (Value::Object(members), Value::Text(name)) => {
                *value = self.change_member(members, name, rest, change)?;
                Ok(())
            }
            (Value::Null, Value::Text(name)) => {
                let empty = Members::Given(empty_members());
                *value = self.change_member(empty, name, rest, change)?;
                Ok(())
            }
            (Value::Array(items), Value::Number(_)) => {
                *value = self.change_item(items, key, rest, change)?;
                Ok(())
            }
            (Value::Null, Value::Number(_)) => {
                *value = self.change_item(Items::Given(&[]), key, rest, change)?;
                Ok(())
            }
            (taken, _) => {
                let mut part = access::index(&self.meter, &taken, key)?;
                self.change_below(&mut part, rest, change)?;
                *value = self.with_slice(taken, key, part)?;
                Ok(())
            }
        }
    }

    fn change_member(
        &self,
        members: Members<'v>,
        name: &Text<'v>,
        rest: &[Value<'v>],
        change: Change<'_, 'v>,
    ) -> One<'v> {
        let depth = Value::Object(members.clone()).depth();
        let mut members = open_members(&self.meter, members)?;
        let below = match members.entry(name.clone()) {
            Entry::Occupied(mut member) => {
                self.change_below(member.get_mut(), rest, change)?;
                member.get().depth()
            }
            Entry::Vacant(place) => {
                self.meter.items(1)?;
                let mut member = Value::Null;
                self.change_below(&mut member, rest, change)?;
                place.insert(member).depth()
            }
        };
        Ok(Value::object_of_depth(members, depth.max(below.saturating_add(1))))
    }

    fn change_item(
        &self,
        items: Items<'v>,
        key: &Value<'v>,
        rest: &[Value<'v>],
        change: Change<'_, 'v>,
    ) -> One<'v> {
        let Value::Number(number) = key else { return Err(Error::new("Cannot set array element")) };
        let depth = Value::Array(items.clone()).depth();
        let mut items = open_items(&self.meter, items)?;
        let number = number.as_f64();
        let length = f64::from(u32::try_from(items.len()).unwrap_or(u32::MAX));
        // What was there is looked at first, and only then where it goes.
        let position = if number.is_nan() {
            f64::NAN
        } else {
            number.trunc() + if number <= -1.0 { length } else { 0.0 }
        };
        let found = (position >= 0.0).then(|| operators::saturate(position));
        if let Some(item) = found.and_then(|position| items.get_mut(position)) {
            self.change_below(item, rest, change)?;
            let below = item.depth();
            return Ok(Value::array_of_depth(items, depth.max(below.saturating_add(1))));
        }
        let mut item = Value::Null;
        self.change_below(&mut item, rest, change)?;
        if position.is_nan() {
            return Err(Error::new("Cannot set array element at NaN index"));
        }
        let Some(position) = found else { return Err(Error::new("Out of bounds negative array index")) };
        if number > LAST {
            return Err(Error::new("Array index too large"));
        }
        self.meter.items((position + 1).saturating_sub(items.len()))?;
        items.resize(position, Value::Null);
        let below = item.depth();
        items.push(item);
        Ok(Value::array_of_depth(items, depth.max(below.saturating_add(1))))
    }

    /// Sets a slice of a list, or says why nothing can be set there.
    fn with_slice(&self, value: Value<'v>, key: &Value<'v>, part: Value<'v>) -> One<'v> {
        let (items, slice) = match (value, key) {
            (Value::Array(items), Value::Object(slice)) => (items, slice),
            (Value::Null, Value::Object(slice)) => (Items::Given(&[][..]), slice),
            (Value::Text(_), Value::Object(_)) => return Err(Error::new("Cannot update string slices")),
            (value, key) => {
                let (by, of) = (key.type_name(), value.type_name());
                return Err(Error::new(format!("Cannot update field at {by} index of {of}")));
            }
        };
        let (start, end) = access::ends(slice)?;
        let (start, end) = access::bounds(items.len(), &start, &end)?;
        let Value::Array(part) = part else {
            return Err(Error::new("A slice of an array can only be assigned another array"));
        };
        let depth = Value::Array(items.clone()).depth().max(Value::Array(part.clone()).depth());
        self.meter.items(part.len())?;
        let mut items = open_items(&self.meter, items)?;
        items.splice(start..end, part.iter());
        Ok(Value::array_of_depth(items, depth))
    }
}

/// No members, for all time.
fn empty_members() -> &'static serde_json::Map<String, serde_json::Value> {
    static EMPTY: std::sync::LazyLock<serde_json::Map<String, serde_json::Value>> =
        std::sync::LazyLock::new(serde_json::Map::new);
    &EMPTY
}
