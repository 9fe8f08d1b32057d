//! The smallest parts of an expression: names, numbers, pieces of texts and signs.

use crate::span::Span;

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Where it stands.
    pub(super) span: Span,
    /// The index of the bracket that closes this one, or that this one closes; for all else its own.
    pub(super) partner: usize,
}

/// What a token is. What is not held here is read from the text at the token's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// `name`, `module::name`.
    Name,
    /// A word with a meaning of its own.
    Keyword(&'static str),
    /// `.name`, without a space between.
    Field,
    /// `$name`.
    Variable,
    /// `1.5e3`.
    Number,
    /// `@name`.
    Format,
    /// An operator, a bracket, a sign between things.
    Sign(&'static str),
    /// The quote that opens a text.
    TextStart,
    /// A piece of a text, escapes resolved.
    TextPart(String),
    /// `\(`
    InterpolationStart,
    /// The `)` that closes `\(`.
    InterpolationEnd,
    /// The quote that closes a text.
    TextEnd,
    /// Something that no expression has outside of texts.
    Stray,
    /// Behind the last token.
    End,
}

impl Token {
    /// Whether it is this keyword or sign.
    pub(super) fn is(&self, what: &str) -> bool {
        matches!(self.kind, TokenKind::Keyword(own) | TokenKind::Sign(own) if own == what)
    }

    /// Whether nothing stands between this one and the next.
    pub(super) fn touches(&self, next: &Token) -> bool {
        self.span.end == next.span.start
    }

    /// Whether an expression can begin with it.
    pub(super) fn begins_expression(&self) -> bool {
        match self.kind {
            TokenKind::Name
            | TokenKind::Field
            | TokenKind::Variable
            | TokenKind::Number
            | TokenKind::Format
            | TokenKind::TextStart => true,
            TokenKind::Keyword(word) => {
                matches!(word, "if" | "try" | "reduce" | "foreach" | "label" | "break" | "def")
            }
            TokenKind::Sign(sign) => matches!(sign, "." | ".." | "(" | "[" | "{" | "$"),
            TokenKind::Stray
            | TokenKind::TextPart(_)
            | TokenKind::InterpolationStart
            | TokenKind::InterpolationEnd
            | TokenKind::TextEnd
            | TokenKind::End => false,
        }
    }
}

/// Words that are no names; jq 1.8.2, `src/lexer.l`.
const KEYWORDS: [&str; 18] = [
    "and", "as", "break", "catch", "def", "elif", "else", "end", "foreach", "if", "import", "include",
    "label", "module", "or", "reduce", "then", "try",
];

/// Signs, longer ones before those they begin with; jq 1.8.2, `src/lexer.l`.
const SIGNS: [&str; 35] = [
    "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "..", ".", "?", "=", ";",
    ",", ":", "|", "+", "-", "*", "/", "%", "$", "<", ">", "(", ")", "[", "]", "{", "}",
];

/// The keyword that this word is.
pub(super) fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|keyword| *keyword == word)
}

/// The sign that the text begins with.
pub(super) fn sign(text: &str) -> Option<&'static str> {
    SIGNS.into_iter().find(|sign| text.starts_with(sign))
}

/// The bracket that closes this one.
pub(super) fn closing(open: &str) -> &'static str {
    match open {
        "[" => "]",
        "{" => "}",
        _ => ")",
    }
}

/// Whether a name may stand without quotes, in bytes: the first and the others.
pub(super) fn is_name(text: &str) -> bool {
    let starts = text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    starts && text.bytes().all(is_name_byte)
}

/// Whether a name may hold it.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
