//! The named fields of a query, a form or a cookie header: each is written in its own style, and all
//! of them are told apart again when read.

use serde_json::Value;

use super::expected::Types;
use super::flat::{self, Delimiter, Escape, Flat, Shape};
use super::pairs::{self, Form, Keep, Pair, Pairs};
use super::{Content, Error, Expected, codec_of, json, scalar};
use crate::operation::Style;

/// How one field is written.
#[derive(Clone)]
pub(crate) enum How<'a> {
    /// In a parameter style.
    Style { style: Style, explode: bool, keep: Keep },
    /// As content of its own, in one pair.
    Content(Content<'a>),
    /// As a form does without an encoding (OpenAPI 3.1.1, Encoding Object `contentType`): single
    /// values as text, arrays as one pair per item, objects as JSON.
    Plain,
}

/// One field.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) how: How<'a>,
    pub(crate) expected: Expected<'a>,
    /// Whether the members of an object stand as pairs of their own, so that the field's own name does
    /// not appear.
    is_spread: bool,
}

impl<'a> Field<'a> {
    pub(crate) fn new(name: &'a str, how: How<'a>, expected: Expected<'a>) -> Self {
        let spread = matches!(how, How::Style { style, explode: true, .. } if style != Style::DeepObject);
        let is_spread = spread && expected.types().is_some_and(|types| types.any(Types::OBJECT));
        Field { name, how, expected, is_spread }
    }

    /// Whether the value can only be an object.
    fn is_object(&self) -> bool {
        flat::shape(&self.expected, false) == Shape::Map
    }
}

/// Writes one field. `owns` says whether a pair of a name is read as a member of this field.
pub(crate) fn write(
    pairs: &mut Pairs,
    name: &str,
    how: &How<'_>,
    value: &Value,
    owns: &dyn Fn(&str) -> bool,
) -> Result<(), Error> {
    match how {
        How::Style { style: Style::DeepObject, keep, .. } => pairs.deep(name, value, *keep),
        How::Style { style, explode, keep } => {
            write_style(pairs, name, (*style, *explode, *keep), value, owns)
        }
        How::Content(content) => write_content(pairs, name, content, value),
        How::Plain => write_plain(pairs, name, value),
    }
}

fn write_style(
    pairs: &mut Pairs,
    name: &str,
    (style, explode, keep): (Style, bool, Keep),
    value: &Value,
    owns: &dyn Fn(&str) -> bool,
) -> Result<(), Error> {
    let escape = match style {
        Style::Cookie => Escape::Cookie,
        _ => Escape::Percent { member: keep.member(), single: keep.single() },
    };
    let flat = flat::flatten(value)?;
    match &flat {
        Flat::List(texts) if texts.is_empty() => Err(pairs::empty(value)),
        Flat::Map(members) if members.is_empty() => Err(pairs::empty(value)),
        Flat::List(texts) if explode => texts.iter().enumerate().try_for_each(|(at, text)| {
            escape.single(pairs.begin(name), text).map_err(|error| error.below(&at.to_string()))
        }),
        Flat::Map(members) if explode => members.iter().try_for_each(|(key, text)| {
            if !owns(key) {
                let message = format!("the field `{key}` of `{name}` would be read as something else");
                return Err(Error::new(message).below(key));
            }
            escape.single(pairs.begin(key), text).map_err(|error| error.below(key))
        }),
        Flat::One(_) | Flat::List(_) | Flat::Map(_) => {
            flat::join(pairs.begin(name), &flat, delimiter(style), false, escape)
        }
    }
}

fn delimiter(style: Style) -> Delimiter {
    match style {
        Style::SpaceDelimited => Delimiter::SPACE,
        Style::PipeDelimited => Delimiter::PIPE,
        Style::TabDelimited => Delimiter::TAB,
        Style::Matrix | Style::Label | Style::Simple | Style::Form | Style::DeepObject | Style::Cookie => {
            Delimiter::COMMA
        }
    }
}

fn write_content(pairs: &mut Pairs, name: &str, content: &Content<'_>, value: &Value) -> Result<(), Error> {
    let encoded = super::encode(codec_of(content.media_type), content, value)?;
    let text = String::from_utf8(encoded.bytes)
        .map_err(|_| Error::new("bytes that are no text cannot be written here"))?;
    super::percent::push(pairs.begin(name), &text, super::percent::UNRESERVED);
    Ok(())
}

