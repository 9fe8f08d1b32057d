//! XML as values, typed by the schema: which elements are lists, which texts are numbers.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::hints::{self, Node};
use super::tree::Element;
use crate::codec::expected::Types;
use crate::codec::{Error, Expected};

/// The value of a root element.
pub(super) fn value(root: &Element, expected: &Expected<'_>) -> Result<Value, Error> {
    let is_list = is_list(expected);
    if is_list {
        return Ok(list(root.children.iter(), expected));
    }
    Ok(single(root, expected))
}

fn list<'e>(elements: impl Iterator<Item = &'e Element>, expected: &Expected<'_>) -> Value {
    Value::Array(elements.enumerate().map(|(at, element)| item(element, &expected.item(at))).collect())
}

fn item(element: &Element, expected: &Expected<'_>) -> Value {
    if is_list(expected) { list(element.children.iter(), expected) } else { single(element, expected) }
}

fn is_list(expected: &Expected<'_>) -> bool {
    expected.types().is_some_and(|types| types.any(Types::ARRAY) && !types.any(Types::OBJECT))
}

/// The value of one element that is no list.
fn single(element: &Element, expected: &Expected<'_>) -> Value {
    if element.is_nil {
        return Value::Null;
    }
    let is_object = match expected.types() {
        Some(types) => types.any(Types::OBJECT),
        None => !element.children.is_empty() || !element.attributes.is_empty(),
    };
    if !is_object
        || (element.children.is_empty() && element.attributes.is_empty() && is_text(element, expected))
    {
        return expected.scalar(&element.text);
    }
    object(element, expected)
}

/// Whether an element without children and attributes is a text although objects are allowed.
fn is_text(element: &Element, expected: &Expected<'_>) -> bool {
    let texts = expected.types().is_some_and(|types| !types.only(Types::OBJECT.with(Types::NULL)));
    texts && !element.text.is_empty()
}

fn object(element: &Element, expected: &Expected<'_>) -> Value {
    let mut object = Map::new();
    let mut taken = vec![false; element.children.len()];
    let mut attributes: Vec<&(String, String)> = element.attributes.iter().collect();
    for name in expected.names() {
        let property = expected.property(name);
        let is_list = is_list(&property);
        let hints = hints::of(&property, is_list);
        let wire = hints.name.unwrap_or(name);
        let found = match hints.node {
            Node::Attribute => {
                let at = attributes.iter().position(|(found, _)| found == wire);
                at.map(|at| property.scalar(&attributes.remove(at).1))
            }
            Node::Text | Node::Cdata => (!element.text.is_empty()).then(|| property.scalar(&element.text)),
            Node::None if is_list => {
                let inner = hints::of(&property.item(0), false).name.unwrap_or(name);
                let items = take(element, &mut taken, inner, usize::MAX);
                (!items.is_empty()).then(|| list(items.into_iter(), &property))
            }
            Node::Element | Node::None => {
                let found = take(element, &mut taken, wire, 1);
                found.first().map(|found| if found.is_nil { Value::Null } else { item(found, &property) })
            }
        };
        if let Some(found) = found {
            object.insert(name.to_owned(), found);
        }
    }
    for (name, text) in attributes {
        object.entry(name.as_str()).or_insert_with(|| expected.property(name).scalar(text));
    }
    undeclared(element, &taken, expected, &mut object);
    Value::Object(object)
}

/// Takes up to `most` children of a name.
fn take<'e>(element: &'e Element, taken: &mut [bool], name: &str, most: usize) -> Vec<&'e Element> {
    let free = element.children.iter().zip(taken).filter(|(child, taken)| !**taken && child.name == name);
    free.take(most)
        .map(|(child, taken)| {
            *taken = true;
            child
        })
        .collect()
}

/// Children the schema does not name: one of a name is a value, several are a list.
fn undeclared(element: &Element, taken: &[bool], expected: &Expected<'_>, object: &mut Map<String, Value>) {
    let mut rest: IndexMap<&str, Vec<&Element>> = IndexMap::new();
    for (child, _) in element.children.iter().zip(taken).filter(|(_, taken)| !**taken) {
        rest.entry(&child.name).or_default().push(child);
    }
    for (name, children) in rest {
        let property = expected.property(name);
        let value = match children.as_slice() {
            [only] => item(only, &property),
            several => {
                let is_item = property.types().is_none_or(|types| !types.any(Types::ARRAY));
                Value::Array(
                    several
                        .iter()
                        .enumerate()
                        .map(|(at, child)| {
                            single(child, &if is_item { property.clone() } else { property.item(at) })
                        })
                        .collect(),
                )
            }
        };
        object.entry(name).or_insert(value);
    }
}
