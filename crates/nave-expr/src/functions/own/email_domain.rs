//! `email_domain`: whose an e-mail address is.

use super::email::parts;
use crate::functions::run::make_text;
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "email_domain",
    arity: 0,
    parameters: &[],
    summary: "The domain of an e-mail address in lower case; the address must be one that `email` takes.",
    is_jq: false,
    examples: &[
        Example { program: "email_domain", input: r#""jo@Example.COM""#, output: r#""example.com""# },
        Example { program: "email_domain", input: "null", output: "error: null (null) is no e-mail address" },
    ],
    run: |meter, input, _| make_text(meter, parts(input)?.1),
    types: |input, arguments| Call::new("email_domain", input, arguments).input(&[Text])?.gives(Type::text()),
}];
