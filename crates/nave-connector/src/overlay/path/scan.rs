//! The characters of a JSONPath: names, strings and numbers.

use serde_json::Number;

/// Whole numbers of RFC 9535 are those that JSON readers agree on (RFC 7493).
const LARGEST: i64 = (1 << 53) - 1;

/// A place in the text of a path.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scan { text, at: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn reset(&mut self, position: usize) {
        self.at = position;
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn eat_after_blanks(&mut self, expected: &str) -> bool {
        let begin = self.at;
        self.skip_blanks();
        let found = self.eat(expected);
        if !found {
            self.at = begin;
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    pub(super) fn unexpected(&self) -> String {
        let place = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        match self.rest().chars().next() {
            Some(character) => format!("`{character}` at character {place} was not expected"),
            None => "it ends too early".to_owned(),
        }
    }

    /// A name after a dot.
    pub(super) fn member_name(&mut self) -> Option<String> {
        let first = self.rest().chars().next()?;
        if !(first.is_ascii_alphabetic() || first == '_' || !first.is_ascii()) {
            return None;
        }
        Some(self.take(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()).to_owned())
    }

    /// A function's name or a word such as `true`.
    pub(super) fn word(&mut self) -> &'a str {
        self.take(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    }

    /// A whole number without leading zeros.
    pub(super) fn integer(&mut self) -> Result<Option<i64>, String> {
        let begin = self.at;
        let negative = self.eat("-");
        let digits = self.take(|c| c.is_ascii_digit());
        if digits.is_empty() && !negative {
            return Ok(None);
        }
        let plain = digits == "0" && !negative || (!digits.is_empty() && !digits.starts_with('0'));
        let number = digits.parse::<i64>().ok().filter(|number| plain && *number <= LARGEST);
        match number {
            Some(number) => Ok(Some(if negative { -number } else { number })),
            None => {
                self.at = begin;
                Err(self.unexpected())
            }
        }
    }

    /// A number literal of a comparison.
    pub(super) fn number(&mut self) -> Result<Option<Number>, String> {
        let begins = self.rest().starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if !begins {
            return Ok(None);
        }
        let begin = self.at;
        let text = self.take(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
        super::parse::as_number(text).map(Some).ok_or_else(|| {
            self.at = begin;
            self.unexpected()
        })
    }

    /// A string literal in either quotes.
    pub(super) fn string(&mut self) -> Result<Option<String>, String> {
        let Some(quote @ ('\'' | '"')) = self.rest().chars().next() else { return Ok(None) };
        self.at += 1;
        let mut string = String::new();
        loop {
            match self.next() {
                Some(character) if character == quote => return Ok(Some(string)),
                Some('\\') => string.push(self.escape(quote)?),
                Some(control) if control < ' ' => return Err("a string holds a control character".to_owned()),
                Some(character) => string.push(character),
                None => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char, String> {
        Ok(match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => self.unicode()?,
            Some(plain @ ('/' | '\\')) => plain,
            Some(plain) if plain == quote => plain,
            _ => return Err("a string holds an unknown escape".to_owned()),
        })
    }

    fn unicode(&mut self) -> Result<char, String> {
        let wrong = || "a string holds a wrong `\\u` escape".to_owned();
        let first = self.hexadecimal().ok_or_else(wrong)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or_else(wrong);
        }
        if !self.eat("\\u") {
            return Err(wrong());
        }
        let second = self.hexadecimal().filter(|unit| (0xdc00..0xe000).contains(unit)).ok_or_else(wrong)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(wrong)
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits =
            self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}
