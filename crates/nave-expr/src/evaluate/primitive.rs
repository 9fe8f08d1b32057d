//! The primitive forms, one after the other. By jq 1.8 (`builtin.jq`), messages included.

use std::cmp::Ordering;

use crate::ast::Operator;
use crate::compile::node::Node;
use crate::error::Error;
use crate::evaluate::control::ended;
use crate::evaluate::operators::unfit_both;
use crate::evaluate::place::Place;
use crate::evaluate::{Machine, Out, Step, format, operators};
use crate::forms::Primitive;
use crate::functions::compare;
use crate::value::{Number, Value};

/// Counts a value: hands it on, drops it, or ends the stream.
pub(super) type Take<'t, 'v> = &'t mut dyn FnMut(&mut dyn FnMut() -> Step<'v>) -> Step<'v>;

impl<'v> Machine<'v> {
    pub(super) fn primitive(
        &self,
        node: &'v Node,
        primitive: Primitive,
        (label, arguments): (usize, &'v [Node]),
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        match (primitive, arguments) {
            (Primitive::Empty, _) => Ok(()),
            (Primitive::Error, _) => Err(Error::Raised { value: input.clone(), span: Some(node.span) }),
            (Primitive::Path, [of]) => self.places(of, &Place::root(input), &mut |place| {
                let keys = place.keys().map_err(|error| error.at(node.span))?;
                self.meter.items(keys.len())?;
                out(Value::array(keys))
            }),
            (Primitive::Paths, _) => self.paths(input, &mut Vec::new(), None, out),
            (Primitive::PathsWhere, [of]) => self.paths(input, &mut Vec::new(), Some(of), out),
            (Primitive::GetPath | Primitive::SetPath | Primitive::DeletePaths | Primitive::Format, _) => {
                let mut values = vec![Value::Null; arguments.len()];
                self.each_arguments(arguments, input, &mut values, &mut |values| {
                    out(self.at_path(primitive, input, values).map_err(|error| error.at(node.span))?)
                })
            }
            (Primitive::First, [of]) => ended(
                label,
                self.stream(of, input, &mut |value| {
                    out(value)?;
                    Err(Error::Break(label))
                }),
            ),
            (Primitive::Last, [of]) => {
                let mut last = None;
                self.stream(of, input, &mut |value| {
                    last = Some(value);
                    Ok(())
                })?;
                last.map_or(Ok(()), out)
            }
            (Primitive::Limit | Primitive::Skip | Primitive::Nth, [count, of]) => {
                self.stream(count, input, &mut |count| {
                    self.counted(node, primitive, label, &count, of, input, out)
                })
            }
            (Primitive::IsEmpty | Primitive::Any | Primitive::All, [of, rest @ ..]) => {
                out(self.quantified(primitive, (label, of, rest.first()), input)?)
            }
            (Primitive::Range, [from, upto]) => self.stream(from, input, &mut |from| {
                self.stream(upto, input, &mut |upto| self.range(node, &from, &upto, out))
            }),
            (Primitive::RangeBy, [from, upto, by]) => self.stream(from, input, &mut |from| {
                self.stream(upto, input, &mut |upto| {
                    self.stream(by, input, &mut |by| self.range_by(node, from.clone(), &upto, &by, out))
                })
            }),
            (
                Primitive::SortBy
                | Primitive::GroupBy
                | Primitive::UniqueBy
                | Primitive::MinBy
                | Primitive::MaxBy,
                [key],
            ) => out(self.by_keys(node, primitive, key, input)?),
            (Primitive::Walk, [of]) => self.walk(of, input, out),
            (Primitive::Combinations, _) => self.combinations(node, input, out),
            (Primitive::CombinationsOf, [count]) => self.combinations_of(node, count, input, out),
            (Primitive::ToStream, _) => self.to_stream(input, &mut Vec::new(), out),
            // Arguments are as many as the list of forms says.
            _ => Ok(()),
        }
    }

    fn at_path(
        &self,
        primitive: Primitive,
        input: &Value<'v>,
        arguments: &[Value<'v>],
    ) -> Result<Value<'v>, Error<'v>> {
        match (primitive, arguments) {
            (Primitive::GetPath, [path]) => self.get_path(input, path),
            (Primitive::SetPath, [path, value]) => self.set_path(input.clone(), path, value),
            (Primitive::DeletePaths, [paths]) => self.delete_paths(input.clone(), paths),
            (_, [name, ..]) => format::named(&self.meter, name, input),
            _ => Ok(Value::Null),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a counted stream is made of")]
    fn counted(
        &self,
        node: &'v Node,
        primitive: Primitive,
        label: usize,
        count: &Value<'v>,
        of: &'v Node,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut run = |take: Take<'_, 'v>| {
            self.stream(of, input, &mut |value| {
                let mut value = Some(value);
                take(&mut || value.take().map_or(Ok(()), &mut *out))
            })
        };
        match primitive {
            Primitive::Limit => self.limited(node, label, count, &mut run),
            Primitive::Skip => self.skipping(node, count, &mut run),
            _ => self.numbered(node, label, count, &mut run),
        }
    }

    /// `limit(count; f)`, where `run` runs `f`.
    pub(super) fn limited(
        &self,
        node: &'v Node,
        label: usize,
        count: &Value<'v>,
        run: &mut dyn FnMut(Take<'_, 'v>) -> Step<'v>,
    ) -> Step<'v> {
        match self.against_zero(count)? {
            Ordering::Less => Err(Error::new("limit doesn't support negative count").at(node.span)),
            Ordering::Equal => Ok(()),
            Ordering::Greater => {
                let mut left = counter(count);
                let done = run(&mut |emit| {
                    left = less_one(node, count, left)?;
                    emit()?;
                    if left.is_some_and(|left| left <= 0.0) { Err(Error::Break(label)) } else { Ok(()) }
                });
                ended(label, done)
            }
        }
    }

    /// `skip(count; f)`, where `run` runs `f`.
    pub(super) fn skipping(
        &self,
        node: &'v Node,
        count: &Value<'v>,
        run: &mut dyn FnMut(Take<'_, 'v>) -> Step<'v>,
    ) -> Step<'v> {
        match self.against_zero(count)? {
            Ordering::Less => Err(Error::new("skip doesn't support negative count").at(node.span)),
            Ordering::Equal => run(&mut |emit| emit()),
            Ordering::Greater => {
                let mut left = counter(count);
                run(&mut |emit| {
                    left = less_one(node, count, left)?;
                    if left.is_some_and(|left| left < 0.0) { emit() } else { Ok(()) }
                })
            }
        }
    }

    /// `nth(count; f)`, where `run` runs `f`.
    pub(super) fn numbered(
        &self,
        node: &'v Node,
        label: usize,
        count: &Value<'v>,
        run: &mut dyn FnMut(Take<'_, 'v>) -> Step<'v>,
    ) -> Step<'v> {
        if self.against_zero(count)?.is_lt() {
            return Err(Error::new("nth doesn't support negative indices").at(node.span));
        }
        let done = self.skipping(node, count, &mut |take| {
            run(&mut |emit| {
                take(&mut || {
                    emit()?;
                    Err(Error::Break(label))
                })
            })
        });
        ended(label, done)
    }

