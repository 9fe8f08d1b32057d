//! Paths as places: what `path(f)`, `del`, `pick` and the assignments need to know of an expression is
//! not only its values but where in the input they stand. By jq 1.8 (`execute.c`): every expression may
//! stand in a path, and a value counts as a place for as long as it is the very one that stands there.

use std::rc::Rc;

use crate::compile::node::{Access, AccessKind, Node, Op};
use crate::error::Error;
use crate::evaluate::control::{caught, ended, passing};
use crate::evaluate::path::Key;
use crate::evaluate::{Machine, Step, access};
use crate::forms::Primitive;
use crate::value::{Text, Value, shortened};

/// Steps a path may have. Values are far less deep.
const STEPS: usize = 1_000;

/// A value and where it stands.
#[derive(Clone)]
pub(super) struct Place<'v> {
    path: Option<Rc<Path<'v>>>,
    /// What stands at the path; the value, unless it was calculated.
    there: Value<'v>,
    pub(super) value: Value<'v>,
}

struct Path<'v> {
    before: Option<Rc<Path<'v>>>,
    key: Value<'v>,
    length: usize,
}

/// Where places go.
pub(super) type Places<'o, 'v> = &'o mut dyn FnMut(Place<'v>) -> Step<'v>;

impl<'v> Place<'v> {
    /// The whole input.
    pub(super) fn root(input: &Value<'v>) -> Self {
        Place { path: None, there: input.clone(), value: input.clone() }
    }

    /// The same place with another value, which is none of that place unless it is the very same.
    fn with(&self, value: Value<'v>) -> Self {
        Place { path: self.path.clone(), there: self.there.clone(), value }
    }

    fn is_intact(&self) -> bool {
        self.value.is_same(&self.there)
    }

    fn below(&self, key: Value<'v>, value: Value<'v>) -> Result<Self, Error<'v>> {
        let length = self.path.as_ref().map_or(0, |path| path.length) + 1;
        if length > STEPS {
            return Err(Error::Limit { what: "steps of a path", most: 1_000 });
        }
        let path = Path { before: self.path.clone(), key, length };
        Ok(Place { path: Some(Rc::new(path)), there: value.clone(), value })
    }

    /// The keys that lead to it.
    ///
    /// # Errors
    /// The value does not stand anywhere.
    pub(super) fn keys(&self) -> Result<Vec<Value<'v>>, Error<'v>> {
        if !self.is_intact() {
            let message = format!("Invalid path expression with result {}", shortened(&self.value));
            return Err(Error::new(message));
        }
        let mut keys = Vec::new();
        let mut rest = &self.path;
        while let Some(path) = rest {
            keys.push(path.key.clone());
            rest = &path.before;
        }
        keys.reverse();
        Ok(keys)
    }
}

