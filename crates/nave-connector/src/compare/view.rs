//! One schema as the sum of everything that applies to the same value: itself, what it refers to and
//! what it is composed of by `allOf`. Alternatives stay apart.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::shape::{Types, kind_of};
use super::spot::{Spot, Token};
use crate::schema::fields::{is_read_only, is_write_only};

/// The most schemas that are summed up in one.
const MOST_MEMBERS: usize = 512;

/// A schema as the sum of what applies to the same value.
#[derive(Default)]
pub(super) struct View<'a> {
    /// The schemas it is the sum of; the first is the schema itself.
    pub(super) members: Vec<Spot<'a>>,
    /// Types that are allowed, null apart; `None`: nothing is said.
    pub(super) types: Option<Types>,
    /// The member that says the types; the first one where they only follow from something else.
    pub(super) typed: usize,
    /// The member that allows null in so many words.
    pub(super) null: Option<usize>,
    /// Fields that are declared or required.
    pub(super) fields: IndexMap<&'a str, Field<'a>>,
    /// Every other keyword, as first said, with the member that says it.
    pub(super) keywords: IndexMap<&'a str, (usize, &'a Value)>,
    /// What every item is.
    pub(super) items: Vec<Spot<'a>>,
    /// What the item at a position is.
    pub(super) positions: Vec<Spot<'a>>,
    /// What a field without a name of its own is.
    pub(super) extra: Vec<Spot<'a>>,
    /// Fields without a name of their own are not allowed, says this member.
    pub(super) closed: Option<usize>,
    /// Fields by pattern of their names.
    pub(super) patterns: IndexMap<&'a str, Spot<'a>>,
    /// Alternatives: each list is one `oneOf` or `anyOf`.
    pub(super) unions: Vec<Union<'a>>,
    /// Schemas that apply under a condition, by keyword and name.
    pub(super) conditions: IndexMap<(&'a str, Option<&'a str>), Spot<'a>>,
    /// Not all of it could be looked at.
    pub(super) cut: bool,
    looked: usize,
}

/// One field.
#[derive(Default)]
pub(super) struct Field<'a> {
    /// Its schemas; several where several members declare it, none where it is only required.
    pub(super) spots: Vec<Spot<'a>>,
    /// The member that requires it.
    pub(super) required: Option<usize>,
    /// The member that declares it.
    pub(super) declared: Option<usize>,
}

impl Field<'_> {
    /// How much work it is to find out which ways it goes.
    pub(super) fn cost(&self) -> usize {
        let is_composed = |spot: &Spot<'_>| !spot.is_leaf();
        self.spots.iter().map(|spot| if is_composed(spot) { 16 } else { 1 }).sum()
    }

    /// Whether it is part of what is sent.
    pub(super) fn is_sent(&self) -> bool {
        !self.spots.iter().any(|spot| is_read_only(spot.schema()))
    }

    /// Whether it is part of what is received.
    pub(super) fn is_received(&self) -> bool {
        !self.spots.iter().any(|spot| is_write_only(spot.schema()))
    }
}

/// One `oneOf` or `anyOf` with at least two branches that are not null.
pub(super) struct Union<'a> {
    /// The member it stands in.
    pub(super) member: usize,
    /// Its branches.
    pub(super) branches: Vec<Spot<'a>>,
}

/// Sums up what applies to the value that all of these schemas describe.
pub(super) fn view<'a>(spots: &[Spot<'a>]) -> View<'a> {
    let mut view = View::default();
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<Spot<'a>> = spots.iter().rev().cloned().collect();
    view.looked = 1;
    while let Some(spot) = waiting.pop() {
        if !seen.insert(spot.address()) {
            continue;
        }
        if view.members.len() >= MOST_MEMBERS {
            view.cut = true;
            break;
        }
        view.add(spot, &mut waiting);
    }
    if view.types.is_none() && view.unions.is_empty() {
        view.types = view.implied();
    }
    view
}

impl<'a> View<'a> {
    /// Whether an object may stand here.
    pub(super) fn admits(&self, kind: Types) -> bool {
        self.types.is_none_or(|types| types.has(kind))
    }

    /// The schemas of an extra field are said.
    pub(super) fn is_map(&self) -> bool {
        !self.extra.is_empty()
    }

    /// Whether anything is said besides alternatives and text.
    pub(super) fn has_content(&self) -> bool {
        let says = |keyword: &&str| matches!(*keyword, "enum" | "const" | "pattern" | "format");
        self.types.is_some_and(|types| types != Types::OBJECT)
            || !self.fields.is_empty()
            || !self.items.is_empty()
            || self.is_map()
            || self.keywords.keys().any(says)
    }

    /// How much was looked at.
    pub(super) fn cost(&self) -> usize {
        self.looked
    }

    fn add(&mut self, spot: Spot<'a>, waiting: &mut Vec<Spot<'a>>) {
        let keywords = match spot.value {
            Value::Object(keywords) => keywords,
            Value::Bool(false) => {
                self.types = Some(Types::NONE);
                return;
            }
            _ => return,
        };
        let mut composed = Vec::new();
        if let Some(target) = spot.target() {
            composed.push(target);
            if !spot.keeps_siblings() {
                waiting.extend(composed);
                return;
            }
        }
        let member = self.members.len();
        for (keyword, value) in keywords {
            self.looked += 1 + weight(value);
            self.keyword(&spot, (keyword, value), member, &mut composed);
        }
        self.members.push(spot);
        composed.reverse();
        waiting.extend(composed);
    }

