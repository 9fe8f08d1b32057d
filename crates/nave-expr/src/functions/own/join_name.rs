//! `join_name`: a person's name from its parts.

use super::split_name::{PARTS, follows_directly, part};
use crate::functions::failure::type_error;
use crate::functions::run::make_text;
use crate::functions::signature::{Call, Object};
use crate::functions::{Example, Function};
use crate::types::{Kind, Type};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "join_name",
    arity: 0,
    parameters: &[],
    summary: "The name that `{given, middle, family, prefix, suffix}` make, parts that are null or missing left out; a degree stands behind a comma.",
    is_jq: false,
    examples: &[
        Example {
            program: "join_name",
            input: r#"{"given": "Maria", "family": "de la Cruz", "prefix": "Dr.", "suffix": "Jr."}"#,
            output: r#""Dr. Maria de la Cruz Jr.""#,
        },
        Example {
            program: "join_name",
            input: r#"{"given": "Jo", "middle": null, "family": "Doe", "suffix": "PhD"}"#,
            output: r#""Jo Doe, PhD""#,
        },
        Example {
            program: "join_name",
            input: r#"{"given": 7}"#,
            output: "error: number (7) is no text for the given of a name",
        },
    ],
    run: |meter, input, _| {
        let Value::Object(members) = input else { return Err(type_error(input, "has no parts of a name")) };
        let mut parts = Vec::new();
        for name in ["prefix", "given", "middle", "family"] {
            parts.extend(part(name, members.get(name))?);
        }
        let mut joined = parts.join(" ");
        if let Some(suffix) = part("suffix", members.get("suffix"))? {
            let between = match (joined.is_empty(), follows_directly(&suffix)) {
                (true, _) => "",
                (false, true) => " ",
                (false, false) => ", ",
            };
            joined = format!("{joined}{between}{suffix}");
        }
        make_text(meter, joined)
    },
    types: |input, arguments| {
        let mut call = Call::new("join_name", input, arguments).input(&[Object])?;
        for name in PARTS {
            let part = input.field(name).value;
            if !part.is_unknown()
                && part.kinds().iter().any(|kind| !matches!(kind, Kind::Null | Kind::String))
            {
                call.warn(format!("`join_name` fails where `{name}` is no text"));
            }
        }
        call.gives(Type::text())
    },
}];
