//! `nave eval`: an expression of the mapping language, checked against the shapes of both sides, and
//! evaluated on a value.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use nave_connector::Connector;
use nave_expr::check::{Count, Inferred, Presence, Scope, Variable};
use nave_expr::types::Type;
use nave_expr::{Budget, Diagnostic, Expr, Program};
use nave_model::fault::codes;
use nave_model::{At, Fault, Problem};
use nave_project::{Project, names, shapes};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Ended;
use crate::folder;
use crate::output::Style;

/// Options of `nave eval`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    nave eval mapping.jq --input deal.json --from hubspot.get_deal --to erp.create_project\n  \
    nave eval -e '.amount * 100' --input '{\"amount\": 19.99}'\n\n\
    The language is described in docs/mapping-language.md.")]
pub(crate) struct Eval {
    /// File that holds the expression; - for stdin
    #[arg(value_name = "FILE", required_unless_present = "expression")]
    file: Option<String>,
    /// The expression itself
    #[arg(long, short = 'e', value_name = "EXPRESSION", conflicts_with = "file")]
    expression: Option<String>,
    /// The input: JSON, @FILE or FILE, or - for stdin [default: only check]
    #[arg(long, short = 'i', value_name = "JSON|FILE|-")]
    input: Option<String>,
    /// A variable: NAME=JSON
    #[arg(long = "variable", value_name = "NAME=JSON")]
    variables: Vec<String>,
    /// What the input is: an operation whose answer it is, an event, or a schema
    #[arg(long, value_name = "CONNECTOR.NAME")]
    from: Option<String>,
    /// What must come out: an operation whose arguments it is, an event, or a schema
    #[arg(long, value_name = "CONNECTOR.NAME")]
    to: Option<String>,
}

impl Eval {
    pub(crate) fn run(self, context: &Context) -> Result<Ended, Fault> {
        let (name, source) = self.source()?;
        let variables = self.variables()?;
        let project = context.project()?;
        let expr = match nave_expr::syntax::parse(&source) {
            Ok(expr) => expr,
            Err(diagnostics) => return self.refuse(context, (&name, &source), &diagnostics),
        };
        let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
        let program = match Program::from_expr(&source, &expr, &names) {
            Ok(program) => program,
            Err(diagnostics) => return self.refuse(context, (&name, &source), &diagnostics),
        };
        let sides = Sides::find(&project, self.from.as_deref(), self.to.as_deref())?;
        let mut inferred = sides.check(&expr, &variables)?;
        inferred.diagnostics.extend(nave_expr::syntax::oddities(&expr));
        let is_accepted = inferred.is_accepted();
        if !inferred.diagnostics.is_empty() {
            let shown = self.refuse(context, (&name, &source), &inferred.diagnostics)?;
            if !is_accepted {
                return Ok(shown);
            }
        }
        match &self.input {
            None => tell(context, &inferred),
            Some(input) => run(context, &program, &value(input)?, &variables).map_err(|mut fault| {
                if let Some(at) = &mut fault.at {
                    at.file = Some(name);
                }
                fault
            }),
        }
    }

    /// The expression, and what its place is called in messages.
    fn source(&self) -> Result<(String, String), Fault> {
        if let Some(expression) = &self.expression {
            return Ok(("expression".to_owned(), expression.clone()));
        }
        let file = self.file.as_deref().unwrap_or("-");
        let bytes = if file == "-" {
            stdin()?
        } else {
            folder::read(Path::new(file), file).map_err(|fault| meant(file, fault))?
        };
        let text = String::from_utf8(bytes).map_err(|_| {
            Fault::new(codes::EXPRESSION_SYNTAX, format!("`{file}` is not UTF-8")).with_at(At::file(file))
        })?;
        Ok((file.to_owned(), text))
    }

    fn variables(&self) -> Result<Vec<(String, Value)>, Fault> {
        let read = |written: &String| {
            let pair = written.split_once('=').filter(|(name, _)| !name.is_empty());
            let parsed =
                pair.and_then(|(name, text)| Some((name.to_owned(), serde_json::from_str(text).ok()?)));
            parsed.ok_or_else(|| {
                Fault::new(codes::SETTING_INVALID, format!("`{written}` is not a variable")).with_hint(
                    "write `NAME=JSON`, for example `--variable rate=1.5` or `--variable 'who=\"Ada\"'`",
                )
            })
        };
        self.variables.iter().map(read).collect()
    }

    fn refuse(
        &self,
        context: &Context,
        (name, source): (&str, &str),
        diagnostics: &[Diagnostic],
    ) -> Result<Ended, Fault> {
        let output = &context.output;
        let (warnings, errors): (Vec<_>, Vec<_>) = diagnostics.iter().partition(|one| one.is_warning);
        let placed = |found: Vec<&Diagnostic>| -> Vec<Problem> {
            found.into_iter().map(|one| problem(name, source, one)).collect()
        };
        let (errors, warnings) = (placed(errors), placed(warnings));
        if output.json() {
            let text = serde_json::to_string(
                &json!({"ok": errors.is_empty(), "errors": errors, "warnings": warnings}),
            );
            output.complain(&text.unwrap_or_default());
        } else {
            let read = |_: &str| Some(source.as_bytes().to_vec());
            output.complain_of((Style::Error, "error"), &errors, &read);
            output.complain_of((Style::Warning, "warning"), &warnings, &read);
        }
        Ok(if errors.is_empty() { Ended::Done } else { Ended::Problems })
    }
}

