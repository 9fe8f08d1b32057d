//! Faults and problems as text, in the form compilers use: code, message, place, hint.

use nave_model::{At, Code, Fault, Problem};

use crate::output::{Output, Style};

mod excerpt;

/// Gives a file's content, for the line a problem stands in.
pub(crate) type Read<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Problems shown of one fault; the first of them lead to the others.
const MOST: usize = 20;

/// A fault with all its problems, for stderr.
pub(crate) fn fault(output: &Output, fault: &Fault) -> String {
    let paint = |style: Style, text: &str| output.err(style, text);
    let label = (Style::Error, "error");
    if fault.problems.is_empty() {
        let mut text = head(&paint, label, fault.code, &fault.message);
        if let Some(at) = &fault.at {
            text.push_str(&place(&paint, at));
        }
        if let Some(hint) = &fault.hint {
            text.push_str(&advice(&paint, hint));
        }
        if let Some(wait) = fault.retry_after_ms {
            text.push_str(&advice(&paint, &format!("try again in {:.1} s", seconds(wait))));
        }
        return text;
    }
    let mut text = String::new();
    for problem in fault.problems.iter().take(MOST) {
        text.push_str(&one(&paint, label, problem));
    }
    if let Some(more) = fault.problems.len().checked_sub(MOST).filter(|more| *more > 0) {
        text.push_str(&format!("and {more} more problems\n"));
    }
    text
}

/// One problem, without the line it stands in.
pub(crate) fn one(paint: &dyn Fn(Style, &str) -> String, label: (Style, &str), problem: &Problem) -> String {
    shown(paint, label, problem, &|_| None)
}

/// One problem, with the line it stands in.
pub(crate) fn shown(
    paint: &dyn Fn(Style, &str) -> String,
    label: (Style, &str),
    problem: &Problem,
    read: Read<'_>,
) -> String {
    let mut text = head(paint, label, problem.code, &problem.message);
    text.push_str(&place(paint, &problem.at));
    if let Some(bytes) = problem.at.file.as_deref().and_then(read) {
        let line = excerpt::excerpt(paint, &problem.at, &String::from_utf8_lossy(&bytes));
        text.push_str(&line.unwrap_or_default());
    }
    if let Some(hint) = &problem.hint {
        text.push_str(&advice(paint, hint));
    }
    text
}

fn head(
    paint: &dyn Fn(Style, &str) -> String,
    (style, word): (Style, &str),
    code: Code,
    message: &str,
) -> String {
    let label = paint(style, &format!("{word}[{code}]"));
    format!("{label}: {}\n", paint(Style::Strong, message))
}

fn place(paint: &dyn Fn(Style, &str) -> String, at: &At) -> String {
    let place = match (&at.file, at.to_string()) {
        (_, place) if place.is_empty() => return String::new(),
        (Some(_), place) => place,
        (None, place) => format!("arguments {place}"),
    };
    format!("  {} {place}\n", paint(Style::Dim, "-->"))
}

fn advice(paint: &dyn Fn(Style, &str) -> String, hint: &str) -> String {
    format!("  {} {hint}\n", paint(Style::Hint, "hint:"))
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;

    use super::*;

    #[test]
    fn a_problem_reads_like_a_compiler_message() {
        let at = At { line: Some(3), column: Some(1), ..At::file("connections/erp.yaml") };
        let wrong = Problem::new(codes::CONNECTION_INVALID, at, "unknown key `adress`")
            .hint("did you mean `address`?");
        let plain = |_: Style, text: &str| text.to_owned();
        assert_eq!(
            one(&plain, (Style::Error, "error"), &wrong),
            "error[E-CONNECTION-INVALID]: unknown key `adress`\n  --> connections/erp.yaml:3:1\n  \
             hint: did you mean `address`?\n"
        );
    }

    #[test]
    fn a_place_without_a_file_is_in_the_arguments() {
        let plain = |_: Style, text: &str| text.to_owned();
        assert_eq!(place(&plain, &At::pointer("/amuont")), "  --> arguments /amuont\n");
        assert_eq!(place(&plain, &At::default()), "");
    }
}
