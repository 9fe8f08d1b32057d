//! What stands between the quotes of a text: pieces, escapes and where interpolations begin.

use super::Lexer;
use crate::span::Span;
use crate::syntax::token::TokenKind;

impl Lexer<'_> {
    /// Reads on to the end of the text, or to its next interpolation. Line ends and control characters may
    /// stand in a text as they are, unlike in JSON.
    pub(super) fn text(&mut self) {
        let start = self.position;
        let mut piece = String::new();
        while let Some(next) = self.rest().chars().next() {
            match next {
                '"' => {
                    self.push_piece(start, piece);
                    return self.push_close(TokenKind::TextEnd, 1);
                }
                '\\' if self.rest().starts_with("\\(") => {
                    self.push_piece(start, piece);
                    return self.push_open(TokenKind::InterpolationStart, 2);
                }
                '\\' => self.escape(&mut piece),
                _ => {
                    piece.push(next);
                    self.position += next.len_utf8();
                }
            }
        }
        self.push_piece(start, piece);
    }

    fn push_piece(&mut self, start: usize, piece: String) {
        let length = self.position - start;
        if length > 0 {
            self.position = start;
            self.push(TokenKind::TextPart(piece), length);
        }
    }

    fn escape(&mut self, piece: &mut String) {
        let rest = self.rest();
        let letter = rest.chars().nth(1);
        let plain = match letter {
            Some('"' | '\\' | '/') => letter,
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => return self.unicode_escape(piece),
            _ => None,
        };
        let length = 1 + letter.map_or(0, char::len_utf8);
        match plain {
            Some(plain) => piece.push(plain),
            None => {
                let message = format!("a text has no escape `{}`", rest.get(..length).unwrap_or_default());
                let hint = match letter {
                    Some('\'') => "write `'` as it is",
                    Some('x') => "write `\\u00` and two digits",
                    Some('$' | '{' | '}') => "write it as it is; a value is put into a text by `\\( … )`",
                    _ => {
                        "a backslash is written `\\\\`; the escapes are those of JSON: \
                         \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX"
                    }
                };
                self.bad_escape(length, message, hint);
            }
        }
        self.position += length;
    }

    /// `\uXXXX`, or two of them for a character beyond U+FFFF; RFC 8259 section 7.
    fn unicode_escape(&mut self, piece: &mut String) {
        let rest = self.rest();
        let Some(first) = unit(rest) else {
            let digits = rest.chars().skip(2).take(4).take_while(char::is_ascii_hexdigit).count();
            let message = "`\\u` needs four hexadecimal digits".to_owned();
            self.bad_escape(2 + digits, message, "for example `\\u00e9`");
            self.position += 2 + digits;
            return;
        };
        let second = rest.get(6..).and_then(unit).filter(|_| (0xd800..0xdc00).contains(&first));
        let units = [first, second.unwrap_or_default()];
        let units = units.get(..1 + usize::from(second.is_some())).unwrap_or_default();
        let length = 6 * units.len();
        match char::decode_utf16(units.iter().copied()).collect::<Result<String, _>>() {
            Ok(character) => piece.push_str(&character),
            Err(_) => {
                let message = "half of a surrogate pair is no character".to_owned();
                self.bad_escape(length, message, "write both halves, for example `\\ud83d\\ude00`");
            }
        }
        self.position += length;
    }

    fn bad_escape(&mut self, length: usize, message: String, hint: &str) {
        let span = Span::new(self.position, self.position + length);
        self.report(span, message, Some(hint.to_owned()));
    }
}

/// The UTF-16 unit of the `\uXXXX` that the text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}