fn write_plain(pairs: &mut Pairs, name: &str, value: &Value) -> Result<(), Error> {
    let mut one = |value: &Value| {
        let text = match value {
            Value::Null => return Err(pairs::empty(value)),
            Value::Array(_) | Value::Object(_) => value.to_string().into(),
            single => scalar::text(single).unwrap_or_default(),
        };
        super::percent::push(pairs.begin(name), &text, super::percent::UNRESERVED);
        Ok(())
    };
    match value {
        Value::Array(items) if items.is_empty() => Err(pairs::empty(value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| one(item).map_err(|error| error.below(&at.to_string()))),
        single => one(single),
    }
}

/// Takes the field's pairs and gives its value; `None` where it has none.
pub(crate) fn take(
    read: &mut [Pair<'_>],
    form: Form,
    field: &Field<'_>,
    owns: &dyn Fn(&str) -> bool,
) -> Result<Option<Value>, Error> {
    let below = |error: Error| error.below(field.name);
    match &field.how {
        How::Style { style: Style::DeepObject, .. } => {
            pairs::take_deep(read, field.name, form, &field.expected).map_err(below)
        }
        How::Style { style, explode, .. } => {
            take_style(read, form, field, (*style, *explode), owns).map_err(below)
        }
        How::Content(content) => {
            let Some(raw) = take_one(read, field.name) else { return Ok(None) };
            let text = pairs::decode(raw, form);
            super::decode(codec_of(content.media_type), content, text.as_bytes()).map(Some).map_err(below)
        }
        How::Plain => take_plain(read, form, field).map_err(below),
    }
}

fn take_style(
    read: &mut [Pair<'_>],
    form: Form,
    field: &Field<'_>,
    (style, explode): (Style, bool),
    owns: &dyn Fn(&str) -> bool,
) -> Result<Option<Value>, Error> {
    let decode =
        |raw| if style == Style::Cookie { std::borrow::Cow::Borrowed(raw) } else { pairs::decode(raw, form) };
    if explode {
        let texts = take_all(read, |name| name == field.name && !field.is_object());
        let texts: Vec<_> = texts.into_iter().map(|(_, raw)| decode(raw)).collect();
        match texts.as_slice() {
            [] => {}
            [text] if flat::shape(&field.expected, false) != Shape::List => {
                return Ok(Some(field.expected.scalar(text)));
            }
            _ => return Ok(Some(flat::typed(Flat::List(texts), &field.expected))),
        }
        if !field.is_spread {
            return Ok(None);
        }
        let members = take_all(read, owns);
        let members: Vec<_> = members.into_iter().map(|(name, raw)| (name.into(), decode(raw))).collect();
        return Ok((!members.is_empty()).then(|| flat::typed(Flat::Map(members), &field.expected)));
    }
    let Some(raw) = take_one(read, field.name) else { return Ok(None) };
    let delimiter = delimiter(style);
    let Some(character) = delimiter.excludes else {
        let shape = flat::shape(&field.expected, raw.contains(delimiter.wire));
        let flat = flat::split(raw, delimiter.wire, shape, false, decode)?;
        return Ok(Some(flat::typed(flat, &field.expected)));
    };
    // No member holds the delimiter, so the text may be decoded before it is taken apart, and a bare
    // `|` is as good as `%7C`.
    let text = decode(raw);
    let mut buffer = [0; 4];
    let delimiter = character.encode_utf8(&mut buffer);
    let shape = flat::shape(&field.expected, text.contains(&*delimiter));
    let flat = flat::split(&text, delimiter, shape, false, std::borrow::Cow::Borrowed)?;
    Ok(Some(flat::typed(flat, &field.expected)))
}

fn take_plain(read: &mut [Pair<'_>], form: Form, field: &Field<'_>) -> Result<Option<Value>, Error> {
    let texts = take_all(read, |name| name == field.name);
    let texts: Vec<_> = texts.into_iter().map(|(_, raw)| pairs::decode(raw, form)).collect();
    let types = field.expected.types();
    let is_list = types.is_some_and(|types| types.only(Types::ARRAY.with(Types::NULL)));
    match texts.as_slice() {
        // Systems that take forms take bracketed names too.
        [] => pairs::take_deep(read, field.name, form, &field.expected),
        [text] if !is_list => Ok(Some(structured(text, &field.expected))),
        _ => {
            let items = texts.iter().enumerate();
            Ok(Some(Value::Array(
                items.map(|(at, text)| structured(text, &field.expected.item(at))).collect(),
            )))
        }
    }
}

/// A text that is JSON where the schema has objects or arrays, or says nothing.
pub(crate) fn structured(text: &str, expected: &Expected<'_>) -> Value {
    let types = expected.types();
    let nested = types.is_none_or(|types| types.any(Types::OBJECT.with(Types::ARRAY)));
    let looks_nested = text.starts_with(['{', '[']);
    match json::parse(text) {
        Ok(value) if nested && looks_nested => value,
        _ => expected.scalar(text),
    }
}

fn take_one<'q>(read: &mut [Pair<'q>], name: &str) -> Option<&'q str> {
    let pair = read.iter_mut().find(|pair| !pair.is_taken && pair.name == name)?;
    pair.is_taken = true;
    Some(pair.raw)
}

fn take_all<'q>(read: &mut [Pair<'q>], wanted: impl Fn(&str) -> bool) -> Vec<(String, &'q str)> {
    let mut taken = Vec::new();
    for pair in read.iter_mut().filter(|pair| !pair.is_taken && wanted(&pair.name)) {
        pair.is_taken = true;
        taken.push((pair.name.clone().into_owned(), pair.raw));
    }
    taken
}

/// Whether a member of the object `name` that stands as a pair of its own is read as that member.
pub(crate) fn owns(fields: &[Field<'_>], name: &str, member: &str) -> bool {
    let Some(field) = owner(fields, member).and_then(|at| fields.get(at)) else { return false };
    field.name == name && (member != name || field.is_object())
}

/// Which of the fields a pair of this name belongs to: the field of that name, else an object whose
/// members stand as pairs of their own and that declares the name, else one that takes any name.
pub(crate) fn owner(fields: &[Field<'_>], name: &str) -> Option<usize> {
    let spread = || fields.iter().enumerate().filter(|(_, field)| field.is_spread);
    fields
        .iter()
        .position(|field| field.name == name)
        .or_else(|| spread().find(|(_, field)| field.expected.declares(name)).map(|(at, _)| at))
        .or_else(|| spread().find(|(_, field)| field.expected.is_open()).map(|(at, _)| at))
}
