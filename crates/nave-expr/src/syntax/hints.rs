//! What people mean when they write something that no expression has: habits of other languages, signs
//! that text editors put in, things left out.

mod foreign;

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
/// `usual` is what can be said of the construct it stands in.
pub(super) fn advise(tokens: &[Token], position: usize, source: &str, usual: Option<&str>) -> Option<String> {
    let place = Place::new(tokens, position, source)?;
    place
        .stray()
        .or_else(|| place.pair())
        .or_else(|| place.word())
        .or_else(|| place.dollar())
        .or_else(|| usual.map(str::to_owned))
        .or_else(|| place.entry())
        .or_else(|| place.missing())
        .or_else(|| place.choice())
        .or_else(|| place.step())
        .or_else(|| place.comment())
        .or_else(|| place.condition())
        .or_else(|| place.neighbours())
}

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
        if foreign::is_quote(first) {
            let inner = text.trim_matches(|c| c == '"' || foreign::is_quote(c));
            let inner = if text.chars().count() == 1 { "…" } else { inner };
            return Some(format!("a text stands in straight double quotes: `\"{inner}\"`"));
        }
        if first.is_alphabetic() {
            let is_field = self.before.is_some_and(|before| {
                (before.kind == TokenKind::Field || before.is(".")) && before.touches(self.found)
            });
            let start = self.before.filter(|_| is_field).map_or("", |before| self.text(before));
            let name = format!("{start}{text}");
            let name = name.trim_start_matches('.');
            return Some(format!("a name with letters other than a-z stands in quotes: `.[\"{name}\"]`"));
        }
        foreign::character(first).map(str::to_owned)
    }

    fn pair(&self) -> Option<String> {
        let before = self.before.filter(|before| before.touches(self.found))?;
        let fits = |(first, second, _): &&(&str, &str, &str)| before.is(first) && self.found.is(second);
        let (.., hint) = foreign::SIGNS.iter().find(fits)?;
        Some((*hint).to_owned())
    }

    fn word(&self) -> Option<String> {
        let text = self.text(self.found);
        let is_operator = self.found.kind == TokenKind::Name && !self.expects_expression();
        let operator = foreign::WORDS.iter().find(|(word, _)| is_operator && *word == text);
        if let Some((_, hint)) = operator {
            return Some((*hint).to_owned());
        }
        let before = self.before.filter(|before| before.kind == TokenKind::Name)?;
        let before = self.text(before);
        let (_, hint) = foreign::BEGINNINGS.iter().find(|(word, _)| *word == before)?;
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
        if is_behind_question {
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
        let mut index = if is_before {
            self.found.partner.min(self.position)
        } else {
            self.found.partner.max(self.position)
        };
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
        if let Some(before) =
            self.before.filter(|before| before.kind == TokenKind::Field && self.found.is("("))
        {
            let name = self.text(before).trim_start_matches('.');
            return Some(format!("a function is called behind `|`: `… | {name}(…)`"));
        }
        if !self.is_before(".") {
            return None;
        }
        let hint = match self.found.kind {
            TokenKind::Number => format!("an item of a list is written `[{text}]`"),
            TokenKind::Variable => format!("a field with a computed name is written `.[{text}]`"),
            TokenKind::Sign("(") => "a field with a computed name is written `.[…]`".to_owned(),
            TokenKind::Sign("*") => "all items are written `.[]`".to_owned(),
            TokenKind::Name => format!("no space stands behind `.`: write `.{text}`"),
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
            TokenKind::Keyword(word) => !matches!(word, "end" | "label" | "break"),
            _ => false,
        };
        if ends && is_operator {
            return Some(format!("write what belongs behind `{}`", self.text(before)));
        }
        if before.is("(") && self.found.is(")") {
            return Some("`empty` gives nothing, `null` gives null".to_owned());
        }
        None
    }

    /// Comments of other languages.
    fn comment(&self) -> Option<String> {
        let is_block = self.found.is("/") && self.next.is("*") && self.found.touches(self.next);
        let is_line = self.found.is("//") && self.expects_expression();
        (is_block || is_line).then(|| "a comment begins with `#` and goes to the end of the line".to_owned())
    }

    /// Words that belong to others.
    fn condition(&self) -> Option<String> {
        let TokenKind::Keyword(word) = self.found.kind else { return None };
        let opening = match word {
            "then" | "elif" | "else" | "end" => "if",
            "catch" => "try",
            _ => return None,
        };
        let is_alone = !self.is_level_with(opening, true);
        is_alone.then(|| format!("there is no `{opening}` that this `{word}` belongs to"))
    }

    /// Inside of an object.
    fn entry(&self) -> Option<String> {
        let open = self.enclosing()?;
        if !open.is("{") {
            return None;
        }
        let text = self.text(self.found);
        if self.is_before("{") || self.is_before(",") {
            return match self.found.kind {
                TokenKind::Field => {
                    let name = text.trim_start_matches('.');
                    Some(format!("a key has no dot: `{name}`, or `{name}: {text}`"))
                }
                TokenKind::Number => Some(format!("a key is a text: `\"{text}\"`")),
                TokenKind::Sign(",") => Some("take the `,` away, or write what belongs there".to_owned()),
                _ => Some("a key is a name, a text in quotes, or an expression in parentheses".to_owned()),
            };
        }
        if self.found.is("as") || self.found.is("label") || self.found.is("def") {
            return Some("put the value in parentheses: `key: (… as $name | …)`".to_owned());
        }
        let is_missing_comma = self.found.is(";") || (self.begins_key() && !self.is_before("?"));
        is_missing_comma.then(|| "put a `,` between the entries".to_owned())
    }

    /// Whether a key and its `:` begin here.
    fn begins_key(&self) -> bool {
        let is_key = matches!(
            self.found.kind,
            TokenKind::Name | TokenKind::Keyword(_) | TokenKind::TextStart | TokenKind::Variable
        );
        is_key && self.tokens.get(self.found.partner + 1).is_some_and(|behind| behind.is(":"))
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
        let are_two = self.found.begins_expression() && !self.expects_expression();
        are_two.then(|| {
            "two expressions stand side by side: put `|`, `,` or an operator between them".to_owned()
        })
    }
}
