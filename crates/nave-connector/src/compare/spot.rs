//! A schema with its place: what is compared, and what a finding points to.

use std::rc::Rc;

use nave_model::place::push_token;
use serde_json::Value;

use crate::documents::{Documents, Place, reference, unescape};
use crate::schema::Schema;

/// The longest chain of references that is followed.
const LONGEST_CHAIN: usize = 64;

/// A schema with its place. Two spots of one document are the same schema when their addresses are.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    pub(super) documents: &'a Documents,
    document: usize,
    trail: Rc<Trail<'a>>,
    pub(super) value: &'a Value,
}

/// The way to a schema. Its pointer is written out only for a finding: hundreds of thousands of schemas
/// are looked at, and a hostile description gives them names of megabytes.
enum Trail<'a> {
    /// A pointer that stood in the description.
    Start(String),
    /// One or two tokens further down.
    Below(Rc<Trail<'a>>, &'a str, Option<Token<'a>>),
}

/// One step down from a keyword.
#[derive(Clone, Copy)]
pub(super) enum Token<'a> {
    /// A member.
    Key(&'a str),
    /// An item.
    Index(usize),
}

impl<'a> Spot<'a> {
    /// The schema at a place, if there is one.
    pub(super) fn at(documents: &'a Documents, place: &Place) -> Option<Self> {
        let trail = Rc::new(Trail::Start(place.pointer.clone()));
        Some(Spot { documents, document: place.document, trail, value: documents.get(place)? })
    }

    /// A schema below this one: the value of a keyword, or of one of its members or items.
    pub(super) fn below(&self, keyword: &'a str, token: Option<Token<'a>>, value: &'a Value) -> Self {
        let trail = Rc::new(Trail::Below(Rc::clone(&self.trail), keyword, token));
        Spot { documents: self.documents, document: self.document, trail, value }
    }

    /// Its place, written out.
    pub(super) fn place(&self) -> Place {
        let mut steps = Vec::new();
        let mut trail = &*self.trail;
        let mut pointer = loop {
            match trail {
                Trail::Start(pointer) => break pointer.clone(),
                Trail::Below(before, keyword, token) => {
                    steps.push((*keyword, *token));
                    trail = before;
                }
            }
        };
        for (keyword, token) in steps.into_iter().rev() {
            push_token(&mut pointer, keyword);
            match token {
                Some(Token::Key(key)) => push_token(&mut pointer, key),
                Some(Token::Index(index)) => push_token(&mut pointer, &index.to_string()),
                None => {}
            }
        }
        Place { document: self.document, pointer }
    }

    /// The component this is the schema of, if it is one.
    pub(super) fn component(&self) -> Option<String> {
        let Trail::Start(pointer) = &*self.trail else { return None };
        let mut tokens = pointer.rsplit('/');
        let (last, before) = (tokens.next()?, tokens.next()?);
        matches!(before, "schemas" | "definitions" | "$defs").then(|| unescape(last))
    }

    /// Whether it is written out in an operation, and not shared by name.
    pub(super) fn is_inline(&self) -> bool {
        let mut trail = &*self.trail;
        loop {
            match trail {
                Trail::Start(pointer) => return pointer.starts_with("/paths/"),
                Trail::Below(before, ..) => trail = before,
            }
        }
    }

    /// The same schema without its place.
    pub(super) fn schema(&self) -> Schema<'a> {
        Schema { documents: self.documents, document: self.document, value: self.value }
    }

    /// Equal for two views of the same schema.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self.value).addr()
    }

    /// Whether keywords beside a reference count.
    pub(super) fn keeps_siblings(&self) -> bool {
        self.schema().dialect().keeps_reference_siblings()
    }

    /// Where the reference that stands here leads, one step.
    pub(super) fn target(&self) -> Option<Spot<'a>> {
        let text = reference(self.value)?;
        let place = self.documents.target(self.document, text).ok()?;
        Spot::at(self.documents, &place)
    }

    /// The schema behind references that stand alone, or whose siblings do not count. A reference that
    /// leads nowhere or round in a circle stays as it is, and says nothing about the value.
    pub(super) fn resolved(self) -> Self {
        let mut spot = self.clone();
        for _ in 0..LONGEST_CHAIN {
            let alone = spot.value.as_object().is_some_and(|keywords| keywords.len() == 1);
            if !alone && spot.keeps_siblings() {
                return spot;
            }
            match spot.target() {
                Some(target) => spot = target,
                None => return spot,
            }
        }
        self
    }

    /// Whether nothing below this schema could refer to or describe another.
    pub(super) fn is_leaf(&self) -> bool {
        let inner = |value: &Value| matches!(value, Value::Object(_) | Value::Bool(_));
        match self.value {
            Value::Object(keywords) => keywords.iter().all(|(keyword, value)| match keyword.as_str() {
                "$ref" | "allOf" | "oneOf" | "anyOf" | "properties" | "patternProperties" | "prefixItems"
                | "then" | "else" | "dependentSchemas" | "dependencies" => false,
                "items" | "additionalProperties" | "unevaluatedProperties" => {
                    !inner(value) || value.is_boolean()
                }
                _ => true,
            }),
            _ => true,
        }
    }
}
