//! `sha256`: a value's fingerprint.

use sha2::{Digest, Sha256};

use crate::budget::Meter;
use crate::error::Error;
use crate::functions::json::write_canonical;
use crate::functions::run::make_text;
use crate::functions::signature::Call;
use crate::functions::{Example, Function};
use crate::types::{Texts, Type};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "sha256",
    arity: 0,
    parameters: &[],
    summary: "The SHA-256 of a text's UTF-8 bytes, in 64 hexadecimal digits. Of anything else it is that of its canonical JSON: names sorted, no spaces, numbers in their shortest exact form (RFC 8785, with all digits).",
    is_jq: false,
    examples: &[
        Example {
            program: "sha256",
            input: r#""abc""#,
            output: r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
        },
        Example {
            program: "sha256",
            input: r#"{"b": 1.0, "a": 2}"#,
            output: r#""d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772""#,
        },
    ],
    run: |meter, input, _| {
        let digits = hexadecimal(meter, input)?;
        make_text(meter, digits)
    },
    types: |input, arguments| Call::new("sha256", input, arguments).gives(fixed(64)),
}];

/// The 64 digits.
///
/// # Errors
/// The JSON text is longer than the budget allows.
pub(super) fn hexadecimal<'a>(meter: &Meter, value: &Value<'_>) -> Result<String, Error<'a>> {
    let mut json = String::new();
    let bytes = match value {
        Value::Text(text) => text.as_str(),
        other => {
            write_canonical(other, meter, &mut json)?;
            json.as_str()
        }
    };
    meter.steps(bytes.len() / 64)?;
    let digest = Sha256::digest(bytes.as_bytes());
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A text of so many characters.
pub(super) fn fixed<'a>(length: u64) -> Type<'a> {
    let texts = Texts { least: length, most: Some(length), ..Texts::default() };
    Type { texts: Some(texts), ..Type::default() }
}
