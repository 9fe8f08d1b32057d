//! Values of one level as delimited text: the part that all parameter styles share. Which delimiter,
//! prefix and name surround it is the style's matter.

use std::borrow::Cow;

use percent_encoding::AsciiSet;
use serde_json::{Map, Value};

use super::expected::Types;
use super::{Error, Expected, percent, scalar};

/// A value of at most one level, as texts.
pub(crate) enum Flat<'v> {
    /// A single value.
    One(Cow<'v, str>),
    /// The members of an array.
    List(Vec<Cow<'v, str>>),
    /// The members of an object.
    Map(Vec<(Cow<'v, str>, Cow<'v, str>)>),
}

/// Which of the three a text is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    List,
    Map,
}

/// What separates members on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Delimiter {
    /// As written.
    pub(crate) wire: &'static str,
    /// The character itself, where an escaped one would be read as a delimiter too, so that no member
    /// may hold it.
    pub(crate) excludes: Option<char>,
}

impl Delimiter {
    pub(crate) const COMMA: Delimiter = Delimiter { wire: ",", excludes: None };
    pub(crate) const DOT: Delimiter = Delimiter { wire: ".", excludes: None };
    pub(crate) const SEMICOLON: Delimiter = Delimiter { wire: ";", excludes: None };
    pub(crate) const SPACE: Delimiter = Delimiter { wire: "%20", excludes: Some(' ') };
    pub(crate) const PIPE: Delimiter = Delimiter { wire: "%7C", excludes: Some('|') };
    pub(crate) const TAB: Delimiter = Delimiter { wire: "%09", excludes: Some('\t') };
}

/// How the texts themselves are written.
#[derive(Clone, Copy)]
pub(crate) enum Escape {
    /// Percent-encoded: keys and members by one set, single values by another.
    Percent { member: &'static AsciiSet, single: &'static AsciiSet },
    /// As they are, in a header field value (RFC 9110 section 5.5).
    Header,
    /// As they are, in a cookie value (RFC 6265 section 4.1.1).
    Cookie,
}

impl Escape {
    /// Appends a single value.
    pub(crate) fn single(self, out: &mut String, text: &str) -> Result<(), Error> {
        match self {
            Escape::Percent { single, .. } => percent::push(out, text, single),
            Escape::Header => {
                if text.trim_matches([' ', '\t']).len() != text.len() {
                    return Err(unrepresentable(text, "a header value cannot begin or end with a space"));
                }
                out.push_str(check(text, |c| c == '\t' || (' '..='~').contains(&c), "a header value")?);
            }
            Escape::Cookie => {
                let allowed = |c: char| ('!'..='~').contains(&c) && !matches!(c, '"' | ',' | ';' | '\\');
                out.push_str(check(text, allowed, "a cookie value")?);
            }
        }
        Ok(())
    }

    /// Appends one member of several, or a key.
    fn member(self, out: &mut String, text: &str, is_key: bool) -> Result<(), Error> {
        match self {
            Escape::Percent { member, .. } => {
                percent::push(out, text, member);
                Ok(())
            }
            Escape::Header | Escape::Cookie => {
                if text.contains(',') || (is_key && text.contains('=')) {
                    return Err(unrepresentable(text, "it would be read as more than one value"));
                }
                self.single(out, text)
            }
        }
    }
}

fn check<'t>(text: &'t str, allowed: impl Fn(char) -> bool, place: &str) -> Result<&'t str, Error> {
    match text.chars().find(|c| !allowed(*c)) {
        None => Ok(text),
        Some(c) => Err(Error::new(format!("{place} cannot hold the character {c:?}"))),
    }
}

fn unrepresentable(text: &str, why: &str) -> Error {
    Error::new(format!("the value {text:?} cannot be written here: {why}"))
}

/// A value as texts.
///
/// # Errors
/// It has members that are null, arrays or objects: no style but `deepObject` can write those.
pub(crate) fn flatten(value: &Value) -> Result<Flat<'_>, Error> {
    match value {
        Value::Array(items) => {
            let texts = items.iter().enumerate().map(|(position, item)| {
                scalar::text(item).ok_or_else(|| nested(item).below(&position.to_string()))
            });
            Ok(Flat::List(texts.collect::<Result<_, _>>()?))
        }
        Value::Object(members) => {
            let pairs = members.iter().map(|(key, member)| match scalar::text(member) {
                Some(text) => Ok((Cow::Borrowed(key.as_str()), text)),
                None => Err(nested(member).below(key)),
            });
            Ok(Flat::Map(pairs.collect::<Result<_, _>>()?))
        }
        single => scalar::text(single).map(Flat::One).ok_or_else(|| nested(single)),
    }
}

