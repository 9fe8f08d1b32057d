//! Reads a JSON text as jq 1.8 does: what it takes beyond the grammar (`nan`, `+1`, `.5`), and what it
//! says about the rest, with line and column.

use indexmap::IndexMap;

use crate::budget::Meter;
use crate::error::Error;
use crate::value::{Number, Text, Value};

/// The one value a JSON text holds.
///
/// # Errors
/// It holds none, or more than one, or is no JSON; or it holds more than the budget allows.
pub(crate) fn read_json<'a>(text: &str, meter: &Meter) -> Result<Value<'a>, Error<'a>> {
    meter.steps(text.len())?;
    let mut reader =
        Reader { meter, stack: Vec::new(), next: None, token: String::new(), line: 1, column: 0 };
    let read = reader.read(text);
    read.map_err(|wrong| match wrong {
        Wrong::Limit(limit) => limit,
        Wrong::Said(message) => match meter.bytes(text.len()) {
            Ok(()) => Error::new(format!("{message} (while parsing '{text}')")),
            Err(limit) => limit,
        },
    })
}

/// A number as jq takes it from a text: by the grammar of JSON, and with leading zeros, a `+` in front,
/// digits on one side of the point only; `nan` and `infinity` in any case.
pub(crate) fn read_number<'a>(text: &str) -> Option<Number<'a>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_negative = text.starts_with('-');
    let lower = unsigned.get(..unsigned.len().min(10)).unwrap_or_default().to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity") && lower.len() == unsigned.len() {
        return Some(Number::Double(if is_negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    if let Some(payload) = lower.strip_prefix("nan").or_else(|| lower.strip_prefix("snan")) {
        let is_plain = payload.bytes().all(|byte| byte == b'0') && lower.len() == unsigned.len();
        return is_plain.then_some(Number::Double(f64::NAN));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if digits.is_empty() || !are_digits(digits) {
            return None;
        }
    }
    let is_json = !text.starts_with('+')
        && !whole.is_empty()
        && (whole == "0" || !whole.starts_with('0'))
        && !mantissa.ends_with('.');
    if is_json {
        return Some(Number::Written(Text::from(text.to_owned())));
    }
    // The same number by the grammar of JSON, as its digits are kept.
    let sign = if is_negative { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    Some(Number::Written(Text::from(format!("{sign}{whole}{point}{fraction}{exponent}"))))
}

struct Reader<'m, 'a> {
    meter: &'m Meter,
    stack: Vec<Open<'a>>,
    /// The value that was read last and stands in nothing yet.
    next: Option<Value<'a>>,
    /// What was read of a text or literal.
    token: String,
    line: usize,
    column: usize,
}

/// A list or object that is not closed yet.
enum Open<'a> {
    List(Vec<Value<'a>>),
    /// Its members, and the name whose value comes next.
    Object(IndexMap<Text<'a>, Value<'a>>, Option<Text<'a>>),
}

enum Wrong<'a> {
    Said(String),
    Limit(Error<'a>),
}

type Step<'a> = Result<(), Fails<'a>>;

enum Fails<'a> {
    Message(&'static str),
    Limit(Error<'a>),
}

impl<'a> From<Error<'a>> for Fails<'a> {
    fn from(limit: Error<'a>) -> Self {
        Fails::Limit(limit)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Outside,
    Text,
    Escape,
}

impl<'a> Reader<'_, 'a> {
    fn read(&mut self, text: &str) -> Result<Value<'a>, Wrong<'a>> {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest,
            // jq strips byte by byte, and a first byte that could begin the mark must go on as it.
            None if text.as_bytes().first() == Some(&0xef) => {
                return Err(Wrong::Said("Malformed BOM".into()));
            }
            None => text,
        };
        let mut found = None;
        let mut state = State::Outside;
        for letter in text.chars() {
            self.column += letter.len_utf8();
            if letter == '\n' {
                (self.line, self.column) = (self.line + 1, 0);
            }
            let step = self.step(letter, &mut state, &mut found);
            step.map_err(|fails| self.place(fails, ""))?;
        }
        if state != State::Outside {
            return Err(self.place(Fails::Message("Unfinished string"), " at EOF"));
        }
        self.literal().map_err(|fails| self.place(fails, " at EOF"))?;
        if !self.stack.is_empty() {
            return Err(self.place(Fails::Message("Unfinished JSON term"), " at EOF"));
        }
        match (found, self.next.take()) {
            (Some(_), Some(_)) => Err(Wrong::Said(EXTRA.into())),
            (Some(value), None) | (None, Some(value)) => Ok(value),
            (None, None) => Err(Wrong::Said("Expected JSON value".into())),
        }
    }

    fn place(&self, fails: Fails<'a>, at: &str) -> Wrong<'a> {
        match fails {
            Fails::Limit(limit) => Wrong::Limit(limit),
            Fails::Message(EXTRA) => Wrong::Said(EXTRA.into()),
            Fails::Message(message) => {
                Wrong::Said(format!("{message}{at} at line {}, column {}", self.line, self.column))
            }
        }
    }

    fn step(&mut self, letter: char, state: &mut State, found: &mut Option<Value<'a>>) -> Step<'a> {
        match (*state, letter) {
            (State::Text, '"') => {
                self.text()?;
                *state = State::Outside;
                return self.conclude(found);
            }
            (State::Text | State::Escape, _) => {
                self.token.push(letter);
                let opens = letter == '\\' && *state == State::Text;
                *state = if opens { State::Escape } else { State::Text };
                return Ok(());
            }
            (State::Outside, ' ' | '\t' | '\r' | '\n' | '"' | '[' | ',' | ']' | '{' | ':' | '}') => {}
            (State::Outside, _) => {
                self.token.push(letter);
                return Ok(());
            }
        }
        self.literal()?;
        self.conclude(found)?;
        match letter {
            '"' => *state = State::Text,
            '[' => self.open(Open::List(Vec::new()))?,
            '{' => self.open(Open::Object(IndexMap::new(), None))?,
            ':' => self.colon()?,
            ',' => self.comma()?,
            ']' => self.close_list()?,
            '}' => self.close_object()?,
            _ => {}
        }
        self.conclude(found)
    }

    /// A value outside of everything is the one that is asked for.
    fn conclude(&mut self, found: &mut Option<Value<'a>>) -> Step<'a> {
        if !self.stack.is_empty() || self.next.is_none() {
            return Ok(());
        }
        if found.is_some() {
            return Err(Fails::Message(EXTRA));
        }
        *found = self.next.take();
        Ok(())
    }

    fn open(&mut self, open: Open<'a>) -> Step<'a> {
        let depth = self.stack.len() as u64;
        if depth >= self.meter.depth() {
            return Err(Fails::Limit(self.meter.too_deep()));
        }
        if self.next.is_some() {
            return Err(Fails::Message(SEPARATOR));
        }
        self.meter.items(1)?;
        self.stack.push(open);
        Ok(())
    }

    fn colon(&mut self) -> Step<'a> {
        let Some(next) = self.next.take() else {
            return Err(Fails::Message("Expected string key before ':'"));
        };
        match (self.stack.last_mut(), next) {
            (Some(Open::Object(_, name @ None)), Value::Text(text)) => *name = Some(text),
            (Some(Open::Object(_, None)), _) => return Err(Fails::Message("Object keys must be strings")),
            _ => return Err(Fails::Message("':' not as part of an object")),
        }
        Ok(())
    }

    fn comma(&mut self) -> Step<'a> {
        let Some(next) = self.next.take() else {
            return Err(Fails::Message("Expected value before ','"));
        };
        if self.stack.is_empty() {
            return Err(Fails::Message("',' not as part of an object or array"));
        }
        self.add(next)
    }

    fn close_list(&mut self) -> Step<'a> {
        let Some(Open::List(items)) = self.stack.last() else {
            return Err(Fails::Message("Unmatched ']'"));
        };
        match self.next.take() {
            Some(next) => self.add(next)?,
            None if !items.is_empty() => return Err(Fails::Message("Expected another array element")),
            None => {}
        }
        self.close();
        Ok(())
    }

    fn close_object(&mut self) -> Step<'a> {
        match (self.stack.last(), self.next.take()) {
            (None, _) | (Some(Open::List(_) | Open::Object(_, Some(_))), None) => {
                return Err(Fails::Message("Unmatched '}'"));
            }
            (Some(Open::Object(_, Some(_))), Some(next)) => self.add(next)?,
            (Some(_), Some(_)) => return Err(Fails::Message(PAIRS)),
            (Some(Open::Object(members, None)), None) if !members.is_empty() => {
                return Err(Fails::Message("Expected another key-value pair"));
            }
            (Some(Open::Object(_, None)), None) => {}
        }
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        self.next = match self.stack.pop() {
            Some(Open::List(items)) => Some(Value::array(items)),
            Some(Open::Object(members, _)) => Some(Value::object(members)),
            None => None,
        };
    }

    fn add(&mut self, value: Value<'a>) -> Step<'a> {
        self.meter.items(1)?;
        match self.stack.last_mut() {
            Some(Open::List(items)) => items.push(value),
            Some(Open::Object(members, name)) => match name.take() {
                Some(name) => {
                    members.insert(name, value);
                }
                None => return Err(Fails::Message(PAIRS)),
            },
            None => {}
        }
        Ok(())
    }

    fn give(&mut self, value: Value<'a>) -> Step<'a> {
        if self.next.is_some() {
            return Err(Fails::Message(SEPARATOR));
        }
        self.next = Some(value);
        self.token.clear();
        Ok(())
    }

    fn literal(&mut self) -> Step<'a> {
        let value = match self.token.as_bytes() {
            [] => return Ok(()),
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"null" => Value::Null,
            [b't' | b'f', ..] | [b'n', b'u', ..] => return Err(Fails::Message("Invalid literal")),
            [b'\'', ..] => return Err(Fails::Message("Invalid string literal; expected \", but got '")),
            _ => {
                self.meter.bytes(self.token.len())?;
                let number = read_number(&self.token);
                Value::Number(number.ok_or(Fails::Message("Invalid numeric literal"))?)
            }
        };
        self.give(value)
    }

    fn text(&mut self) -> Step<'a> {
        self.meter.bytes(self.token.len())?;
        let text = unescape(&self.token).map_err(Fails::Message)?;
        self.give(Value::text(text))
    }
}

const EXTRA: &str = "Unexpected extra JSON values";
const SEPARATOR: &str = "Expected separator between values";
const PAIRS: &str = "Objects must consist of key:value pairs";
const PAIR: &str = "Invalid \\uXXXX\\uXXXX surrogate pair escape";

fn unescape(token: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(token.len());
    let mut rest = token;
    loop {
        let mut letters = rest.chars();
        let Some(letter) = letters.next() else { return Ok(out) };
        rest = letters.as_str();
        if letter != '\\' {
            if letter < ' ' {
                return Err("Invalid string: control characters from U+0000 through U+001F must be escaped");
            }
            out.push(letter);
            continue;
        }
        let escape = letters.next();
        rest = letters.as_str();
        out.push(match escape {
            Some(same @ ('\\' | '"' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('u') => unicode(&mut rest)?,
            Some(_) => return Err("Invalid escape"),
            None => return Err("Expected escape character at end of string"),
        });
    }
}

/// The letter behind `\u`. A second half of a pair on its own becomes U+FFFD, a first half is refused.
fn unicode(rest: &mut &str) -> Result<char, &'static str> {
    let (digits, behind) = rest.split_at_checked(4).ok_or("Invalid \\uXXXX escape")?;
    let unit = hex(digits).ok_or("Invalid characters in \\uXXXX escape")?;
    *rest = behind;
    if !(0xd800..=0xdbff).contains(&unit) {
        return Ok(char::from_u32(unit).unwrap_or('\u{fffd}'));
    }
    let (digits, behind) =
        behind.strip_prefix("\\u").and_then(|second| second.split_at_checked(4)).ok_or(PAIR)?;
    let second = hex(digits).filter(|unit| (0xdc00..=0xdfff).contains(unit)).ok_or(PAIR)?;
    *rest = behind;
    char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00)).ok_or(PAIR)
}

fn hex(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}
