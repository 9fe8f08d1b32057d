//! Everything that may give no value or several.

use crate::compile::node::{Node, Op};
use crate::evaluate::{Machine, Out, Step};
use crate::value::Value;

impl<'v> Machine<'v> {
    pub(super) fn several(&self, node: &'v Node, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        self.meter.steps(1)?;
        match &node.op {
            Op::Path(base, accesses) => self.path_stream(base.as_deref(), accesses, input, out),
            Op::Pipe(stages) => self.pipe_stream(stages, input, out),
            Op::Comma(items) => {
                for item in items {
                    self.stream(item, input, out)?;
                }
                Ok(())
            }
            Op::If(branches, otherwise) => self.if_stream(branches, otherwise.as_deref(), input, out),
            Op::Bind(bind) => self.bind_stream(bind, input, out),
            Op::Primitive(primitive, label, arguments) => {
                self.primitive(node, *primitive, (*label, arguments), input, out)
            }
            Op::Object(entries) => self.object(node, entries, input, out),
            Op::Try(body, handler) => self.try_stream(body, handler.as_deref(), input, out),
            Op::Alternative(sides) => self.alternative_stream(sides, input, out),
            _ => self.rarer_stream(node, input, out),
        }
    }

    fn rarer_stream(&self, node: &'v Node, input: &Value<'v>, out: Out<'_, 'v>) -> Step<'v> {
        match &node.op {
            Op::Binary(operator, sides) => self.binary_stream(node, *operator, sides, input, out),
            Op::And(sides) => self.logic_stream(sides, input, true, out),
            Op::Or(sides) => self.logic_stream(sides, input, false, out),
            Op::Negate(of) => self.negate_stream(node, of, input, out),
            Op::Interpolation(format, pieces) => self.interpolation_stream(node, *format, pieces, input, out),
            Op::Function(function, arguments) => self.call_stream(node, function, arguments, input, out),
            Op::Match(primitive, matcher, replacement) => {
                self.match_stream(node, *primitive, (matcher, replacement.as_deref()), input, out)
            }
            Op::Assign(assignment, sides) => self.assign_stream(node, *assignment, sides, input, out),
            Op::Reduce(fold) => self.reduce(fold, input, out),
            Op::Foreach(fold) => self.foreach(fold, input, out),
            Op::Label(label, body) => self.label(*label, body, input, out),
            Op::Break(label) => Err(crate::error::Error::Break(*label)),
            // What gives exactly one value has been dealt with before it comes here.
            _ => out(self.value(node, input)?),
        }
    }
}
