//! `chunk`: a list in parts that a system takes at once.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::failure::type_error;
use crate::functions::run::{as_double, bounded, first, index};
use crate::functions::signature::{Call, List, Number};
use crate::functions::{Example, Function, shape};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "chunk",
    arity: 1,
    parameters: &["size"],
    summary: "The items in lists of so many, the last of which may be shorter.",
    is_jq: false,
    examples: &[
        Example { program: "chunk(2)", input: "[1, 2, 3, 4, 5]", output: "[[1, 2], [3, 4], [5]]" },
        Example { program: "chunk(2)", input: "[]", output: "[]" },
        Example { program: "chunk(0)", input: "[1]", output: "error: number (0) is no number of items" },
    ],
    run: chunk,
    types: |input, arguments| {
        let most = arguments.first().and_then(|most| most.numbers.as_ref()?.highest());
        let most = most.filter(|most| *most >= 1.0).and_then(index).map(|most| most as u64);
        let (least, _) = shape::bounds(input);
        let part = shape::list(input.items(), 1, most);
        Call::new("chunk", input, arguments).input(&[List])?.argument(0, &[Number])?.gives(shape::list(
            part,
            least.min(1),
            None,
        ))
    },
}];

fn chunk<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let Value::Array(items) = input else { return Err(type_error(input, "is no list to divide")) };
    let most = as_double(first(arguments)).and_then(index).filter(|most| *most > 0);
    let most = most.ok_or_else(|| type_error(first(arguments), "is no number of items"))?;
    meter.items(items.len().saturating_mul(2))?;
    let items: Vec<Value<'a>> = items.iter().collect();
    bounded(meter, Value::array(items.chunks(most).map(|part| Value::array(part.to_vec())).collect()))
}
