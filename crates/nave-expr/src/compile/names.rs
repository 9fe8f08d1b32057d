//! What is said of a name that means nothing: where, and which name is nearest.

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::{forms, functions};

/// No function has this name and number of arguments. `is_head` says that fields are taken from what
/// it gives, as in `customer.name`.
pub(super) fn unknown_function(
    name: &str,
    arity: usize,
    is_head: bool,
    span: Span,
    whole: &str,
) -> Diagnostic {
    let all = || functions::all().map(|known| (known.name, known.arity)).chain(forms::names());
    let mut arities: Vec<usize> = all().filter(|(known, _)| *known == name).map(|(_, arity)| arity).collect();
    arities.sort_unstable();
    arities.dedup();
    if !arities.is_empty() {
        let message = format!("`{name}` does not take {}", counted(arity));
        let forms: Vec<String> = arities.into_iter().map(|arity| shape(name, arity)).collect();
        let hint = format!("there is {}", forms.join(" and "));
        return Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint);
    }
    let message = format!("there is no function `{name}`");
    let near = did_you_mean(name, all().map(|(known, _)| known).collect::<std::collections::BTreeSet<_>>());
    let hint = match near {
        Some(near) if !is_head => Some(near),
        _ if arity == 0 => Some(format!("for the field, write `.{whole}`; for a text, `\"{name}\"`")),
        near => near,
    };
    Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint)
}

/// No variable has this name here.
pub(super) fn unknown_variable<'n>(
    name: &str,
    known: impl Iterator<Item = &'n str>,
    span: Span,
) -> Diagnostic {
    let message = format!("there is no variable `${name}` here");
    // Variables of sugar have names nobody can write.
    let known: std::collections::BTreeSet<&str> = known.filter(|name| !name.starts_with('*')).collect();
    let near = nave_model::similar::nearest(name, known.iter().copied(), 1);
    let hint = match near.first() {
        Some(near) => Some(format!("did you mean `${near}`?")),
        None if known.is_empty() => None,
        None => {
            let names: Vec<String> = known.iter().map(|name| format!("`${name}`")).collect();
            Some(format!("there is {}", names.join(", ")))
        }
    };
    Diagnostic::error(codes::EXPRESSION_NAME, span, message).hint(hint)
}

fn counted(arity: usize) -> String {
    match arity {
        0 => "no arguments here".to_owned(),
        1 => "one argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// `name(a; b)`, as it is written.
fn shape(name: &str, arity: usize) -> String {
    let letters: Vec<String> = ('a'..='z').take(arity).map(String::from).collect();
    if letters.is_empty() { format!("`{name}`") } else { format!("`{name}({})`", letters.join("; ")) }
}