/// What stands before and behind the expression.
struct Sides {
    from: Option<(Arc<Connector>, String, String)>,
    to: Option<(Arc<Connector>, String, String)>,
}

impl Sides {
    fn find(project: &Project, from: Option<&str>, to: Option<&str>) -> Result<Sides, Fault> {
        let find = |written: Option<&str>| -> Result<Option<(Arc<Connector>, String, String)>, Fault> {
            let Some(written) = written else { return Ok(None) };
            let (owner, name) = names::split(written)?;
            let connector = project.connector(&project.connector_of(owner)?)?;
            Ok(Some((connector, name.to_owned(), written.to_owned())))
        };
        Ok(Sides { from: find(from)?, to: find(to)? })
    }

    fn check<'s>(&'s self, expr: &Expr, variables: &[(String, Value)]) -> Result<Inferred<'s>, Fault> {
        let (input, input_name) = match &self.from {
            None => (Type::anything("`--from` does not say what the input is"), "the input".to_owned()),
            Some((connector, name, written)) => (shapes::source(connector, name)?, format!("`{written}`")),
        };
        let known = variables.iter().map(|(name, value)| {
            let ty = Type::constant(value);
            (name.clone(), Variable { ty, name: None, presence: Presence::Always })
        });
        let scope = Scope { input, input_name, variables: known.collect() };
        Ok(match &self.to {
            None => nave_expr::check::infer(expr, &scope),
            Some((connector, name, written)) => {
                nave_expr::check::check(expr, &scope, &shapes::target(connector, name)?, written)
            }
        })
    }
}

/// What the expression gives, where there is nothing to evaluate it on.
fn tell(context: &Context, inferred: &Inferred<'_>) -> Result<Ended, Fault> {
    let output = &context.output;
    let count = match (inferred.count.some, inferred.count.many) {
        _ if inferred.count == Count::ONE => "exactly one value",
        (false, false) => "one value or none",
        (true, _) => "one value or more",
        (false, true) => "any number of values",
    };
    let shape = inferred.ty.to_string();
    let may_fail = inferred.can_fail.as_ref().map(|failure| failure.reason.to_string());
    if output.json() {
        output.value(&json!({"ok": true, "gives": shape, "count": count, "may_fail": may_fail}))?;
        return Ok(Ended::Done);
    }
    output.line(&format!("gives {count}: {shape}"))?;
    if let Some(reason) = may_fail {
        output.say(&format!("it fails where {reason}"));
    }
    Ok(Ended::Done)
}

fn run(
    context: &Context,
    program: &Program,
    input: &Value,
    variables: &[(String, Value)],
) -> Result<Ended, Fault> {
    let values: Vec<&Value> = variables.iter().map(|(_, value)| value).collect();
    for value in program.run(input, &values, Budget::default())? {
        context.output.value(&value)?;
    }
    Ok(Ended::Done)
}

fn problem(name: &str, source: &str, diagnostic: &Diagnostic) -> Problem {
    let (line, column) = diagnostic.span.place(source);
    let width =
        u32::try_from(diagnostic.span.text(source).lines().next().unwrap_or_default().chars().count()).ok();
    let at = At { line: Some(line), column: Some(column), width, ..At::file(name) };
    let mut problem = Problem::new(diagnostic.code, at, diagnostic.message.clone());
    problem.hint.clone_from(&diagnostic.hint);
    problem
}

/// An expression where a file is expected is told how to say so.
fn meant(file: &str, fault: Fault) -> Fault {
    let looks_like_one = file.starts_with(['.', '$', '{', '[', '(', '"']) || file.contains(['|', ' ']);
    if looks_like_one && nave_expr::syntax::parse(file).is_ok() {
        return fault.with_hint("to evaluate the expression itself, write `-e` before it");
    }
    fault
}

/// JSON as it stands, or from a file, or from stdin.
fn value(written: &str) -> Result<Value, Fault> {
    let is_json = serde_json::from_str::<Value>(written).is_ok();
    let bytes = match written {
        "-" => stdin()?,
        _ if is_json => written.as_bytes().to_vec(),
        _ => {
            let file = written.strip_prefix('@').unwrap_or(written);
            folder::read(Path::new(file), file)?
        }
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        Fault::new(codes::DOCUMENT_SYNTAX, format!("the input is not well-formed JSON: {error}"))
            .with_hint("give JSON, the name of a file that holds it, or `-` for stdin")
    })
}

fn stdin() -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
        Fault::new(codes::FILE, format!("stdin cannot be read: {}", folder::reason(&error)))
    })?;
    Ok(bytes)
}
