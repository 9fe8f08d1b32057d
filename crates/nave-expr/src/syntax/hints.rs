//! What people mean when they write something that no expression has: habits of other languages, signs
//! that text editors put in, things left out.

use super::token::{Token, TokenKind};

/// Longer pieces of text are cut in messages.
const MOST_SHOWN: usize = 30;

/// What was found, for the end of a message.
pub(super) fn describe(token: &Token, source: &str) -> String {
    match token.kind {
        TokenKind::End => "the end".to_owned(),
        TokenKind::TextStart => "a text".to_owned(),
        TokenKind::InterpolationEnd => "`)`".to_owned(),
        _ => {
            let text = token.span.text(source);
            let shown: String = text.chars().take(MOST_SHOWN).collect();
            let rest = if shown.len() < text.len() { "…" } else { "" };
            format!("`{shown}{rest}`")
        }
    }
}

/// What is probably meant where the token at `position` cannot stand.
pub(super) fn advise(tokens: &[Token], position: usize, source: &str) -> Option<String> {
    let place = Place::new(tokens, position, source)?;
    place
        .stray()
        .or_else(|| place.pair())
        .or_else(|| place.word())
        .or_else(|| place.dollar())
        .or_else(|| place.choice())
        .or_else(|| place.step())
        .or_else(|| place.missing())
        .or_else(|| place.entry())
        .or_else(|| place.neighbours())
}

/// Words of other languages that stand where an operator is expected.
const FOREIGN_WORDS: [(&str, &str); 14] = [
    ("AND", "write `and`"),
    ("OR", "write `or`"),
    ("NOT", "write `| not` behind the condition"),
    ("in", "write `IN`, as in `.country | IN(\"DE\", \"AT\")`"),
    ("is", "compare with `==`"),
    ("eq", "compare with `==`"),
    ("like", "write `| test(\"…\")`, `| startswith(\"…\")` or `| contains(\"…\")`"),
    ("matches", "write `| test(\"…\")`"),
    ("contains", "write `| contains(\"…\")`"),
    ("mod", "write `%`"),
    ("elsif", "write `elif`"),
    ("elseif", "write `elif`"),
    ("fi", "write `end`"),
    ("endif", "write `end`"),
];

/// Words of other languages that stand where an expression begins, with what follows them.
const FOREIGN_BEGINNINGS: [(&str, &str); 7] = [
    ("let", "a name is bound by `value as $name | …`"),
    ("var", "a name is bound by `value as $name | …`"),
    ("const", "a name is bound by `value as $name | …`"),
    ("return", "leave `return` out: the value of the last expression is the result"),
    ("not", "write `| not` behind the condition"),
    ("for", "iterate with `.items[]`, or `[.items[] | …]` for a list"),
    ("function", "functions cannot be defined; write the steps out"),
];

/// Signs of other languages: the last two tokens, without a space between them.
const FOREIGN_SIGNS: [(&str, &str, &str); 12] = [
    ("|", "|", "write `or`; `//` gives a value where the left one is null or false"),
    ("==", "=", "compare with `==`"),
    ("!=", "=", "compare with `!=`"),
    ("=", ">", "compare with `>=`; an expression has no `=>`"),
    ("=", "<", "compare with `<=`"),
    ("<", ">", "compare with `!=`"),
    ("*", "*", "a power is `pow(a; b)`"),
    ("+", "+", "add with `+ 1`"),
    ("/", "*", "a comment begins with `#` and goes to the end of the line"),
    ("|", ">", "a pipe is `|`"),
    (":", "=", "in an object a key is followed by `:`; a name is bound by `value as $name | …`"),
    ("?", ".", "write `.a?.b`"),
];

/// A token that cannot stand where it does, with what is around it.
struct Place<'t> {
    tokens: &'t [Token],
    position: usize,
    source: &'t str,
    found: &'t Token,
    before: Option<&'t Token>,
    next: &'t Token,
}

impl<'t> Place<'t> {
    fn new(tokens: &'t [Token], position: usize, source: &'t str) -> Option<Self> {
        let found = tokens.get(position)?;
        let before = position.checked_sub(1).and_then(|before| tokens.get(before));
        let next = tokens.get(position + 1).unwrap_or(found);
        Some(Place { tokens, position, source, found, before, next })
    }

