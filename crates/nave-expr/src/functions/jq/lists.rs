//! Lists as wholes: their sum, order, extremes and shape.

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::compare::{equal, order, sort};
use crate::functions::failure::{cannot_index, type_error, type_error_of_two};
use crate::functions::run::{as_double, as_f64, bounded, count, first, values};
use crate::functions::shape;
use crate::functions::signature::{Call, List, Null, Number, Object};
use crate::functions::{Example, Function};
use crate::types::Type;
use crate::value::Value;

use super::sizes::length;

mod sum;

pub(super) const FUNCTIONS: &[Function] = &[
    sum::ADD,
    Function {
        name: "sort",
        arity: 0,
        parameters: &[],
        summary: "The items in order: null, false, true, numbers, texts, lists, objects.",
        is_jq: true,
        examples: &[
            Example {
                program: "sort",
                input: r#"["b", 10, null, 9, "a"]"#,
                output: r#"[null, 9, 10, "a", "b"]"#,
            },
            Example {
                program: "sort",
                input: r#""ba""#,
                output: r#"error: string ("ba") cannot be sorted, as it is not an array"#,
            },
        ],
        run: |meter, input, _| Ok(Value::array(sorted(meter, input)?)),
        types: |input, arguments| {
            Call::new("sort", input, arguments).input(&[List])?.gives(shape::reordered(input))
        },
    },
    Function {
        name: "unique",
        arity: 0,
        parameters: &[],
        summary: "The items in order, each once.",
        is_jq: true,
        examples: &[Example { program: "unique", input: "[3, 1, 3, 1.0]", output: "[1, 3]" }],
        run: unique,
        types: |input, arguments| {
            let (least, most) = shape::bounds(input);
            let output = shape::list(input.items(), least.min(1), most);
            Call::new("unique", input, arguments).input(&[List])?.gives(output)
        },
    },
    Function {
        name: "min",
        arity: 0,
        parameters: &[],
        summary: "The least item; null of an empty list.",
        is_jq: true,
        examples: &[
            Example { program: "[min, max]", input: "[4, 2, 7]", output: "[2, 7]" },
            Example { program: "min", input: "[]", output: "null" },
            Example {
                program: "min",
                input: "1",
                output: "error: number (1) and number (1) cannot be iterated over",
            },
        ],
        run: |meter, input, _| extreme(meter, input, true),
        types: |input, arguments| {
            Call::new("min", input, arguments).input(&[List])?.gives(item_or_null(input))
        },
    },
    Function {
        name: "max",
        arity: 0,
        parameters: &[],
        summary: "The greatest item; null of an empty list.",
        is_jq: true,
        examples: &[Example {
            program: "max",
            input: r#"["2024-01-31", "2024-02-01"]"#,
            output: r#""2024-02-01""#,
        }],
        run: |meter, input, _| extreme(meter, input, false),
        types: |input, arguments| {
            Call::new("max", input, arguments).input(&[List])?.gives(item_or_null(input))
        },
    },
    Function {
        name: "reverse",
        arity: 0,
        parameters: &[],
        summary: "The items from the last to the first.",
        is_jq: true,
        examples: &[
            Example { program: "reverse", input: "[1, 2, 3]", output: "[3, 2, 1]" },
            Example { program: "reverse", input: "null", output: "[]" },
            Example {
                program: "reverse",
                input: "{\"a\": 1}",
                output: "error: Cannot index object with number (0)",
            },
        ],
        run: reverse,
        types: |input, arguments| {
            // Of null, and of whatever is empty, it gives the empty list.
            let (least, most) = if input.kinds() == [List] { shape::bounds(input) } else { (0, None) };
            let output = shape::list(input.items(), least, most);
            Call::new("reverse", input, arguments).input(&[List, Null])?.gives(output)
        },
    },
    Function {
        name: "flatten",
        arity: 0,
        parameters: &[],
        summary: "The items, and in place of lists among them their items, at every depth.",
        is_jq: true,
        examples: &[Example { program: "flatten", input: "[1, [2, [[3]]], []]", output: "[1, 2, 3]" }],
        run: |meter, input, _| flatten(meter, input, &Value::number(-1.0)),
        types: |input, arguments| {
            Call::new("flatten", input, arguments)
                .input(&[List, Object])?
                .gives(Type::array_of(shape::flat(input, 8)))
        },
    },
    Function {
        name: "flatten",
        arity: 1,
        parameters: &["depth"],
        summary: "The items, and in place of lists among them their items, so many levels down.",
        is_jq: true,
        examples: &[
            Example { program: "flatten(1)", input: "[1, [2, [[3]]]]", output: "[1, 2, [[3]]]" },
            Example {
                program: "flatten(-1)",
                input: "[]",
                output: "error: flatten depth must not be negative",
            },
        ],
        run: |meter, input, arguments| match first(arguments) {
            depth if is_below_zero(depth) => Err(Error::new("flatten depth must not be negative")),
            depth => flatten(meter, input, depth),
        },
        types: |input, arguments| {
            let levels = (0..=8).map(|levels| shape::flat(input, levels));
            let item = Type::union_of(levels);
            Call::new("flatten", input, arguments)
                .input(&[List, Object])?
                .argument(0, &[Number])?
                .gives(Type::array_of(item))
        },
    },
    Function {
        name: "transpose",
        arity: 0,
        parameters: &[],
        summary: "Rows made columns; what a shorter row lacks is null.",
        is_jq: true,
        examples: &[
            Example {
                program: "transpose",
                input: r#"[["net", "tax"], [10]]"#,
                output: r#"[["net", 10], ["tax", null]]"#,
            },
            Example {
                program: "transpose",
                input: "[[1], 2]",
                output: "error: Cannot index number with number (0)",
            },
        ],
        run: transpose,
        types: |input, arguments| {
            let cell = input.values().items().or_null();
            Call::new("transpose", input, arguments)
                .input(&[List, Object])?
                .gives(Type::array_of(Type::array_of(cell)))
        },
    },
    Function {
        name: "bsearch",
        arity: 1,
        parameters: &["value"],
        summary: "The position of a value in a sorted list; where it is not there, -1 less the position it would have.",
        is_jq: true,
        examples: &[
            Example { program: "[bsearch(20, 25)]", input: "[10, 20, 30]", output: "[1, -3]" },
            Example {
                program: "bsearch(1)",
                input: r#""aa""#,
                output: r#"error: string ("aa") cannot be searched from"#,
            },
        ],
        run: search,
        types: |input, arguments| {
            Call::new("bsearch", input, arguments).input(&[List])?.gives(Type::integer())
        },
    },
    Function {
        name: "toarray",
        arity: 0,
        parameters: &[],
        summary: "A list as it is; anything else as a list of itself alone.",
        is_jq: true,
        examples: &[Example {
            program: "map(toarray)",
            input: r#"[["a"], "a"]"#,
            output: r#"[["a"], ["a"]]"#,
        }],
        run: |meter, input, _| match input {
            Value::Array(_) => Ok(input.clone()),
            other => {
                meter.items(1)?;
                bounded(meter, Value::array(vec![other.clone()]))
            }
        },
        types: |input, arguments| {
            let alone = Type::list(vec![input.without(List)]);
            let output = match (input.may_be(List), input.without(List).is_never()) {
                (true, true) => input.clone(),
                (true, false) => input.only(List).union(&alone),
                (false, _) => alone,
            };
            Call::new("toarray", input, arguments).gives(output)
        },
    },
];

