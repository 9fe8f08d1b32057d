//! Runs a program on a value. Values flow forward: whoever makes one hands it to what comes next, so that
//! streams need no storage. Parts that give exactly one value, which are most, simply return it.
//!
//! Order of evaluation is jq 1.8's: of an operator's or function's operands the last one is the outer
//! loop, keys of a path are evaluated before what they are taken from, members of an object in their
//! order. Nothing recurses deeper than the program and the values are, and both are bounded.

use std::cell::{Cell, RefCell};

use serde_json::Value as Json;

use crate::budget::{Budget, Meter};
use crate::compile::Program;
use crate::compile::node::{Node, Op};
use crate::error::Error;
use crate::value::Value;

mod access;
mod assign;
mod bind;
mod construct;
mod control;
mod delete;
pub(crate) mod format;
mod invoke;
mod json;
mod matching;
pub(crate) mod operators;
mod path;
mod place;
mod primitive;
mod sorting;
mod stream;
mod walk;

/// Streams inside streams: far more than any mapping has, and few enough for the smallest stack.
const STREAMS: u32 = 160;

type Step<'v> = Result<(), Error<'v>>;
type One<'v> = Result<Value<'v>, Error<'v>>;
/// Where values go.
type Out<'o, 'v> = &'o mut dyn FnMut(Value<'v>) -> Step<'v>;

/// Hands every value that comes out to `out`, as JSON.
pub(crate) fn outputs<'v>(
    program: &'v Program,
    input: &'v Json,
    variables: &[&'v Json],
    budget: Budget,
    mut out: impl FnMut(Json) -> Step<'v>,
) -> Step<'v> {
    let mut slots = vec![Value::Null; program.slots];
    for (slot, value) in slots.iter_mut().zip(variables).take(program.given) {
        *slot = Value::from(*value);
    }
    let machine = Machine { meter: Meter::new(budget), slots: RefCell::new(slots), streams: Cell::new(0) };
    let input = Value::from(input);
    machine.json_stream(&program.root, &input, &mut out)
}

/// A run of a program.
struct Machine<'v> {
    meter: Meter,
    /// Values of variables. A slot belongs to one place in the program, and no place is entered again
    /// before it is left, since nothing in the language recurses.
    slots: RefCell<Vec<Value<'v>>>,
    streams: Cell<u32>,
}

impl<'v> Machine<'v> {
    /// The value of a node that gives exactly one.
    fn value(&self, node: &'v Node, input: &Value<'v>) -> One<'v> {
        self.meter.steps(1)?;
        match &node.op {
            Op::Identity => Ok(input.clone()),
            Op::Constant(value) => Ok(Value::from(value)),
            Op::Variable(slot) => Ok(self.variable(*slot)),
            Op::Fields(names) => self.fields(node, names, input),
            Op::Path(base, accesses) => self.path_value(base.as_deref(), accesses, input),
            Op::Binary(operator, sides) => self.binary_value(node, *operator, sides, input),
            Op::Pipe(stages) => self.pipe_value(stages, input),
            Op::Record(entries) => self.record(entries, input),
            Op::Array(items) => self.array(items.as_deref(), input),
            Op::Function(function, arguments) => self.call_value(node, function, arguments, input),
            Op::If(branches, otherwise) => self.if_value(branches, otherwise.as_deref(), input),
            _ => self.rarer_value(node, input),
        }
    }

    /// The rest of them, so that the frames of the frequent ones stay small.
    fn rarer_value(&self, node: &'v Node, input: &Value<'v>) -> One<'v> {
        match &node.op {
            Op::And(sides) => self.logic_value(sides, input, true),
            Op::Or(sides) => self.logic_value(sides, input, false),
            Op::Alternative(sides) => self.alternative_value(sides, input),
            Op::Interpolation(format, pieces) => self.interpolation_value(node, *format, pieces, input),
            Op::Format(format) => {
                format::apply(&self.meter, *format, input).map_err(|error| error.at(node.span))
            }
            Op::Negate(of) => operators::negate(&self.value(of, input)?).map_err(|error| error.at(node.span)),
            Op::Match(primitive, matcher, _) => self.match_value(node, *primitive, matcher, input),
            Op::Bind(bind) => self.bind_value(bind, input),
            // What gives one value at most is asked for the one it has.
            _ => self.only(node, input),
        }
    }

    /// The value of a node that gives one, of an input that nobody else needs, so that lists and objects
    /// which grow step by step are changed in place.
    fn value_of(&self, node: &'v Node, input: Value<'v>) -> One<'v> {
        match &node.op {
            Op::Identity => self.meter.steps(1).map(|()| input),
            Op::Pipe(stages) => {
                let mut value = input;
                for stage in stages {
                    value = self.value_of(stage, value)?;
                }
                Ok(value)
            }
            Op::Binary(operator, sides) => {
                self.meter.steps(1)?;
                let right = self.value(&sides.1, &input)?;
                let left = self.value_of(&sides.0, input)?;
                operators::binary(&self.meter, *operator, left, right)
                    .and_then(|value| self.bounded(value))
                    .map_err(|error| error.at(node.span))
            }
            Op::If(branches, otherwise) => match self.branch(branches, otherwise.as_deref(), &input)? {
                Some(branch) => self.value_of(branch, input),
                None => Ok(input),
            },
            Op::Assign(assignment, sides) => self.assign_value(node, *assignment, sides, input),
            _ => self.value(node, &input),
        }
    }

    /// Hands every value of a node to what comes next.
    fn stream(&self, node: &'v Node, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        if node.is_single {
            return out(self.value(node, input)?);
        }
        self.deeper(|| self.several(node, input, out))
    }

    /// The one value of a node that is known to give one and whose op is evaluated as a stream.
    fn only(&self, node: &'v Node, input: &Value<'v>) -> One<'v> {
        let mut only = None;
        self.deeper(|| {
            self.several(node, input, &mut |value| {
                only = Some(value);
                Ok(())
            })
        })?;
        Ok(only.unwrap_or(Value::Null))
    }

    fn variable(&self, slot: usize) -> Value<'v> {
        self.slots.borrow().get(slot).cloned().unwrap_or(Value::Null)
    }

    fn set_variable(&self, slot: usize, value: Value<'v>) {
        let old = self.slots.borrow_mut().get_mut(slot).map(|place| std::mem::replace(place, value));
        drop(old);
    }

    /// Goes one stream deeper.
    fn deeper<T>(&self, inner: impl FnOnce() -> Result<T, Error<'v>>) -> Result<T, Error<'v>> {
        let streams = self.streams.get();
        if streams >= STREAMS {
            return Err(Error::Limit { what: "streams inside streams", most: u64::from(STREAMS) });
        }
        self.streams.set(streams + 1);
        let done = inner();
        self.streams.set(streams);
        done
    }

    /// A value that was made, unless it is too deep.
    fn bounded(&self, value: Value<'v>) -> One<'v> {
        if u64::from(value.depth()) > self.meter.depth() {
            return Err(self.meter.too_deep());
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
