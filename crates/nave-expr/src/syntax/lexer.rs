//! Text → tokens. Brackets and quotes are paired here, so that what is never closed is reported where it
//! was opened, and so that the parser can go on behind a wrong part.

mod text;

use nave_model::fault::codes;

use super::MOST_PROBLEMS;
use super::token::{self, Token, TokenKind};
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// A text in foreign quotes is looked for so many characters far.
const MOST_QUOTED: usize = 200;

/// The tokens of an expression, and what is wrong already.
#[derive(Debug)]
pub(super) struct Lexed {
    /// At least one: the last is [`TokenKind::End`].
    pub(super) tokens: Vec<Token>,
    /// What is wrong with texts and brackets.
    pub(super) problems: Vec<Diagnostic>,
    /// Whether brackets or quotes do not pair: what they hold is not known then.
    pub(super) is_broken: bool,
}

/// Cuts an expression into tokens.
pub(super) fn lex(source: &str) -> Lexed {
    let mut lexer = Lexer {
        source,
        position: 0,
        tokens: Vec::new(),
        open: Vec::new(),
        problems: Vec::new(),
        is_broken: false,
    };
    lexer.run();
    Lexed { tokens: lexer.tokens, problems: lexer.problems, is_broken: lexer.is_broken }
}

struct Lexer<'s> {
    source: &'s str,
    position: usize,
    tokens: Vec<Token>,
    /// Indices of the brackets, interpolations and texts that are open, the innermost last.
    open: Vec<usize>,
    problems: Vec<Diagnostic>,
    is_broken: bool,
}

