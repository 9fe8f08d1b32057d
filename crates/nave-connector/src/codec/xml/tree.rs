//! XML text as a tree of elements, within bounds: no document type, so no entities besides the five.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::codec::{DEEPEST, Error, MOST_ITEMS};

/// The most attributes of one element: each is compared with all before it, as XML forbids doubles.
const MOST_ATTRIBUTES: usize = 1_000;

/// One element. Names are local names: prefixes differ between writers of the same thing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// All text directly inside, without the space between child elements.
    pub(super) text: String,
    /// `xsi:nil="true"`.
    pub(super) is_nil: bool,
}

/// The root element of a document.
pub(super) fn parse(text: &str) -> Result<Element, Error> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // Elements that are open, the root's surroundings first.
    let mut open = vec![Element::default()];
    let mut count = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| broken(&reader, &error.to_string()))?;
        match event {
            Event::Start(start) => {
                count += 1;
                if open.len() > DEEPEST || count > MOST_ITEMS {
                    return Err(Error::limit("the XML has too many elements, or nests them too deeply"));
                }
                open.push(element(&start).map_err(|why| broken(&reader, &why))?);
            }
            Event::End(_) => {
                close(&mut open).ok_or_else(|| broken(&reader, "an element ends that never began"))?;
            }
            Event::Text(found) => append(&mut open, &found.xml10_content()),
            Event::CData(found) => append(&mut open, &found.xml10_content()),
            Event::GeneralRef(found) => {
                let c =
                    character(&found).ok_or_else(|| broken(&reader, "an entity is not one of XML's own"))?;
                append(&mut open, c.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(broken(&reader, "a document type stands there, and none is accepted"));
            }
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let mut surroundings = open.pop().unwrap_or_default();
    match (open.is_empty(), surroundings.children.pop(), surroundings.children.is_empty()) {
        (true, Some(root), true) if surroundings.text.trim().is_empty() => Ok(root),
        _ => Err(Error::new("the XML is not exactly one element")),
    }
}

fn broken(reader: &Reader<&[u8]>, why: &str) -> Error {
    Error::new(format!("the XML cannot be read at byte {}: {why}", reader.buffer_position()))
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: start.local_name().into_inner().to_owned(), ..Element::default() };
    for (count, attribute) in start.attributes().enumerate() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if count >= MOST_ATTRIBUTES {
            return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
        }
        let (local, prefix) = attribute.key.decompose();
        let prefix = prefix.map(|prefix| prefix.into_inner());
        let local = local.into_inner();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        if prefix == Some("xmlns") || (prefix.is_none() && local == "xmlns") {
            continue;
        }
        if prefix == Some("xsi") && local == "nil" {
            element.is_nil = matches!(value.as_ref(), "true" | "1");
            continue;
        }
        element.attributes.push((local.to_owned(), value.into_owned()));
    }
    Ok(element)
}

/// Ends the innermost element; `None` where only the surroundings are open.
fn close(open: &mut Vec<Element>) -> Option<()> {
    let mut element = open.pop()?;
    if !element.children.is_empty() && element.text.trim().is_empty() {
        element.text.clear();
    }
    open.last_mut()?.children.push(element);
    Some(())
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return Some(c);
    }
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