fn nested(value: &Value) -> Error {
    let message = format!("{} cannot be written here", scalar::kind(value));
    match value {
        Value::Null => Error::new(message).hint("leave it out"),
        _ => {
            Error::new(message).hint("this place takes single values, and lists or objects of single values")
        }
    }
}

/// Appends the members with a delimiter between them; an exploded object as `key=value`.
pub(crate) fn join(
    out: &mut String,
    flat: &Flat<'_>,
    delimiter: Delimiter,
    explode: bool,
    escape: Escape,
) -> Result<(), Error> {
    let exclude = |text: &str| match delimiter.excludes {
        Some(c) if text.contains(c) => Err(unrepresentable(text, "it holds the character between values")),
        _ => Ok(()),
    };
    match flat {
        Flat::One(text) => escape.single(out, text)?,
        Flat::List(texts) => {
            for (position, text) in texts.iter().enumerate() {
                exclude(text).map_err(|error| error.below(&position.to_string()))?;
                out.push_str(if position > 0 { delimiter.wire } else { "" });
                escape.member(out, text, false).map_err(|error| error.below(&position.to_string()))?;
            }
        }
        Flat::Map(pairs) => {
            for (position, (key, text)) in pairs.iter().enumerate() {
                exclude(key).and_then(|()| exclude(text)).map_err(|error| error.below(key))?;
                if explode && delimiter.excludes.is_some() && key.contains('=') {
                    return Err(unrepresentable(key, "it holds the character after names").below(key));
                }
                out.push_str(if position > 0 { delimiter.wire } else { "" });
                escape.member(out, key, true).map_err(|error| error.below(key))?;
                out.push_str(if explode { "=" } else { delimiter.wire });
                escape.member(out, text, false).map_err(|error| error.below(key))?;
            }
        }
    }
    Ok(())
}

/// Which shape a text has that was written for this schema. Where single values and arrays are both
/// allowed, a text without a delimiter is a single value.
pub(crate) fn shape(expected: &Expected<'_>, is_delimited: bool) -> Shape {
    let Some(types) = expected.types() else { return Shape::One };
    let list = types.any(Types::ARRAY);
    let map = types.any(Types::OBJECT);
    let single = !types.only(all_of(&[Types::ARRAY, Types::OBJECT, Types::NULL]));
    match (single, list, map) {
        (true, true, _) if is_delimited => Shape::List,
        (true, false, true) if is_delimited && !types.any(Types::STRING) => Shape::Map,
        (true, _, _) | (false, false, false) => Shape::One,
        (false, true, _) => Shape::List,
        (false, false, true) => Shape::Map,
    }
}

fn all_of(types: &[Types]) -> Types {
    types.iter().fold(Types::NONE, |all, one| all.with(*one))
}

/// Takes a text apart at its delimiter; the reverse of [`join`], before escapes are decoded.
pub(crate) fn split<'t>(
    text: &'t str,
    delimiter: &str,
    shape: Shape,
    explode: bool,
    decode: impl Fn(&'t str) -> Cow<'t, str>,
) -> Result<Flat<'t>, Error> {
    Ok(match shape {
        Shape::One => Flat::One(decode(text)),
        Shape::List => Flat::List(text.split(delimiter).map(decode).collect()),
        Shape::Map if explode => {
            let pairs = text.split(delimiter).map(|pair| match pair.split_once('=') {
                Some((key, text)) => Ok((decode(key), decode(text))),
                None => Err(Error::new(format!("`{pair}` should be `name=value`"))),
            });
            Flat::Map(pairs.collect::<Result<_, _>>()?)
        }
        Shape::Map => {
            let mut pairs = Vec::new();
            let mut parts = text.split(delimiter);
            while let Some(key) = parts.next() {
                let Some(text) = parts.next() else {
                    return Err(Error::new(format!("`{text}` should hold a value after each name")));
                };
                pairs.push((decode(key), decode(text)));
            }
            Flat::Map(pairs)
        }
    })
}

/// Texts as the value the schema makes of them.
pub(crate) fn typed(flat: Flat<'_>, expected: &Expected<'_>) -> Value {
    match flat {
        Flat::One(text) => expected.scalar(&text),
        Flat::List(texts) => {
            let items = texts.iter().enumerate().map(|(position, text)| expected.item(position).scalar(text));
            Value::Array(items.collect())
        }
        Flat::Map(pairs) => {
            let members = pairs.into_iter().map(|(key, text)| {
                let member = expected.property(&key).scalar(&text);
                (key.into_owned(), member)
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
