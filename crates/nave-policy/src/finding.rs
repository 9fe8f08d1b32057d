//! What is wrong with a policy: where in its document, and where in an expression of it.

use nave_expr::{Diagnostic, Span};
use nave_model::Code;
use nave_model::place::child;

/// Something wrong with a policy, or odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which sort.
    pub code: Code,
    /// JSON pointer into the document.
    pub pointer: String,
    /// Which part of the expression there, where it is one.
    pub span: Option<Span>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
    /// Whether it is only odd.
    pub is_warning: bool,
}

impl Finding {
    /// An error without a hint.
    pub fn new(code: Code, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        Finding { code, pointer, span: None, message, hint: None, is_warning: false }
    }

    /// The same with a hint, where there is one.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(self) -> Self {
        Finding { is_warning: true, ..self }
    }

    /// What is wrong with the expression at a pointer.
    pub fn of_expression(pointer: &str, diagnostic: Diagnostic) -> Self {
        Finding {
            code: diagnostic.code,
            pointer: pointer.to_owned(),
            span: Some(diagnostic.span),
            message: diagnostic.message,
            hint: diagnostic.hint,
            is_warning: diagnostic.is_warning,
        }
    }
}

/// The pointer of a rule's key.
pub(crate) fn at(rule: usize, key: &str) -> String {
    child(&format!("/rules/{rule}"), key)
}