    fn text(&self, token: &Token) -> &'t str {
        token.span.text(self.source)
    }

    fn is_before(&self, what: &str) -> bool {
        self.before.is_some_and(|before| before.is(what))
    }

    /// Characters that stand in no expression outside of texts.
    fn stray(&self) -> Option<String> {
        if self.found.kind != TokenKind::Stray {
            return None;
        }
        let text = self.text(self.found);
        let first = text.chars().next()?;
        let hint = match first {
            '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '‚' | '«' => {
                let inner = text.trim_matches(|c: char| "'`“”„‘’‚«»\"".contains(c));
                return Some(format!("a text stands in straight double quotes: `\"{inner}\"`"));
            }
            '&' => "write `and`",
            '!' => "write `| not` behind the condition, as in `(.active | not)`",
            '^' => "a power is `pow(a; b)`",
            '~' => "a text is matched with `| test(\"…\")`",
            '@' => "a format has a name, as in `@base64`",
            '\\' => "a backslash stands in texts only; a line may end anywhere without one",
            '≠' => "compare with `!=`",
            '≤' => "compare with `<=`",
            '≥' => "compare with `>=`",
            '–' | '—' | '−' => {
                "this is a dash of another kind, often pasted from a document: write `-`"
            }
            _ if first.is_whitespace() || matches!(first, '\u{200b}' | '\u{feff}') => {
                "this is a space of another kind, often pasted from a document: write an ordinary one"
            }
            _ if first.is_alphabetic() => {
                let is_field = self.before.is_some_and(|before| {
                    (before.kind == TokenKind::Field || before.is(".")) && before.touches(self.found)
                });
                let start = self.before.filter(|_| is_field).map_or("", |before| self.text(before));
                let name = format!("{start}{text}");
                let name = name.trim_start_matches('.');
                return Some(format!("a name with letters other than a-z stands in quotes: `.[\"{name}\"]`"));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    fn pair(&self) -> Option<String> {
        let before = self.before.filter(|before| before.touches(self.found))?;
        let fits = |(first, second, _): &&(&str, &str, &str)| before.is(first) && self.found.is(second);
        let (.., hint) = FOREIGN_SIGNS.iter().find(fits)?;
        Some((*hint).to_owned())
    }

    fn word(&self) -> Option<String> {
        let text = self.text(self.found);
        if self.found.kind == TokenKind::Name && !self.expects_expression() {
            if let Some((_, hint)) = FOREIGN_WORDS.iter().find(|(word, _)| *word == text) {
                return Some((*hint).to_owned());
            }
        }
        let before = self.before.filter(|before| before.kind == TokenKind::Name)?;
        let before = self.text(before);
        let (_, hint) = FOREIGN_BEGINNINGS.iter().find(|(word, _)| *word == before)?;
        Some((*hint).to_owned())
    }

    /// Whether what stands before cannot end an expression.
    fn expects_expression(&self) -> bool {
        match self.before.map(|before| &before.kind) {
            None | Some(TokenKind::InterpolationStart) => true,
            Some(TokenKind::Sign(sign)) => !matches!(*sign, ")" | "]" | "}" | "?" | "." | ".."),
            Some(TokenKind::Keyword(word)) => *word != "end",
            _ => false,
        }
    }

    /// `$.a`, `${…}`, `{{…}}`.
    fn dollar(&self) -> Option<String> {
        if self.found.is("{") && self.is_before("{") {
            return Some("leave `{{ }}` out: everything here is an expression".to_owned());
        }
        if !self.found.is("$") {
            return None;
        }
        let hint = match &self.next.kind {
            TokenKind::Field => format!("the input is `.`: write `{}`", self.text(self.next)),
            TokenKind::Sign("{") => "leave `${ }` out: everything here is an expression".to_owned(),
            TokenKind::Sign("." | "[") => "the input is `.`: leave `$` out".to_owned(),
            TokenKind::Name | TokenKind::Keyword(_) => {
                format!("no space stands behind `$`: write `${}`", self.text(self.next))
            }
            _ => "a variable is `$` and a name; the input is `.`".to_owned(),
        };
        Some(hint)
    }

    /// `a ? b : c`, `a?//b`, and `:` where nothing is named.
    fn choice(&self) -> Option<String> {
        if self.found.is("?//") {
            return Some("put a space between `?` and `//`".to_owned());
        }
        let is_colon = self.found.is(":");
        let is_behind_question = self.is_before("?") && self.found.begins_expression();
        if (is_colon && self.is_level_with("?", true))
            || (is_behind_question && self.is_level_with(":", false))
        {
            return Some("a choice is written `if … then … else … end`".to_owned());
        }
        if is_behind_question && self.is_before("?") {
            return Some("a value for null is given by `//`, as in `.a // 0`".to_owned());
        }
        if is_colon {
            return Some(
                "`:` stands in objects, as in `{ name: .a }`, and in slices, as in `.[1:3]`".to_owned(),
            );
        }
        if self.found.is(";") {
            let hint =
                "`;` only stands between arguments; steps are joined by `|`, names bound by `… as $name |`";
            return Some(hint.to_owned());
        }
        None
    }

    /// Whether this token stands on the same level of brackets, before or behind.
    fn is_level_with(&self, what: &str, is_before: bool) -> bool {
        let mut index = self.position;
        loop {
            let next = if is_before { index.checked_sub(1) } else { index.checked_add(1) };
            let Some(token) = next.and_then(|next| self.tokens.get(next)) else { return false };
            let Some(here) = next else { return false };
            if token.is(what) {
                return true;
            }
            if token.is(",") || token.is(";") {
                return false;
            }
            let leaves = if is_before { token.partner > here } else { token.partner < here };
            if leaves {
                return false;
            }
            index = token.partner;
        }
    }

    /// What stands wrongly behind a dot.
    fn step(&self) -> Option<String> {
        let text = self.text(self.found);
        let is_number = self.found.kind == TokenKind::Number;
        if is_number && text.starts_with('.') && !self.expects_expression() {
            return Some(format!("an item of a list is written `[{}]`", text.trim_start_matches('.')));
        }
        if !self.is_before(".") {
            return None;
        }
        let hint = match self.found.kind {
            TokenKind::Number => format!("an item of a list is written `[{text}]`"),
            TokenKind::Variable => format!("a field with a computed name is written `.[{text}]`"),
            TokenKind::Sign("(") => "a field with a computed name is written `.[…]`".to_owned(),
            TokenKind::Sign("*") => "all items are written `.[]`".to_owned(),
            TokenKind::Name | TokenKind::Keyword(_) => format!("no space stands behind `.`: write `.{text}`"),
            _ => return None,
        };
        Some(hint)
    }

    /// An operand or item that is missing, or a sign too many.
    fn missing(&self) -> Option<String> {
        let ends = matches!(self.found.kind, TokenKind::End | TokenKind::InterpolationEnd)
            || matches!(self.found.kind, TokenKind::Sign(")" | "]" | "}" | ";" | "," | "|"))
            || matches!(self.found.kind, TokenKind::Keyword("then" | "elif" | "else" | "end"));
        let before = self.before?;
        if ends && before.is(",") {
            return Some("take the `,` away, or write what follows it".to_owned());
        }
        let is_operator = match before.kind {
            TokenKind::Sign(sign) => {
                !matches!(sign, ")" | "]" | "}" | "(" | "[" | "{" | "?" | "." | ".." | "$")
            }
            TokenKind::Keyword(word) => matches!(word, "and" | "or"),
            _ => false,
        };
        if ends && is_operator {
            return Some(format!("write what belongs behind `{}`", self.text(before)));
        }
        if self.found.is("//") && self.expects_expression() {
            return Some("a comment begins with `#`".to_owned());
        }
        if self.found.is("=") {
            return Some("compare with `==`".to_owned()).filter(|_| self.expects_expression());
        }
        None
    }

    /// Inside of an object.
    fn entry(&self) -> Option<String> {
        let open = self.enclosing()?;
        if !open.is("{") {
            return None;
        }
        let is_at_key = self.is_before("{") || self.is_before(",");
        let text = self.text(self.found);
        if is_at_key {
            return match self.found.kind {
                TokenKind::Field => {
                    let name = text.trim_start_matches('.');
                    Some(format!("a key has no dot: `{name}`, or `{name}: {text}`"))
                }
                TokenKind::Number => Some(format!("a key is a text: `\"{text}\"`")),
                _ => Some("a key is a name, a text in quotes, or an expression in parentheses".to_owned()),
            };
        }
        if self.found.is("=") {
            return Some("a key is followed by `:`".to_owned());
        }
        if self.found.is("as") || self.found.is("label") || self.found.is("def") {
            return Some("put the value in parentheses: `key: (… as $name | …)`".to_owned());
        }
        if (self.found.is("-") || self.found.is(".")) || self.found.kind == TokenKind::Field {
            return Some("a key with other signs than letters, digits and `_` stands in quotes".to_owned());
        }
        let begins_key = matches!(
            self.found.kind,
            TokenKind::Name | TokenKind::Keyword(_) | TokenKind::TextStart | TokenKind::Variable
        );
        let behind = self.tokens.get(self.found.partner + 1);
        if begins_key && behind.is_some_and(|behind| behind.is(":")) {
            return Some("put a `,` between the entries".to_owned());
        }
        None
    }

    /// The bracket that the token stands in.
    fn enclosing(&self) -> Option<&'t Token> {
        let before = self.tokens.get(..self.position)?;
        before.iter().rev().find(|token| token.partner > self.position)
    }

    /// Two expressions side by side.
    fn neighbours(&self) -> Option<String> {
        if self.found.is("as") {
            return Some("put it in parentheses: `(… as $name | …)`".to_owned());
        }
        if self.found.is("label") || self.found.is("def") {
            return Some("put it in parentheses".to_owned());
        }
        if self.found.is("=") && self.expects_expression() {
            return Some("compare with `==`".to_owned());
        }
        let are_two = self.found.begins_expression() && !self.expects_expression();
        are_two.then(|| {
            "two expressions stand side by side: put `|`, `,` or an operator between them".to_owned()
        })
    }
}
