//! Whether every value of one type is a value another takes, and if not, what is wrong: where in the
//! value, what, and the nearest right thing. As strict and as lenient as arguments are checked when they
//! are given: names a target does not have are refused, numbers that fit a text without loss are not.

use std::fmt;
use std::rc::Rc;

use nave_model::Code;

use super::Type;
use walk::Walk;

mod alternatives;
mod mend;
mod objects;
mod scalars;
mod walk;
mod words;

/// Who gives and who takes, for messages.
#[derive(Debug, Clone, Copy)]
pub struct Assignment<'s> {
    /// What is given, where it is meant as a whole: `the mapping`.
    pub value: &'s str,
    /// Who takes it, as people write it: `erp.create_project`.
    pub target: &'s str,
    /// Whether values are repaired where nothing is lost before they are checked, as arguments are: a whole
    /// number for a text, a text that is exactly a number for a number.
    pub repairs: bool,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the value, from its root. What is missing is named by the place where it should stand.
    pub path: Vec<Token>,
    /// Which sort: one of the `E-MAP-…` codes.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
    /// Whether it is only that nobody can tell.
    pub is_warning: bool,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// Into a field.
    Field(Rc<str>),
    /// Into one item.
    Index(usize),
    /// Into any item.
    Items,
    /// Into any field that has no name of its own.
    Values,
}

/// What does not fit where every value of `from` is given to who takes `to`; empty: all fits. The work is
/// bounded, and so is the number of mismatches; towers of alternatives too large to compare are a warning.
pub fn assign<'a>(from: &Type<'a>, to: &Type<'a>, assignment: &Assignment<'_>) -> Vec<Mismatch> {
    let mut walk = Walk::new(*assignment);
    walk.types(from, to);
    walk.finish()
}

impl<'a> Type<'a> {
    /// Whether every value of another type is certainly one of this.
    pub fn includes(&self, other: &Type<'a>) -> bool {
        let assignment = Assignment { value: "", target: "", repairs: false };
        let mut walk = Walk::new(assignment);
        walk.quiet = true;
        walk.strict = true;
        walk.types(other, self)
    }
}

/// A path in words: `lines[].price`.
pub fn path_words(path: &[Token]) -> String {
    let mut words = String::new();
    for token in path {
        match token {
            Token::Field(name) if words.is_empty() => words.push_str(name),
            Token::Field(name) => {
                words.push('.');
                words.push_str(name);
            }
            Token::Index(index) => words.push_str(&format!("[{index}]")),
            Token::Items => words.push_str("[]"),
            Token::Values if words.is_empty() => words.push('*'),
            Token::Values => words.push_str(".*"),
        }
    }
    words
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

#[cfg(test)]
mod tests;
