//! What is wrong with an expression before it runs: where in its text, what, and the nearest right thing.

use nave_model::Code;

use crate::span::Span;

/// Something wrong with an expression, or odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which sort.
    pub code: Code,
    /// Where in the expression's text.
    pub span: Span,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The nearest right thing.
    pub hint: Option<String>,
    /// Whether it is only odd: the expression may run.
    pub is_warning: bool,
}

impl Diagnostic {
    /// An error without a hint.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { code, span, message: message.into(), hint: None, is_warning: false }
    }

    /// A warning without a hint.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { is_warning: true, ..Diagnostic::error(code, span, message) }
    }

    /// The same with a hint, where there is one.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }
}