fn list<'v, 'a>(input: &'v Value<'a>) -> Result<&'v crate::value::Items<'a>, Error<'a>> {
    match input {
        Value::Array(items) => Ok(items),
        other => Err(type_error(other, "cannot be sorted, as it is not an array")),
    }
}

fn sorted<'a>(meter: &Meter, input: &Value<'a>) -> Result<Vec<Value<'a>>, Error<'a>> {
    let items = list(input)?;
    meter.items(items.len())?;
    sort(meter, items.iter().collect(), |item| item)
}

fn unique<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let mut kept: Vec<Value<'a>> = Vec::new();
    for item in sorted(meter, input)? {
        match kept.last() {
            Some(last) if equal(meter, last, &item)? => {}
            _ => kept.push(item),
        }
    }
    Ok(Value::array(kept))
}

/// Of equal items the first is the least and the last the greatest, as in jq.
fn extreme<'a>(meter: &Meter, input: &Value<'a>, is_least: bool) -> Result<Value<'a>, Error<'a>> {
    let Value::Array(items) = input else {
        return Err(type_error_of_two(input, input, "cannot be iterated over"));
    };
    let mut found: Option<Value<'a>> = None;
    for item in items.iter() {
        let is_better = match &found {
            None => true,
            Some(found) => order(meter, &item, found)?.is_lt() == is_least,
        };
        if is_better {
            found = Some(item);
        }
    }
    Ok(found.unwrap_or(Value::Null))
}