impl<'v> Machine<'v> {
    /// Hands every place of a node to what comes next.
    pub(super) fn places(&self, node: &'v Node, from: &Place<'v>, out: Places<'_, 'v>) -> Step<'v> {
        self.meter.steps(1)?;
        self.deeper(|| match &node.op {
            Op::Identity => out(from.clone()),
            Op::Fields(names) => self.field_places(node, names, from, out),
            Op::Path(base, accesses) => self.path_places(base.as_deref(), accesses, from, out),
            Op::Pipe(stages) => self.pipe_places(stages, from, out),
            Op::Comma(items) => items.iter().try_for_each(|item| self.places(item, from, &mut *out)),
            Op::If(branches, otherwise) => self.if_places(branches, otherwise.as_deref(), from, out),
            Op::Alternative(sides) => self.alternative_places(sides, from, out),
            Op::Try(body, handler) => self.try_places(body, handler.as_deref(), from, out),
            Op::Label(label, body) => ended(*label, self.places(body, from, out)),
            Op::Bind(bind) => self.stream(&bind.source, &from.value, &mut |source| {
                self.each_binding(bind, &source, &mut || self.places(&bind.body, from, out))
            }),
            Op::Reduce(_) | Op::Foreach(_) => self.fold_places(node, from, out),
            Op::Primitive(primitive, label, arguments) => {
                self.primitive_places(node, *primitive, (*label, arguments), from, out)
            }
            // All else calculates its value.
            _ => self.stream(node, &from.value, &mut |value| out(from.with(value))),
        })
    }

    fn field_places(
        &self,
        node: &'v Node,
        names: &'v [String],
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        let mut place = from.clone();
        for name in names {
            let key = Value::Text(Text::Given(name));
            intact(&place, &key).map_err(|error| error.at(node.span))?;
            let value = access::field(&place.value, name).map_err(|error| error.at(node.span))?;
            place = place.below(key, value)?;
        }
        out(place)
    }

    fn path_places(
        &self,
        base: Option<&'v Node>,
        accesses: &'v [Access],
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        self.each_keys(accesses, &from.value, &mut |keys| match base {
            Some(base) => self.places(base, from, &mut |place| self.below_all(accesses, keys, &place, out)),
            None => self.below_all(accesses, keys, from, out),
        })
    }

    fn below_all(
        &self,
        accesses: &'v [Access],
        keys: &[Key<'v>],
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        let mut place = from.clone();
        for (position, (access, key)) in accesses.iter().zip(keys).enumerate() {
            if matches!(access.kind, AccessKind::Iterate) {
                let rest = accesses.get(position + 1..).unwrap_or_default();
                let keys = keys.get(position + 1..).unwrap_or_default();
                return self.each_place(access, &place, &mut |place| {
                    self.deeper(|| self.below_all(rest, keys, &place, out))
                });
            }
            let path_key = match (&access.kind, key) {
                (AccessKind::Field(name), _) => Value::Text(Text::Given(name)),
                (_, Key::Index(key)) => key.clone(),
                (_, Key::Slice(from, to)) => access::slice_key(from, to),
                (_, Key::Written) => Value::Null,
            };
            intact(&place, &path_key).map_err(|error| error.at(access.span))?;
            match self.take(access, key, &place.value) {
                Ok(value) => place = place.below(path_key, value)?,
                Err(Error::Raised { .. }) if access.is_optional => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        out(place)
    }

    fn each_place(&self, access: &'v Access, from: &Place<'v>, out: Places<'_, 'v>) -> Step<'v> {
        if !from.is_intact() {
            let near = shortened(&from.value);
            let message = format!("Invalid path expression near attempt to iterate through {near}");
            return Err(Error::new(message).at(access.span));
        }
        match &from.value {
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.meter.steps(1)?;
                    out(from.below(super::operators::count(position), item)?)?;
                }
                Ok(())
            }
            Value::Object(members) => {
                for (name, value) in members.iter() {
                    self.meter.steps(1)?;
                    out(from.below(Value::Text(name), value)?)?;
                }
                Ok(())
            }
            _ if access.is_optional => Ok(()),
            other => Err(access::cannot_iterate(other).at(access.span)),
        }
    }

    fn pipe_places(&self, stages: &'v [Node], from: &Place<'v>, out: Places<'_, 'v>) -> Step<'v> {
        match stages.split_first() {
            None => out(from.clone()),
            Some((last, [])) => self.places(last, from, out),
            Some((first, rest)) => self.places(first, from, &mut |place| self.pipe_places(rest, &place, out)),
        }
    }

    fn if_places(
        &self,
        branches: &'v [(Node, Node)],
        otherwise: Option<&'v Node>,
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return match otherwise {
                Some(otherwise) => self.places(otherwise, from, out),
                None => out(from.clone()),
            };
        };
        self.stream(condition, &from.value, &mut |is_met| {
            if is_met.is_truthy() {
                self.places(then, from, out)
            } else {
                self.deeper(|| self.if_places(rest, otherwise, from, out))
            }
        })
    }

    fn alternative_places(&self, sides: &'v (Node, Node), from: &Place<'v>, out: Places<'_, 'v>) -> Step<'v> {
        let mut is_found = false;
        self.places(&sides.0, from, &mut |place| {
            if !place.value.is_truthy() {
                return Ok(());
            }
            is_found = true;
            out(place)
        })?;
        if is_found { Ok(()) } else { self.places(&sides.1, from, out) }
    }

    fn try_places(
        &self,
        body: &'v Node,
        handler: Option<&'v Node>,
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        let done = self.places(body, from, &mut |place| out(place).map_err(passing));
        match (caught(done)?, handler) {
            (Some(value), Some(handler)) => self.places(handler, &from.with(value), out),
            _ => Ok(()),
        }
    }

    /// `reduce` and `foreach`: a step's place is that of the item it is taken for.
    fn fold_places(&self, node: &'v Node, from: &Place<'v>, out: Places<'_, 'v>) -> Step<'v> {
        let (fold, is_reduce) = match &node.op {
            Op::Reduce(fold) => (fold, true),
            Op::Foreach(fold) => (fold, false),
            _ => return Ok(()),
        };
        self.places(&fold.init, from, &mut |init| {
            let mut state = init.value.clone();
            self.places(&fold.source, &from.with(from.value.clone()), &mut |item| {
                self.match_pattern(&fold.source, &fold.pattern, &item.value, &mut || {
                    let before = item.with(std::mem::replace(&mut state, Value::Null));
                    self.places(&fold.update, &before, &mut |next| {
                        state = next.value.clone();
                        match &fold.extract {
                            _ if is_reduce => Ok(()),
                            Some(extract) => self.places(extract, &next, out),
                            None => out(next),
                        }
                    })
                })
            })?;
            if is_reduce { out(init.with(std::mem::replace(&mut state, Value::Null))) } else { Ok(()) }
        })
    }

    fn primitive_places(
        &self,
        node: &'v Node,
        primitive: Primitive,
        (label, arguments): (usize, &'v [Node]),
        from: &Place<'v>,
        out: Places<'_, 'v>,
    ) -> Step<'v> {
        match (primitive, arguments) {
            (Primitive::First, [of]) => ended(
                label,
                self.places(of, from, &mut |place| {
                    out(place)?;
                    Err(Error::Break(label))
                }),
            ),
            (Primitive::Limit, [count, of]) => self.stream(count, &from.value, &mut |count| {
                self.limited(node, label, &count, &mut |take| {
                    self.places(of, from, &mut |place| take(&mut || out(place.clone())))
                })
            }),
            (Primitive::Skip, [count, of]) => self.stream(count, &from.value, &mut |count| {
                self.skipping(node, &count, &mut |take| {
                    self.places(of, from, &mut |place| take(&mut || out(place.clone())))
                })
            }),
            (Primitive::Nth, [count, of]) => self.stream(count, &from.value, &mut |count| {
                self.numbered(node, label, &count, &mut |take| {
                    self.places(of, from, &mut |place| take(&mut || out(place.clone())))
                })
            }),
            (Primitive::GetPath, [path]) => self.stream(path, &from.value, &mut |path| {
                let value = self.get_path(&from.value, &path).map_err(|error| error.at(node.span))?;
                if !from.is_intact() {
                    return out(from.with(value));
                }
                let mut place = from.clone();
                if let Value::Array(keys) = &path {
                    for key in keys.iter() {
                        place = place.below(key, Value::Null)?;
                    }
                }
                out(Place { path: place.path, there: value.clone(), value })
            }),
            // Everything else calculates its value, or none.
            _ => self.primitive(node, primitive, (label, arguments), &from.value, &mut |value| {
                out(from.with(value))
            }),
        }
    }

    /// The value at the end of a path.
    pub(super) fn get_path(&self, value: &Value<'v>, path: &Value<'v>) -> Result<Value<'v>, Error<'v>> {
        let Value::Array(keys) = path else { return Err(Error::new("Path must be specified as an array")) };
        not_endless(keys.len())?;
        self.meter.steps(keys.len())?;
        let mut value = value.clone();
        for key in keys.iter() {
            value = access::index(&self.meter, &value, &key)?;
        }
        Ok(value)
    }
}

/// jq refuses longer paths, and `try` catches that; budgets, which nothing catches, refuse most paths long
/// before.
pub(super) fn not_endless<'v>(length: usize) -> Result<(), Error<'v>> {
    if length > 10_000 { Err(Error::new("Path too deep")) } else { Ok(()) }
}

/// Whether something may be taken from a place.
fn intact<'v>(place: &Place<'v>, key: &Value<'v>) -> Result<(), Error<'v>> {
    if place.is_intact() {
        return Ok(());
    }
    let (key, near) = (shortened(key), shortened(&place.value));
    Err(Error::new(format!("Invalid path expression near attempt to access element {key} of {near}")))
}
