//! The profile: what jq has and Nave refuses, because it may not end or because it reaches outside of the
//! value it is given. One table with a reason and a replacement for each; all refusals of an expression
//! are reported, not only the first.

pub mod pattern;

use nave_model::fault::codes;

use super::walk;
use crate::ast::{Entry, Expr, KeyKind, Kind};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Something of jq that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// As it is written: a function, `$variable`, or a word or sign of the syntax.
    pub name: &'static str,
    /// With how many arguments; `None`: any number.
    pub arity: Option<usize>,
    /// When it is refused.
    pub when: When,
    /// Why, as the end of a sentence.
    pub reason: &'static str,
    /// What to write instead, as a hint.
    pub instead: &'static str,
}

/// When something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// However it is used.
    Always,
    /// Unless its arguments are numbers as written, or several of them between `,`.
    BoundIsComputed,
    /// Unless its pattern and its flags are texts as written; what such a pattern may hold is another
    /// question, see [`pattern`].
    PatternIsComputed,
}

const ENDLESS: &str = "it may not end";
const DEPTH: &str = "it goes down to any depth";
const INPUT: &str = "it reads something that is not in its input";
const SECRETS: &str = "it reads the environment of the process, where secrets are";
const CLOCK: &str = "it reads the clock, so that the same input would give different results";
const ZONE: &str = "it depends on the time zone of the machine";
const LOG: &str = "it writes beside the result";
const PROCESS: &str = "it ends the process";
const STREAM: &str = "it works on the events of a stream that may not end";
const FILES: &str = "an expression stands for itself, without files beside it";
const JQ: &str = "it tells about jq, not about data";
const BOUND: &str = "the bounds must be written numbers, so that it is known to end";
const REGEX: &str =
    "the pattern and its flags must be written texts, so that they are checked before they run";

const LEVELS: &str = "name the levels, as in `.items[].parts[]`, or use `paths`, `walk` or `tostream`";
const ITERATE: &str = "iterate over a list with `.[]`, `reduce` or `foreach`, or use `limit` and `first`";
const CUT: &str = "use `limit`, or iterate over a list with `.[]` or a part of it with `.[:n]`";
const GIVE: &str = "take it from the input or from a variable";
const WRITE_OUT: &str = "write the steps out, and bind what is used twice with `… as $name |`";
const EVENT_TIME: &str = "use the time of the event";
const PLAIN: &str = "write the pattern as a plain text; `startswith`, `endswith`, `contains`, `index`, \
                     `ltrimstr` and `split/1` take computed ones";

/// Everything that is refused.
static TABLE: [Refusal; 40] = [
    always("def", "a function may call itself without end", WRITE_OUT),
    always("..", DEPTH, LEVELS),
    always("recurse", DEPTH, LEVELS),
    always("recurse_down", DEPTH, LEVELS),
    always("repeat", ENDLESS, ITERATE),
    always("while", ENDLESS, ITERATE),
    always("until", ENDLESS, ITERATE),
    row("range", None, When::BoundIsComputed, BOUND, CUT),
    always("fromstream", STREAM, "build the value with `reduce` and `setpath`"),
    always("truncate_stream", STREAM, "cut paths: `paths | .[1:]`"),
    always(
        "?//",
        "in `reduce` and `foreach` it would run one update twice",
        "bind one name, and test its `type`",
    ),
    always("input", INPUT, GIVE),
    always("inputs", INPUT, GIVE),
    always("input_filename", INPUT, GIVE),
    always("input_line_number", INPUT, GIVE),
    always("$__prog_args", INPUT, GIVE),
    always("env", SECRETS, GIVE),
    always("$ENV", SECRETS, GIVE),
    always("now", CLOCK, EVENT_TIME),
    always("localtime", ZONE, "use `gmtime`"),
    always("strflocaltime", ZONE, "use `strftime`"),
    always("debug", LOG, "leave it out; `nave eval` shows what comes out"),
    always("stderr", LOG, "leave it out; `nave eval` shows what comes out"),
    always("halt", PROCESS, "use `empty`"),
    always("halt_error", PROCESS, "use `error`"),
    always("get_search_list", FILES, WRITE_OUT),
    always("modulemeta", FILES, WRITE_OUT),
    always("import", FILES, WRITE_OUT),
    always("include", FILES, WRITE_OUT),
    always("module", FILES, WRITE_OUT),
    always("::", FILES, WRITE_OUT),
    always("builtins", JQ, "the functions are listed in the documentation"),
    regex("test", None),
    regex("match", None),
    regex("capture", None),
    regex("scan", None),
    regex("split", Some(2)),
    regex("splits", None),
    regex("sub", None),
    regex("gsub", None),
];

