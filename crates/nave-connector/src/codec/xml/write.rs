//! Values as XML. What could not be read back the same is refused.

use serde_json::{Map, Value};

use super::hints::{self, Hints, Node};
use crate::codec::{DEEPEST, Error, Expected, scalar};

/// A whole document.
pub(super) fn document(expected: &Expected<'_>, value: &Value) -> Result<String, Error> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = hints::component(expected).unwrap_or("root");
    let mut hints = hints::of(expected, value.is_array());
    // A document has one root, whatever the schema says.
    hints.node = Node::Element;
    write(&mut out, name, hints, expected, value, DEEPEST)?;
    Ok(out)
}

/// Writes a value under its hints' name, or `name` where they have none.
fn write(
    out: &mut String,
    name: &str,
    hints: Hints<'_>,
    expected: &Expected<'_>,
    value: &Value,
    depth: usize,
) -> Result<(), Error> {
    if depth == 0 {
        return Err(Error::limit("the value is nested too deeply for XML"));
    }
    match value {
        Value::Array(items) if hints.node == Node::Element => {
            let name = hints.name.unwrap_or(name);
            let tag = open(out, name, &hints)?;
            out.push('>');
            self::items(out, name, expected, items, depth)?;
            close(out, &tag);
            Ok(())
        }
        Value::Array(items) if items.is_empty() => {
            Err(Error::new("an empty array leaves no element").hint("leave it out"))
        }
        Value::Array(items) => self::items(out, name, expected, items, depth),
        Value::Object(members) => object(out, hints.name.unwrap_or(name), &hints, expected, members, depth),
        Value::Null => {
            open(out, hints.name.unwrap_or(name), &hints)?;
            out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>");
            Ok(())
        }
        single => {
            let tag = open(out, hints.name.unwrap_or(name), &hints)?;
            out.push('>');
            text(out, &scalar::text(single).unwrap_or_default())?;
            close(out, &tag);
            Ok(())
        }
    }
}

fn items(
    out: &mut String,
    name: &str,
    expected: &Expected<'_>,
    items: &[Value],
    depth: usize,
) -> Result<(), Error> {
    items.iter().enumerate().try_for_each(|(position, item)| {
        let expected = expected.item(position);
        let hints = hints::of(&expected, item.is_array());
        let result = if item.is_array() && hints.node != Node::Element {
            Err(Error::new("an array in an array needs an element of its own (`xml: {wrapped: true}`)"))
        } else {
            write(out, name, hints, &expected, item, depth - 1)
        };
        result.map_err(|error| error.below(&position.to_string()))
    })
}

fn object(
    out: &mut String,
    name: &str,
    hints: &Hints<'_>,
    expected: &Expected<'_>,
    members: &Map<String, Value>,
    depth: usize,
) -> Result<(), Error> {
    let tag = open(out, name, hints)?;
    let mut inside = String::new();
    let mut has_elements = false;
    for (key, value) in members {
        let property = expected.property(key);
        let hints = hints::of(&property, value.is_array());
        let result = match hints.node {
            Node::Attribute => attribute(out, key, &hints, value),
            Node::Text | Node::Cdata => content(&mut inside, hints.node, value),
            Node::Element | Node::None => {
                has_elements = true;
                write(&mut inside, key, hints, &property, value, depth - 1)
            }
        };
        result.map_err(|error| error.below(key))?;
    }
    if has_elements && inside.trim_start().is_empty() {
        return Err(Error::new("text of spaces alone is lost between elements"));
    }
    out.push('>');
    out.push_str(&inside);
    close(out, &tag);
    Ok(())
}

fn attribute(out: &mut String, key: &str, hints: &Hints<'_>, value: &Value) -> Result<(), Error> {
    let Some(text) = scalar::text(value) else {
        return Err(Error::new(format!("{} cannot be written as an attribute", scalar::kind(value))));
    };
    let name = qualified(hints.name.unwrap_or(key), hints)?;
    if let (Some(prefix), Some(namespace)) = (hints.prefix, hints.namespace) {
        declare(out, Some(prefix), namespace)?;
    }
    out.push(' ');
    out.push_str(&name);
    out.push_str("=\"");
    escape(out, &text)?;
    out.push('"');
    Ok(())
}

fn content(out: &mut String, node: Node, value: &Value) -> Result<(), Error> {
    let Some(found) = scalar::text(value) else {
        return Err(Error::new(format!("{} cannot be written as text", scalar::kind(value))));
    };
    if found.is_empty() {
        return Err(Error::new("an empty text cannot be told from none").hint("leave it out"));
    }
    // A section cannot hold its own end, and line ends in it would be changed.
    if node == Node::Cdata && !found.contains("]]>") && !found.contains('\r') {
        escape(&mut String::new(), &found)?;
        out.push_str("<![CDATA[");
        out.push_str(&found);
        out.push_str("]]>");
        return Ok(());
    }
    text(out, &found)
}

/// Begins a tag, with its namespace, and gives its name.
fn open(out: &mut String, name: &str, hints: &Hints<'_>) -> Result<String, Error> {
    let tag = qualified(name, hints)?;
    out.push('<');
    out.push_str(&tag);
    if let Some(namespace) = hints.namespace {
        declare(out, hints.prefix, namespace)?;
    }
    Ok(tag)
}

fn declare(out: &mut String, prefix: Option<&str>, namespace: &str) -> Result<(), Error> {
    out.push_str(" xmlns");
    if let Some(prefix) = prefix {
        out.push(':');
        out.push_str(prefix);
    }
    out.push_str("=\"");
    escape(out, namespace)?;
    out.push('"');
    Ok(())
}

fn qualified(name: &str, hints: &Hints<'_>) -> Result<String, Error> {
    if !hints::is_name(name) || !hints.prefix.is_none_or(hints::is_name) {
        return Err(Error::new(format!("`{name}` cannot name an XML element or attribute")));
    }
    Ok(hints.prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}")))
}

fn close(out: &mut String, tag: &str) {
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}

fn text(out: &mut String, text: &str) -> Result<(), Error> {
    escape(out, text)
}

/// Appends text so that an XML reader gives the same text back: it changes bare line ends everywhere
/// and all white space in attributes (XML 1.0 sections 2.11 and 3.3.3).
fn escape(out: &mut String, text: &str) -> Result<(), Error> {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                return Err(Error::new(format!("XML cannot hold the character {c:?}")));
            }
            other => out.push(other),
        }
    }
    Ok(())
}
