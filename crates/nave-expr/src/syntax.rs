//! Text → tree: the syntax of jq 1.8, and the profile of it that Nave speaks. Whether functions and
//! variables exist, and whether types fit, is left to those who read the tree.
//!
//! The way through: `lexer` (text → tokens, brackets paired) → `parser` (tokens → tree with places, or
//! several errors) → [`profile`] (what may not end or reaches outside is refused). [`print()`] goes back.

mod hints;
mod lexer;
pub mod oddity;
mod parser;
pub mod print;
pub mod profile;
mod token;
pub mod walk;

use nave_model::fault::codes;

use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use parser::Parser;

pub use oddity::oddities;
pub use print::print;
pub use profile::{Refusal, refusal};

/// The longest expression that is read, in bytes.
pub const MOST_BYTES: usize = 256 << 10;

/// Levels of expressions inside expressions, so that whoever walks a tree may do it by recursion. Every
/// operator of a row is a level; the items of a list are not, whatever their number.
pub const MOST_DEPTH: usize = 128;

/// So many problems of one expression are looked for; what is refused is reported beside them.
const MOST_PROBLEMS: usize = 20;

/// So many diagnostics are given for one expression.
const MOST_DIAGNOSTICS: usize = 100;

/// Reads an expression.
///
/// The tree has the precedence of jq 1.8.2 (`src/parser.y`), at most [`MOST_DEPTH`] levels, and nothing
/// that the profile refuses. Lists `a, b, c, …` come as balanced trees of `Comma`.
///
/// # Errors
/// Everything that is wrong, in the order of the text: E-EXPR-SYNTAX for what cannot be read, and
/// E-EXPR-PROFILE for what is refused.
pub fn parse(source: &str) -> Result<Expr, Vec<Diagnostic>> {
    if source.len() > MOST_BYTES {
        let message = format!("the expression is longer than {} KiB", MOST_BYTES >> 10);
        let diagnostic = Diagnostic::error(codes::EXPRESSION_SYNTAX, Span::new(0, 0), message)
            .hint("split it into several steps".to_owned());
        return Err(vec![diagnostic]);
    }
    let lexed = lexer::lex(source);
    if lexed.is_broken {
        return Err(in_order(lexed.problems));
    }
    let mut parser = Parser::new(source, lexed);
    let tree = parser.program();
    let (mut diagnostics, loose) = parser.into_problems();
    for expr in tree.iter().chain(&loose) {
        profile::check(expr, &mut diagnostics);
    }
    match tree {
        Some(tree) if diagnostics.is_empty() => Ok(tree),
        _ => Err(in_order(diagnostics)),
    }
}

fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.code.name));
    diagnostics.truncate(MOST_DIAGNOSTICS);
    diagnostics
}

#[cfg(test)]
mod tests;