    fn against_zero(&self, count: &Value<'v>) -> Result<Ordering, Error<'v>> {
        compare::order(&self.meter, count, &Value::number(0.0))
    }

    /// `isempty`, `any` and `all`: the stream ends as soon as the answer is known.
    fn quantified(
        &self,
        primitive: Primitive,
        (label, of, condition): (usize, &'v Node, Option<&'v Node>),
        input: &Value<'v>,
    ) -> Result<Value<'v>, Error<'v>> {
        let mut is_settled = false;
        let mut settle = |is_settling: bool| {
            is_settled |= is_settling;
            if is_settling { Err(Error::Break(label)) } else { Ok(()) }
        };
        let done = self.stream(of, input, &mut |value| match condition {
            None => settle(true),
            Some(condition) => self.stream(condition, &value, &mut |is_met| {
                settle(is_met.is_truthy() == (primitive == Primitive::Any))
            }),
        });
        ended(label, done)?;
        Ok(Value::Bool(is_settled == (primitive == Primitive::Any)))
    }

    fn range(&self, node: &'v Node, from: &Value<'v>, upto: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        let (Value::Number(first), Value::Number(end)) = (from, upto) else {
            return Err(Error::new("Range bounds must be numeric").at(node.span));
        };
        let (mut number, end) = (first.as_f64(), end.as_f64());
        let mut value = from.clone();
        loop {
            // What is no number never reaches the end, as in jq; the budget does.
            if number >= end {
                return Ok(());
            }
            self.meter.steps(1)?;
            out(value)?;
            number += 1.0;
            value = Value::number(number);
        }
    }

    fn range_by(
        &self,
        node: &'v Node,
        from: Value<'v>,
        upto: &Value<'v>,
        by: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let direction = self.against_zero(by)?.reverse();
        let mut value = from;
        while direction.is_ne() && compare::order(&self.meter, &value, upto)? == direction {
            out(value.clone())?;
            value = operators::binary(&self.meter, Operator::Add, value, by.clone())
                .map_err(|error| error.at(node.span))?;
        }
        Ok(())
    }
}

/// What is left of a count, if it is a number.
fn counter(count: &Value<'_>) -> Option<f64> {
    match count {
        Value::Number(number) => Some(number.as_f64()),
        _ => None,
    }
}

/// One less, or why that cannot be: the first value of the stream finds out, as in jq.
fn less_one<'v>(node: &'v Node, count: &Value<'v>, left: Option<f64>) -> Result<Option<f64>, Error<'v>> {
    match left {
        Some(left) => Ok(Some(left - 1.0)),
        None => {
            let one = Value::Number(Number::Double(1.0));
            Err(unfit_both(count, &one, "cannot be subtracted").at(node.span))
        }
    }
}
