//! `slug`: a name for addresses and keys.

use crate::functions::failure::type_error;
use crate::functions::letters::each_plain;
use crate::functions::run::{as_text, make_text};
use crate::functions::signature::{Call, Text};
use crate::functions::{Example, Function};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "slug",
    arity: 0,
    parameters: &[],
    summary: "The letters and digits of a text in lower case, with one hyphen for whatever stands between them. Latin letters lose their marks; letters of other scripts stay.",
    is_jq: false,
    examples: &[
        Example {
            program: "slug",
            input: r#""  Ångström & Söhne, GmbH ""#,
            output: r#""angstrom-sohne-gmbh""#,
        },
        Example { program: "slug", input: r#""Straße Nr. 5""#, output: r#""strasse-nr-5""# },
        Example { program: "slug", input: r#""!""#, output: r#""""# },
    ],
    run: |meter, input, _| {
        let text = as_text(input).ok_or_else(|| type_error(input, "is no text to make a slug of"))?;
        meter.bytes(text.len())?;
        let mut slug = String::new();
        each_plain(text, |letter| match letter {
            Some(letter) => slug.push_str(letter),
            None if slug.is_empty() || slug.ends_with('-') => {}
            None => slug.push('-'),
        });
        let kept = slug.trim_end_matches('-').len();
        slug.truncate(kept);
        make_text(meter, slug)
    },
    types: |input, arguments| Call::new("slug", input, arguments).input(&[Text])?.gives(Type::text()),
}];
