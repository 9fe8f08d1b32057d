//! Templates of messages: a subject line and a text, with `${…}` expressions of the mapping language
//! over a call's arguments, and beside it the same as HTML where a file says so. Reading files and
//! sending are left to others.
//!
//! A template `welcome` is the file `templates/welcome.txt` of a connector's folder:
//!
//! ```text
//! Subject: Welcome, ${.name // "and thank you"}
//!
//! Your manager is ${.manager // "the office"}.
//! ```
//!
//! and, where there is one, `templates/welcome.html`, whose values are escaped as HTML.

use std::collections::BTreeMap;

use nave_expr::ast::{Kind, Part};
use nave_expr::check::{Scope, check, infer};
use nave_expr::compile::Program;
use nave_expr::types::Type;
use nave_expr::{Budget, Diagnostic, Expr, Span};
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use serde_json::Value;

use crate::schema::typed::argument_type;
use crate::{Connector, Operation};

/// What the first line of a template begins with.
const SUBJECT: &str = "Subject:";

/// What filling one template may use: a message is not a database.
const BUDGET: Budget = Budget { steps: 1_000_000, depth: 64, bytes: 8 << 20 };

/// A template, ready to be filled.
#[derive(Debug)]
pub struct Template {
    subject: Text,
    text: Text,
    html: Option<Text>,
}

/// A filled template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
}

/// A part of a template, and where in its file it begins.
#[derive(Debug)]
struct Text {
    file: String,
    /// Lines before it, and characters before it on its first line.
    before: (u32, u32),
    source: String,
    tree: Expr,
    program: Program,
}

/// A file of the folder `templates`.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The path, for problems.
    pub path: &'a str,
    /// Its content.
    pub text: &'a str,
}

impl Template {
    /// Reads a template from its text and, where there is one, its HTML.
    ///
    /// # Errors
    /// There is no subject line, or an expression cannot be read; each with its place.
    pub fn read(text: File<'_>, html: Option<File<'_>>) -> Result<Template, Fault> {
        let subject = text.text.strip_prefix(SUBJECT);
        let Some((line, rest)) = subject.map(|rest| rest.split_once('\n').unwrap_or((rest, ""))) else {
            let at = At { line: Some(1), column: Some(1), ..At::file(text.path) };
            let message = format!("`{}` does not begin with its subject", text.path);
            return Err(Fault::new(codes::MANIFEST_INVALID, message)
                .with_at(at)
                .with_hint("begin it with a line `Subject: …`, then an empty line, then the text"));
        };
        let spaces = line.len() - line.trim_start().len();
        let indent = u32::try_from(SUBJECT.len() + spaces).unwrap_or(u32::MAX);
        // The empty line belongs to neither.
        let (skipped, body) = match rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
            Some(body) => (2, body),
            None => (1, rest),
        };
        let parts = [
            Text::read(text.path, (0, indent), line.trim(), None),
            Text::read(text.path, (skipped, 0), body, None),
        ];
        let html = html.map(|html| Text::read(html.path, (0, 0), html.text, Some("html"))).transpose();
        let (mut good, mut problems) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Ok(part) => good.push(part),
                Err(found) => problems.extend(found),
            }
        }
        let html = html.unwrap_or_else(|found| {
            problems.extend(found);
            None
        });
        match (good.pop(), good.pop()) {
            (Some(text), Some(subject)) if problems.is_empty() => Ok(Template { subject, text, html }),
            _ => Err(Fault::from_problems(&format!("`{}`", text.path), problems)),
        }
    }

    /// Puts a call's arguments into the template.
    ///
    /// # Errors
    /// An expression fails on these arguments, with its place, or uses more than a message may.
    pub fn fill(&self, arguments: &Value) -> Result<Filled, Fault> {
        Ok(Filled {
            subject: self.subject.fill(arguments)?,
            text: self.text.fill(arguments)?,
            html: self.html.as_ref().map(|html| html.fill(arguments)).transpose()?,
        })
    }

    /// What does not fit the arguments of an operation: fields it does not have, and values that may be
    /// missing and would stand as `null` in the message.
    pub fn check(&self, connector: &Connector, operation: &Operation) -> Vec<Problem> {
        let scope = Scope {
            input: argument_type(connector, operation),
            input_name: format!("the arguments of `{}.{}`", connector.name, operation.name),
            variables: Vec::new(),
        };
        let parts = [&self.subject, &self.text].into_iter().chain(&self.html);
        parts.flat_map(|part| part.check(&scope)).collect()
    }
}

