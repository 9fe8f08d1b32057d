//! What a schema's `xml` object says about the XML of its values.

use serde_json::Value;

use crate::codec::Expected;

/// Which kind of node a value becomes (OpenAPI 3.2 `nodeType`; before, `attribute` and `wrapped`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    Element,
    Attribute,
    Text,
    Cdata,
    /// Nothing of its own: the items of an array stand beside the other elements.
    None,
}

/// The hints for one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    pub(super) prefix: Option<&'a str>,
    pub(super) node: Node,
}

/// The hints of a value's schema.
pub(super) fn of<'a>(expected: &Expected<'a>, is_array: bool) -> Hints<'a> {
    // A hint beside a reference is nearer than the one of what it refers to.
    let beside = expected.schema().filter(|schema| schema.dialect().keeps_reference_siblings());
    let beside = beside.and_then(|schema| schema.keyword("xml"));
    let hints = beside.or_else(|| expected.keyword("xml")).and_then(Value::as_object);
    let text = |name: &str| hints.and_then(|hints| hints.get(name)).and_then(Value::as_str);
    let says = |name: &str| hints.and_then(|hints| hints.get(name)).and_then(Value::as_bool) == Some(true);
    let node = match text("nodeType") {
        Some("element") => Node::Element,
        Some("attribute") => Node::Attribute,
        Some("text") => Node::Text,
        Some("cdata") => Node::Cdata,
        Some("none") => Node::None,
        _ if says("attribute") => Node::Attribute,
        _ if is_array && !says("wrapped") => Node::None,
        _ => Node::Element,
    };
    Hints { name: text("name"), namespace: text("namespace"), prefix: text("prefix"), node }
}

/// The name of the component a schema refers to: the name of a root element that has no other.
pub(super) fn component<'a>(expected: &Expected<'a>) -> Option<&'a str> {
    let reference = crate::documents::reference(expected.schema()?.value)?;
    let (_, name) = reference.rsplit_once('/')?;
    is_name(name).then_some(name)
}

/// Whether a text may name an element or attribute: XML's `NCName`, which has no colon.
pub(super) fn is_name(text: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{c0}';
    let is_rest = |c: char| is_start(c) || c.is_ascii_digit() || matches!(c, '-' | '.' | '\u{b7}');
    let mut chars = text.chars();
    // `×` and `÷` stand among the letters.
    chars.next().is_some_and(is_start)
        && chars.all(is_rest)
        && !text.contains(['\u{d7}', '\u{f7}', '\u{37e}'])
}
