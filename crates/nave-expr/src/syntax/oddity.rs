//! What may run and is hardly ever meant. Those who show an expression's diagnostics show these too.

use nave_model::fault::codes;

use super::walk;
use crate::ast::{Expr, Kind, Part};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Placeholders of other languages: how they open, and how they close.
const PLACEHOLDERS: [(&str, &str); 2] = [("${", "}"), ("{{", "}}")];

/// Warnings about an expression that can be read.
pub fn oddities(expr: &Expr) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    walk::everything(expr, &mut |inner| match &inner.kind {
        Kind::Text(text) => warnings.extend(placeholder(text, inner.span)),
        Kind::Interpolation { parts, .. } => {
            for part in parts {
                if let Part::Text(text) = part {
                    warnings.extend(placeholder(text, inner.span));
                }
            }
        }
        _ => {}
    });
    warnings
}

fn placeholder(text: &str, span: Span) -> Option<Diagnostic> {
    PLACEHOLDERS.iter().find_map(|(open, close)| {
        let (_, behind) = text.split_once(open)?;
        let (inner, _) = behind.split_once(close)?;
        let message = format!("`{open}{inner}{close}` is plain text here");
        let hint = format!("a value is put into a text by `\\({})`", inner.trim());
        Some(Diagnostic::warning(codes::EXPRESSION_SYNTAX, span, message).hint(hint))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let warnings = oddities(&parse(source).unwrap());
        let found: Vec<String> = warnings
            .iter()
            .map(|warning| format!("{}: {}", warning.span.text(source), warning.hint.as_deref().unwrap()))
            .collect();
        assert_eq!(found, expected);
        assert!(warnings.iter().all(|warning| warning.is_warning));
    }

    #[test]
    fn placeholders_of_other_languages_are_odd() {
        check(r#""Dear ${ .name }""#, &[r#""Dear ${ .name }": a value is put into a text by `\(.name)`"#]);
        check(r#"[{a: "{{name}}"}]"#, &[r#""{{name}}": a value is put into a text by `\(name)`"#]);
        check(
            r#""Dear \(.name), ${.x}!""#,
            &[r#""Dear \(.name), ${.x}!": a value is put into a text by `\(.x)`"#],
        );
        check(r#""costs $5 {net}", "{a: {b}}", "${""#, &[]);
    }
}