impl Text {
    fn read(
        file: &str,
        before: (u32, u32),
        source: &str,
        escape: Option<&str>,
    ) -> Result<Text, Vec<Problem>> {
        let parsed = nave_expr::template::parse(source).and_then(|mut tree| {
            if let Kind::Interpolation { format, .. } = &mut tree.kind {
                *format = escape.map(str::to_owned);
            }
            let program = Program::from_expr(source, &tree, &[])?;
            Ok((tree, program))
        });
        let file = file.to_owned();
        match parsed {
            Ok((tree, program)) => Ok(Text { file, before, source: source.to_owned(), tree, program }),
            Err(found) => {
                Err(found.iter().map(|diagnostic| problem(&file, before, source, diagnostic)).collect())
            }
        }
    }

    fn fill(&self, arguments: &Value) -> Result<String, Fault> {
        match self.program.one(arguments, &[], BUDGET) {
            Ok(Value::String(text)) => Ok(text),
            // The tree of a template is a text or an interpolation, and both give texts.
            Ok(other) => Ok(other.to_string()),
            Err(mut fault) => {
                let at = fault.at.take().unwrap_or_default();
                let place = moved(self.before, (at.line.unwrap_or(1), at.column.unwrap_or(1)));
                Err(fault.with_at(At { line: Some(place.0), column: Some(place.1), ..At::file(&self.file) }))
            }
        }
    }

    fn check(&self, scope: &Scope<'_>) -> Vec<Problem> {
        let mut found = check(&self.tree, scope, &Type::text(), "the message").diagnostics;
        found.retain(|diagnostic| !diagnostic.is_warning);
        if let Kind::Interpolation { parts, .. } = &self.tree.kind {
            for part in parts {
                let Part::Expr(part) = part else { continue };
                let inferred = infer(part, scope);
                if inferred.is_accepted() && !inferred.ty.is_unknown() && inferred.ty.may_be_null() {
                    let source = part.span.text(&self.source);
                    let message = format!("`{source}` may be missing, and the message would say `null`");
                    let hint = format!("give a default: `${{{source} // \"…\"}}`");
                    found.push(Diagnostic::error(codes::MAPPING_NULL, part.span, message).hint(hint));
                }
            }
        }
        found.iter().map(|diagnostic| problem(&self.file, self.before, &self.source, diagnostic)).collect()
    }
}

/// The templates of a folder, from its files: path and content, in any order.
///
/// # Errors
/// A file is no template, or HTML stands without its text.
pub fn read_all<'a>(files: impl IntoIterator<Item = File<'a>>) -> Result<BTreeMap<String, Template>, Fault> {
    let mut named: BTreeMap<&str, [Option<File<'a>>; 2]> = BTreeMap::new();
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or(file.path);
        let (name, slot) = match (name.strip_suffix(".txt"), name.strip_suffix(".html")) {
            (Some(name), _) => (name, 0),
            (None, Some(name)) => (name, 1),
            (None, None) => return Err(foreign(file.path)),
        };
        if let Some(place) = named.entry(name).or_default().get_mut(slot) {
            *place = Some(file);
        }
    }
    let mut templates = BTreeMap::new();
    for (name, files) in named {
        match files {
            [Some(text), html] => {
                templates.insert(name.to_owned(), Template::read(text, html)?);
            }
            [None, html] => return Err(foreign(html.map_or(name, |html| html.path))),
        }
    }
    Ok(templates)
}

fn foreign(path: &str) -> Fault {
    Fault::new(codes::MANIFEST_INVALID, format!("`{path}` is not a template"))
        .with_at(At::file(path))
        .with_hint("a template is a file `NAME.txt`, and beside it `NAME.html` where it has HTML")
}

fn problem(file: &str, before: (u32, u32), source: &str, diagnostic: &Diagnostic) -> Problem {
    let Span { start, end } = diagnostic.span;
    let (line, column) = moved(before, diagnostic.span.place(source));
    let width = end.saturating_sub(start).max(1);
    let at = At { line: Some(line), column: Some(column), width: Some(width), ..At::file(file) };
    let problem = Problem::new(diagnostic.code, at, diagnostic.message.clone());
    match &diagnostic.hint {
        Some(hint) => problem.hint(hint.clone()),
        None => problem,
    }
}

/// A place in a part as a place in its file.
fn moved((lines, characters): (u32, u32), (line, column): (u32, u32)) -> (u32, u32) {
    let column = if line == 1 { column.saturating_add(characters) } else { column };
    (line.saturating_add(lines), column)
}

#[cfg(test)]
mod tests;