    fn keyword(
        &mut self,
        spot: &Spot<'a>,
        (keyword, value): (&'a String, &'a Value),
        member: usize,
        composed: &mut Vec<Spot<'a>>,
    ) {
        match (keyword.as_str(), value) {
            ("$ref", _) => {}
            ("type", value) => self.declare_type(value, member),
            ("nullable", Value::Bool(true)) => self.allow_null(member),
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let field = self.fields.entry(name).or_default();
                    field.spots.push(spot.below("properties", Some(Token::Key(name)), property).resolved());
                    field.declared.get_or_insert(member);
                }
            }
            ("required", Value::Array(names)) => {
                for name in names.iter().filter_map(Value::as_str) {
                    self.fields.entry(name).or_default().required.get_or_insert(member);
                }
            }
            ("items", Value::Object(_)) => self.items.push(spot.below("items", None, value).resolved()),
            ("items" | "prefixItems", Value::Array(items)) => {
                for (position, item) in items.iter().enumerate() {
                    self.positions.push(spot.below(keyword, Some(Token::Index(position)), item).resolved());
                }
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(open)) => {
                if !open {
                    self.closed.get_or_insert(member);
                }
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Object(_)) => {
                self.extra.push(spot.below(keyword, None, value).resolved());
            }
            ("patternProperties", Value::Object(patterns)) => {
                for (pattern, property) in patterns {
                    let below =
                        spot.below("patternProperties", Some(Token::Key(pattern)), property).resolved();
                    self.patterns.entry(pattern).or_insert(below);
                }
            }
            ("allOf", Value::Array(parts)) => {
                for (position, part) in parts.iter().enumerate() {
                    composed.push(spot.below("allOf", Some(Token::Index(position)), part));
                }
            }
            ("oneOf" | "anyOf", Value::Array(branches)) => {
                self.alternatives(spot, (keyword, branches), member, composed);
            }
            ("then" | "else", Value::Object(_)) => self.condition(spot, (keyword, None), value),
            ("dependentSchemas" | "dependencies", Value::Object(members)) => {
                self.dependencies(spot, keyword, members);
            }
            (other, value) => {
                self.keywords.entry(other).or_insert((member, value));
            }
        }
    }

    fn dependencies(&mut self, spot: &Spot<'a>, keyword: &'a str, members: &'a Map<String, Value>) {
        for (name, member) in members.iter().filter(|(_, member)| member.is_object()) {
            self.condition(spot, (keyword, Some(name)), member);
        }
    }

    fn condition(&mut self, spot: &Spot<'a>, (keyword, name): (&'a str, Option<&'a str>), value: &'a Value) {
        let token = name.map(Token::Key);
        self.conditions
            .entry((keyword, name))
            .or_insert_with(|| spot.below(keyword, token, value).resolved());
    }

    /// Branches that are null say so; a single branch beside them applies like a part of `allOf`.
    fn alternatives(
        &mut self,
        spot: &Spot<'a>,
        (keyword, branches): (&'a str, &'a [Value]),
        member: usize,
        composed: &mut Vec<Spot<'a>>,
    ) {
        let mut kept = Vec::with_capacity(branches.len());
        for (position, branch) in branches.iter().enumerate() {
            if is_null(branch) {
                self.allow_null(member);
            } else {
                kept.push(spot.below(keyword, Some(Token::Index(position)), branch).resolved());
            }
        }
        if kept.len() > 1 {
            self.unions.push(Union { member, branches: kept });
        } else {
            composed.extend(kept);
        }
    }

    fn allow_null(&mut self, member: usize) {
        self.null.get_or_insert(member);
    }

    fn declare_type(&mut self, value: &Value, member: usize) {
        let mut types = Types::NONE;
        let named = value.as_str().into_iter();
        let listed = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in named.chain(listed) {
            match name {
                "null" => self.allow_null(member),
                other => types = types.and(Types::named(other)),
            }
        }
        if types != Types::NONE {
            if self.types.is_none() {
                self.typed = member;
            }
            self.types = Some(self.types.map_or(types, |before| before.within(types)));
        }
    }

    /// The types that follow from what else is said.
    fn implied(&mut self) -> Option<Types> {
        let constant = self.keywords.get("const").map(|(_, value)| std::slice::from_ref(*value));
        let listed = self.keywords.get("enum").and_then(|(_, values)| values.as_array().map(Vec::as_slice));
        if let Some(values) = constant.or(listed) {
            if values.iter().any(Value::is_null) {
                self.allow_null(0);
            }
            let kinds = values.iter().filter(|value| !value.is_null()).map(kind_of);
            return Some(kinds.fold(Types::NONE, Types::and)).filter(|types| *types != Types::NONE);
        }
        if self.fields.values().any(|field| field.declared.is_some()) || self.is_map() {
            return Some(Types::OBJECT);
        }
        (!self.items.is_empty()).then_some(Types::ARRAY)
    }
}

/// How much work the value of a keyword is: its members and items, not what is inside them.
fn weight(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.keys().map(|name| 2 + name.len() / 64).sum(),
        Value::Array(items) => items.len(),
        Value::String(text) => text.len() / 256,
        _ => 0,
    }
}

/// A branch that allows null and nothing else.
fn is_null(branch: &Value) -> bool {
    let only_null =
        |values: &Value| values.as_array().is_some_and(|values| values.iter().all(Value::is_null));
    let Some(keywords) = branch.as_object() else { return false };
    keywords.get("type").and_then(Value::as_str) == Some("null")
        || keywords.get("const").is_some_and(Value::is_null)
        || keywords.get("enum").is_some_and(only_null)
}