const fn row(
    name: &'static str,
    arity: Option<usize>,
    when: When,
    reason: &'static str,
    instead: &'static str,
) -> Refusal {
    Refusal { name, arity, when, reason, instead }
}

const fn always(name: &'static str, reason: &'static str, instead: &'static str) -> Refusal {
    row(name, None, When::Always, reason, instead)
}

const fn regex(name: &'static str, arity: Option<usize>) -> Refusal {
    row(name, arity, When::PatternIsComputed, REGEX, PLAIN)
}

/// All that is refused, for documentation.
pub fn refusals() -> &'static [Refusal] {
    &TABLE
}

/// Whether and when this is refused. `name` is a function, a variable with its `$`, or a word or sign of
/// the syntax (`def`, `..`, `?//` in folds, `::`); `arity` counts only for functions.
pub fn refusal(name: &str, arity: usize) -> Option<&'static Refusal> {
    TABLE.iter().find(|row| row.name == name && row.arity.is_none_or(|wanted| wanted == arity))
}

/// The diagnostic for a word or sign of the syntax that the parser met.
pub(super) fn syntax(name: &str, span: Span) -> Option<Diagnostic> {
    refusal(name, 0).map(|refusal| diagnostic(refusal, span))
}

/// Adds a diagnostic for everything in the tree that is refused.
pub(super) fn check(expr: &Expr, diagnostics: &mut Vec<Diagnostic>) {
    walk::everything(expr, &mut |inner| match &inner.kind {
        Kind::Call { name, name_span, arguments } => call(name, *name_span, arguments, diagnostics),
        Kind::Variable(name) => variable(name, inner.span, diagnostics),
        Kind::Object(entries) => {
            for Entry { key, .. } in entries {
                if let KeyKind::Variable(name) = &key.kind {
                    variable(name, key.span, diagnostics);
                }
            }
        }
        _ => {}
    });
}

/// A variable, also where it is the key of an entry.
fn variable(name: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let name = if name.contains("::") { "::" } else { &format!("${name}") };
    diagnostics.extend(syntax(name, span));
}

fn call(name: &str, span: Span, arguments: &[Expr], diagnostics: &mut Vec<Diagnostic>) {
    let name = if name.contains("::") { "::" } else { name };
    let Some(refusal) = refusal(name, arguments.len()) else { return };
    match refusal.when {
        When::Always => diagnostics.push(diagnostic(refusal, span)),
        When::BoundIsComputed => {
            let computed = arguments.iter().find(|argument| !is_number(argument));
            diagnostics.extend(computed.map(|argument| diagnostic(refusal, argument.span)));
        }
        When::PatternIsComputed => {
            let flags = if matches!(name, "sub" | "gsub") { 2 } else { 1 };
            for argument in [arguments.first(), arguments.get(flags)].into_iter().flatten() {
                let mut texts = Vec::new();
                if is_written(argument, &mut texts) {
                    let found = texts.into_iter().filter_map(|(text, span)| backtracking(text, span));
                    diagnostics.extend(found);
                } else {
                    diagnostics.push(diagnostic(refusal, argument.span));
                }
            }
        }
    }
}

fn diagnostic(refusal: &Refusal, span: Span) -> Diagnostic {
    let message = format!("`{}` is refused: {}", refusal.name, refusal.reason);
    Diagnostic::error(codes::EXPRESSION_PROFILE, span, message).hint(refusal.instead.to_owned())
}

fn backtracking(text: &str, span: Span) -> Option<Diagnostic> {
    let construct = pattern::unsupported(text)?;
    let message = format!("{} in a pattern is refused: it may take time without end", construct.name);
    Some(Diagnostic::error(codes::EXPRESSION_PROFILE, span, message).hint(construct.instead.to_owned()))
}

/// A number as written, with a sign maybe, or several of them between `,`.
fn is_number(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Number(_) => true,
        Kind::Negate(inner) => is_number(inner),
        Kind::Comma(left, right) => is_number(left) && is_number(right),
        _ => false,
    }
}

/// Whether it is a text as written, several of them, `null` (no flags), or a list of pattern and flags as
/// `match` takes it; with those that are patterns, and flags, which hold nothing that is refused.
fn is_written<'e>(expr: &'e Expr, texts: &mut Vec<(&'e str, Span)>) -> bool {
    match &expr.kind {
        Kind::Null => true,
        Kind::Text(text) => {
            texts.push((text, expr.span));
            true
        }
        Kind::Array(Some(inner)) => is_written(inner, texts),
        Kind::Comma(left, right) => is_written(left, texts) && is_written(right, texts),
        _ => false,
    }
}
