//! `stable_id`: a short identity that is the same wherever it is worked out.

use super::sha256::{fixed, hexadecimal};
use crate::functions::run::make_text;
use crate::functions::signature::Call;
use crate::functions::{Example, Function};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "stable_id",
    arity: 0,
    parameters: &[],
    summary: "The first 16 digits of the value's `sha256`: an identity for records that have none. Among a million values two share one with a chance of one in 37 million.",
    is_jq: false,
    examples: &[
        Example { program: "stable_id", input: r#"["erp", 42]"#, output: r#""5bed01cf2c9d593c""# },
        Example { program: "stable_id", input: r#""abc""#, output: r#""ba7816bf8f01cfea""# },
    ],
    run: |meter, input, _| {
        let digits = hexadecimal(meter, input)?;
        make_text(meter, digits.get(..16).unwrap_or_default())
    },
    types: |input, arguments| Call::new("stable_id", input, arguments).gives(fixed(16)),
}];
