//! Calls of functions on values: every combination of the arguments' values, the last argument being the
//! outer loop, as of jq's built-in functions.

use crate::compile::node::Node;
use crate::evaluate::{Machine, One, Out, Step};
use crate::functions::Function;
use crate::value::Value;

impl<'v> Machine<'v> {
    pub(super) fn call_value(
        &self,
        node: &'v Node,
        function: &'static Function,
        arguments: &'v [Node],
        input: &Value<'v>,
    ) -> One<'v> {
        match arguments {
            [] => self.invoke(node, function, input, &[]),
            [only] => self.invoke(node, function, input, &[self.value(only, input)?]),
            [first, second] => {
                let second = self.value(second, input)?;
                self.invoke(node, function, input, &[self.value(first, input)?, second])
            }
            more => {
                let mut values = Vec::with_capacity(more.len());
                for argument in more.iter().rev() {
                    values.push(self.value(argument, input)?);
                }
                values.reverse();
                self.invoke(node, function, input, &values)
            }
        }
    }

    fn invoke(
        &self,
        node: &'v Node,
        function: &'static Function,
        input: &Value<'v>,
        arguments: &[Value<'v>],
    ) -> One<'v> {
        let given = function.call(&self.meter, input, arguments);
        given.and_then(|value| self.bounded(value)).map_err(|error| error.at(node.span))
    }

    pub(super) fn call_stream(
        &self,
        node: &'v Node,
        function: &'static Function,
        arguments: &'v [Node],
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut values = vec![Value::Null; arguments.len()];
        self.each_arguments(arguments, input, &mut values, &mut |values| {
            out(self.invoke(node, function, input, values)?)
        })
    }

    /// Every combination of values of these first arguments.
    pub(super) fn each_arguments(
        &self,
        arguments: &'v [Node],
        input: &Value<'v>,
        values: &mut [Value<'v>],
        out: &mut dyn FnMut(&[Value<'v>]) -> Step<'v>,
    ) -> Step<'v> {
        let Some((last, before)) = arguments.split_last() else { return out(values) };
        self.stream(last, input, &mut |value| {
            if let Some(place) = values.get_mut(before.len()) {
                *place = value;
            }
            self.each_arguments(before, input, values, out)
        })
    }
}