fn item_or_null<'a>(input: &Type<'a>) -> Type<'a> {
    let (least, _) = shape::bounds(input);
    if least == 0 { input.items().or_null() } else { input.items() }
}

/// jq says `[.[length - 1 - range(0; length)]]`: null has length 0, and an empty text, object or zero too.
fn reverse<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    if let Value::Array(items) = input {
        meter.items(items.len())?;
        return Ok(Value::array(items.iter().rev().collect()));
    }
    let length = as_double(&length(input)?).unwrap_or(0.0);
    if length > 0.0 {
        return Err(cannot_index(input, &Value::number(length - 1.0)));
    }
    Ok(Value::array(Vec::new()))
}

/// jq's `$depth < 0`, which null and booleans are too.
fn is_below_zero(depth: &Value<'_>) -> bool {
    depth.order(&Value::number(0.0)).is_lt()
}

fn flatten<'a>(meter: &Meter, input: &Value<'a>, depth: &Value<'a>) -> Result<Value<'a>, Error<'a>> {
    let mut flat = Vec::new();
    let depth = as_double(depth).ok_or(depth);
    for item in values(meter, input)? {
        spread(meter, item, depth, &mut flat)?;
    }
    Ok(Value::array(flat))
}

/// Lists are opened as long as the depth is not zero; it counts down and never meets zero where it began
/// below it or between two numbers.
fn spread<'a>(
    meter: &Meter,
    item: Value<'a>,
    depth: Result<f64, &Value<'a>>,
    flat: &mut Vec<Value<'a>>,
) -> Result<(), Error<'a>> {
    meter.items(1)?;
    match (item, depth) {
        (item @ Value::Array(_), Ok(0.0)) => flat.push(item),
        (Value::Array(items), Ok(depth)) => {
            for item in items.iter() {
                spread(meter, item, Ok(depth - 1.0), flat)?;
            }
        }
        (Value::Array(_), Err(depth)) => {
            return Err(type_error_of_two(depth, &Value::number(1.0), "cannot be subtracted"));
        }
        (item, _) => flat.push(item),
    }
    Ok(())
}

fn transpose<'a>(meter: &Meter, input: &Value<'a>, _: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let rows = values(meter, input)?;
    let mut columns = 0.0_f64;
    for row in &rows {
        columns = columns.max(as_double(&length(row)?).unwrap_or(0.0));
    }
    let mut transposed = Vec::new();
    for position in (0..).take_while(|position| as_f64(*position) < columns) {
        meter.items(rows.len().saturating_add(1))?;
        let cell = |row: &Value<'a>| match row {
            Value::Array(items) => Ok(items.get(position).unwrap_or(Value::Null)),
            Value::Null => Ok(Value::Null),
            other => Err(cannot_index(other, &count(position))),
        };
        transposed.push(Value::array(rows.iter().map(cell).collect::<Result<_, _>>()?));
    }
    Ok(Value::array(transposed))
}

fn search<'a>(meter: &Meter, input: &Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, Error<'a>> {
    let Value::Array(items) = input else {
        return Err(type_error(input, "cannot be searched from"));
    };
    let (mut start, mut end) = (0, items.len());
    while start < end {
        let middle = start + (end - start) / 2;
        let order = order(meter, first(arguments), &items.get(middle).unwrap_or(Value::Null))?;
        match order {
            std::cmp::Ordering::Equal => return Ok(count(middle)),
            std::cmp::Ordering::Less => end = middle,
            std::cmp::Ordering::Greater => start = middle + 1,
        }
    }
    Ok(Value::number(-1.0 - as_f64(start)))
}