impl<'s> Lexer<'s> {
    fn run(&mut self) {
        while self.skip_blank() {
            match self.token() {
                TokenKind::TextStart => {
                    self.push_open(TokenKind::TextStart, 1);
                    self.text();
                }
                TokenKind::Sign(sign @ ("(" | "[" | "{")) => self.push_open(TokenKind::Sign(sign), 1),
                TokenKind::Sign(sign @ (")" | "]" | "}")) => self.close(sign),
                kind => {
                    let length = self.length(&kind);
                    self.push(kind, length);
                }
            }
        }
        self.push(TokenKind::End, 0);
        self.report_open();
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.position..).unwrap_or_default()
    }

    /// Whether anything is left behind spaces and comments. A comment goes to the end of its line; an odd
    /// number of backslashes there takes the next line with it.
    fn skip_blank(&mut self) -> bool {
        let bytes = self.source.as_bytes();
        while let Some(byte) = bytes.get(self.position) {
            match byte {
                b' ' | b'\r' | b'\n' | b'\t' => self.position += 1,
                b'#' => self.position = end_of_comment(bytes, self.position),
                _ => return true,
            }
        }
        false
    }

    /// What the next token is; its length is another question.
    fn token(&self) -> TokenKind {
        let rest = self.rest();
        let mut bytes = rest.bytes();
        let (first, second) = (bytes.next().unwrap_or_default(), bytes.next().unwrap_or_default());
        let starts_name = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        match first {
            b'"' => TokenKind::TextStart,
            b'0'..=b'9' => TokenKind::Number,
            b'.' if second.is_ascii_digit() => TokenKind::Number,
            b'.' if starts_name(second) => TokenKind::Field,
            b'$' if starts_name(second) => TokenKind::Variable,
            b'@' if token::is_name_byte(second) => TokenKind::Format,
            _ if starts_name(first) => {
                let word = rest.get(..name_length(rest)).unwrap_or_default();
                token::keyword(word).map_or(TokenKind::Name, TokenKind::Keyword)
            }
            _ => token::sign(rest).map_or(TokenKind::Stray, TokenKind::Sign),
        }
    }

    fn length(&self, kind: &TokenKind) -> usize {
        let rest = self.rest();
        let behind = |skipped: usize| rest.get(skipped..).unwrap_or_default();
        match kind {
            TokenKind::Name => name_length(rest),
            TokenKind::Variable => 1 + name_length(behind(1)),
            TokenKind::Field | TokenKind::Format => 1 + word_length(behind(1)),
            TokenKind::Number => number_length(rest),
            TokenKind::Keyword(word) | TokenKind::Sign(word) => word.len(),
            _ => stray_length(rest),
        }
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let span = Span::new(self.position, self.position + length);
        let partner = self.tokens.len();
        self.tokens.push(Token { kind, span, partner });
        self.position += length;
    }

    fn push_open(&mut self, kind: TokenKind, length: usize) {
        self.open.push(self.tokens.len());
        self.push(kind, length);
    }

    /// Pushes what closes the innermost open token.
    fn push_close(&mut self, kind: TokenKind, length: usize) {
        let close = self.tokens.len();
        self.push(kind, length);
        let Some(open) = self.open.pop() else { return };
        if let Some(token) = self.tokens.get_mut(open) {
            token.partner = close;
        }
        if let Some(token) = self.tokens.get_mut(close) {
            token.partner = open;
        }
    }

    /// A closing bracket: the nearest open one of its sort is closed, and those inside it never were.
    fn close(&mut self, sign: &'static str) {
        let mut depth = self.open.len();
        while let Some(open) = depth.checked_sub(1).and_then(|last| self.open.get(last)) {
            match self.tokens.get(*open).map(|token| &token.kind) {
                Some(TokenKind::Sign(open)) if token::closing(open) == sign => break,
                Some(TokenKind::InterpolationStart) if sign == ")" => break,
                Some(TokenKind::Sign(_)) => depth -= 1,
                _ => depth = 0,
            }
        }
        if depth == 0 {
            self.is_broken = true;
            let span = Span::new(self.position, self.position + 1);
            self.report(span, format!("this `{sign}` closes nothing"), None);
            return self.push(TokenKind::Sign(sign), 1);
        }
        for index in self.open.split_off(depth) {
            self.never_closed(index, &format!("in front of the `{sign}` that comes next"));
        }
        let innermost = self.open.last().and_then(|open| self.tokens.get(*open));
        let is_interpolation = innermost.is_some_and(|open| open.kind == TokenKind::InterpolationStart);
        if is_interpolation {
            self.push_close(TokenKind::InterpolationEnd, 1);
            self.text();
        } else {
            self.push_close(TokenKind::Sign(sign), 1);
        }
    }

    /// Reports what is open at the end. An open text has swallowed what follows it, so that nothing can be
    /// said of the brackets around it; inside an interpolation it is the interpolation that was forgotten.
    fn report_open(&mut self) {
        let open = std::mem::take(&mut self.open);
        let kind = |index: &usize| self.tokens.get(*index).map(|token| &token.kind);
        let is_text = |index: &usize| kind(index) == Some(&TokenKind::TextStart);
        let first_interpolation =
            open.iter().position(|index| kind(index) == Some(&TokenKind::InterpolationStart));
        let guilty = match first_interpolation {
            Some(first) => open.get(first..=first),
            None => match open.iter().position(is_text) {
                Some(first) => open.get(first..=first),
                None => Some(open.as_slice()),
            },
        };
        for index in guilty.unwrap_or_default() {
            self.never_closed(*index, "where it ends");
        }
    }

    fn never_closed(&mut self, index: usize, place: &str) {
        self.is_broken = true;
        let Some(token) = self.tokens.get(index) else { return };
        let (message, hint) = match &token.kind {
            TokenKind::TextStart => (
                "this text is never closed".to_owned(),
                format!("put a `\"` {place}; a `\"` inside of a text is written `\\\"`"),
            ),
            TokenKind::Sign(open) => (
                format!("this `{open}` is never closed"),
                format!("put a `{}` {place}", token::closing(open)),
            ),
            _ => ("this `\\(` is never closed".to_owned(), format!("put a `)` {place}")),
        };
        self.report(token.span, message, Some(hint));
    }

    /// Behind too many problems nothing is read any more: each may cost a look at all that is open.
    fn report(&mut self, span: Span, message: String, hint: Option<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Diagnostic::error(codes::EXPRESSION_SYNTAX, span, message).hint(hint));
        } else {
            self.is_broken = true;
            self.position = self.source.len();
        }
    }
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let mut position = start;
    while let Some(byte) = bytes.get(position) {
        match (byte, bytes.get(position + 1), bytes.get(position + 2)) {
            (b'\n', ..) => return position,
            (b'\\', Some(b'\r'), Some(b'\n')) => position += 3,
            (b'\\', Some(b'\\' | b'\n'), _) => position += 2,
            _ => position += 1,
        }
    }
    position
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|byte| token::is_name_byte(*byte)).count()
}

/// `name`, or `module::name`.
fn name_length(text: &str) -> usize {
    let mut length = word_length(text);
    loop {
        let Some(rest) = text.get(length..).and_then(|rest| rest.strip_prefix("::")) else { return length };
        if !rest.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_') {
            return length;
        }
        length += 2 + word_length(rest);
    }
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// A text in foreign quotes up to its end on the same line, a word of foreign letters, or one character.
fn stray_length(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    let quote: &[char] = match first {
        '\'' | '`' => &[first],
        '“' | '„' | '”' => &['”', '“', '"'],
        '‘' | '’' | '‚' => &['’', '‘'],
        '«' => &['»'],
        _ if first.is_alphabetic() => return text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len()),
        '&' if text.starts_with("&&") => return 2,
        _ => return first.len_utf8(),
    };
    let behind = text.get(first.len_utf8()..).unwrap_or_default();
    let mut near = behind.char_indices().take(MOST_QUOTED).take_while(|(_, c)| *c != '\n');
    match near.find(|(_, c)| quote.contains(c)) {
        Some((at, closing)) => first.len_utf8() + at + closing.len_utf8(),
        None => text.chars().take_while(|c| *c == first).map(char::len_utf8).sum(),
    }
}
