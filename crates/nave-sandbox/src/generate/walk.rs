//! One try at making a value: walks the schemas, chooses among alternatives, and ends recursion by
//! leaving out what may be left out.

use nave_connector::Schema;
use nave_connector::check::{self, Direction};
use serde_json::Value;

use crate::generate::kinds::{Kind, Kinds, kind_of};
use crate::generate::rng::Rng;
use crate::generate::shape::{Choice, Shape, Sort};
use crate::generate::{array, number, object, text};

/// Below this depth only what must be there is made.
const HARD_DEPTH: usize = 48;
/// Values within values and alternatives within alternatives: bounds the stack.
const DEEPEST_NESTING: usize = 96;
/// Fuel that holding a value against a whole choice costs: the check does far more than one step.
const PROOF: usize = 8;
/// The most alternatives looked at for one place.
const MOST_SEEN: usize = 128;
/// The most alternatives tried at one place.
const MOST_BRANCHES: usize = 32;
/// The most values tried where a `not` stands.
const MOST_TRIES: usize = 8;

/// How one try goes about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// For a request or an answer.
    pub(super) direction: Direction,
    /// The value travels in a form that knows no null and nothing empty (query, form, XML).
    pub(super) plain: bool,
    /// Percent of optional properties taken at the top; further down ever fewer.
    pub(super) optional: u64,
    /// Beyond this depth only what is required is taken.
    pub(super) soft_depth: usize,
    /// Examples and defaults of the description are taken where they fit.
    pub(super) examples: bool,
    /// Values made at most.
    pub(super) fuel: usize,
}

/// Which optional properties an object takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Appetite {
    /// As many as the plan says.
    #[default]
    AsPlanned,
    /// All of them.
    Everything,
    /// None.
    Nothing,
}

/// Why no value could be made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dead {
    /// Required properties lead round in a circle.
    Cycle,
    /// The value would become too large or too deep.
    Size,
    /// The demands contradict each other, or cannot be met by this generator.
    Contradiction,
}

impl Dead {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Dead::Cycle => "its required properties lead round in a circle",
            Dead::Size => "it demands a larger or deeper value than is made",
            Dead::Contradiction => "its keywords contradict each other or cannot be met",
        }
    }
}

/// One try.
pub(super) struct Walk<'w> {
    pub(super) plan: Plan,
    pub(super) rng: &'w mut Rng,
    pub(super) fuel: usize,
    pub(super) depth: usize,
    /// Values and alternatives being made, one within the other.
    nesting: usize,
    /// Which optional properties the next object takes.
    pub(super) appetite: Appetite,
    /// Invent although examples are wanted: the second and later items of a list.
    pub(super) invent: bool,
    /// Objects and lists being made, by schema, and whether in the smallest form.
    trail: Vec<(usize, bool)>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(plan: Plan, rng: &'w mut Rng) -> Self {
        Walk {
            plan,
            rng,
            fuel: plan.fuel,
            depth: 0,
            nesting: 0,
            appetite: Appetite::AsPlanned,
            invent: false,
            trail: Vec::new(),
        }
    }

    /// A value that fits all of `schemas`, for something of this name.
    pub(super) fn make(&mut self, shape: Shape<'_>, name: &str) -> Result<Value, Dead> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Dead::Size)?;
        if self.depth > HARD_DEPTH {
            return Err(Dead::Size);
        }
        self.depth += 1;
        let made = self.settle(shape, name);
        self.depth -= 1;
        made
    }

    /// Whether only what is required should be made here.
    pub(super) fn sparing(&self) -> bool {
        self.depth > self.plan.soft_depth || self.fuel < self.plan.fuel / 2
    }

    fn settle(&mut self, mut shape: Shape<'_>, name: &str) -> Result<Value, Dead> {
        if shape.impossible {
            return Err(Dead::Contradiction);
        }
        if self.nesting >= DEEPEST_NESTING {
            return Err(Dead::Size);
        }
        self.nesting += 1;
        let made = match shape.choices.pop() {
            Some(choice) => self.choose(&shape, &choice, name),
            None => self.concrete(&shape, name),
        };
        self.nesting -= 1;
        made
    }

    /// Tries the alternatives one after another; where they exclude each other, again with everything
    /// optional and with nothing optional, since either may be what tells them apart.
    fn choose<'a>(&mut self, shape: &Shape<'a>, choice: &Choice<'a>, name: &str) -> Result<Value, Dead> {
        let mut dead = Dead::Contradiction;
        let mut second_best = None;
        let before = std::mem::take(&mut self.appetite);
        for appetite in [before, Appetite::Everything, Appetite::Nothing] {
            for position in self.order(choice) {
                let Some(branch) = choice.branches.get(position) else { continue };
                let mut narrowed = shape.clone();
                branch.schemas.iter().for_each(|schema| narrowed.add(*schema));
                if let Some((property, tag)) = &branch.tag {
                    narrowed.tags.insert(property, tag.clone());
                }
                let proof = if choice.sort == Sort::Any { 1 } else { PROOF };
                let cost = proof + narrowed.parts.len() / 8;
                self.fuel = self.fuel.checked_sub(cost).ok_or(Dead::Size)?;
                self.appetite = appetite;
                match self.settle(narrowed, name) {
                    Ok(value) if self.tells(choice, &value) => return Ok(value),
                    Ok(value) if self.fits(choice.owner, &value) => {
                        second_best.get_or_insert(value);
                    }
                    Ok(_) => {}
                    Err(found) => dead = found,
                }
            }
            if choice.sort == Sort::Any || second_best.is_none() && dead != Dead::Contradiction {
                break;
            }
        }
        self.appetite = Appetite::AsPlanned;
        second_best.ok_or(dead)
    }

    /// Whether a value made for one alternative is meant by the choice as a whole. In answers,
    /// overlapping alternatives are common and harmless.
    fn tells(&self, choice: &Choice<'_>, value: &Value) -> bool {
        match choice.sort {
            Sort::Any => true,
            Sort::Condition => self.fits(choice.owner, value),
            Sort::One if self.plan.direction == Direction::Response => self.fits(choice.owner, value),
            Sort::One => {
                let schemas = choice.branches.iter().flat_map(|branch| &branch.schemas).take(MOST_BRANCHES);
                schemas.filter(|schema| self.fits(**schema, value)).count() < 2
                    && self.fits(choice.owner, value)
            }
        }
    }

    /// Alternatives in the order to try: null last; where little should be made, plain values first.
    fn order(&mut self, choice: &Choice<'_>) -> Vec<usize> {
        let count = choice.branches.len();
        // Answers take the first alternative where they can: it is the usual one.
        let first = self.plan.direction == Direction::Response && self.plan.examples;
        let start = if first { 0 } else { self.rng.index(count) };
        let mut order: Vec<usize> = (0..count).map(|step| (start + step) % count).take(MOST_SEEN).collect();
        let sparing = self.sparing() || self.depth > 2;
        order.sort_by_key(|position| {
            let Some(branch) = choice.branches.get(*position) else { return 3 };
            let kinds = Kinds::of(&Shape::of(branch.schemas.iter().copied())).kinds;
            match kinds.first() {
                None => 2,
                Some(Kind::Object | Kind::Array) if sparing => 1,
                Some(_) => 0,
            }
        });
        order.truncate(MOST_BRANCHES);
        order
    }

    fn concrete(&mut self, shape: &Shape<'_>, name: &str) -> Result<Value, Dead> {
        let kinds = Kinds::of(shape);
        if let Some(value) = self.listed(shape, &kinds)? {
            return Ok(value);
        }
        if self.plan.examples
            && !self.invent
            && let Some(value) = self.exemplary(shape, &kinds)
        {
            return Ok(value);
        }
        let Some(kind) = kinds.kinds.first().copied() else {
            return if kinds.null { Ok(Value::Null) } else { Err(Dead::Contradiction) };
        };
        match self.of_kind(shape, kind, name) {
            Ok(value) => Ok(value),
            Err(_) if kinds.null && !self.plan.plain => Ok(Value::Null),
            Err(dead) => Err(dead),
        }
    }

    fn of_kind(&mut self, shape: &Shape<'_>, kind: Kind, name: &str) -> Result<Value, Dead> {
        let tries = if shape.has("not") { MOST_TRIES } else { 1 };
        for _ in 0..tries {
            let value = match kind {
                Kind::Object => self.nested(shape, |walk| object::make(walk, shape)),
                Kind::Array => self.nested(shape, |walk| array::make(walk, shape, name)),
                Kind::String => self.text(shape, name),
                Kind::Integer => number::integer(shape, name, self.rng).ok_or(Dead::Contradiction),
                Kind::Number => number::number(shape, name, self.rng).ok_or(Dead::Contradiction),
                Kind::Boolean => Ok(Value::Bool(self.rng.chance(50))),
                Kind::Null => Ok(Value::Null),
            }?;
            if tries == 1 || self.fits_all(shape, &value) {
                return Ok(value);
            }
        }
        Err(Dead::Contradiction)
    }

    /// Makes an object or a list, unless the same one is already being made in its smallest form:
    /// then it would never end.
    fn nested(
        &mut self,
        shape: &Shape<'_>,
        make: impl FnOnce(&mut Self) -> Result<Value, Dead>,
    ) -> Result<Value, Dead> {
        let identity = shape.parts.first().map_or(0, |part| part.identity());
        let sparing = self.sparing();
        if sparing && identity != 0 && self.trail.contains(&(identity, true)) {
            return Err(Dead::Cycle);
        }
        self.trail.push((identity, sparing));
        let made = make(self);
        self.trail.pop();
        made
    }

    fn text(&mut self, shape: &Shape<'_>, name: &str) -> Result<Value, Dead> {
        let limits = text::Limits::of(shape);
        let suggestions = text::suggestions(&limits, name, self.plan.plain, self.rng);
        let demanding = ["pattern", "format", "minLength", "maxLength"].iter().any(|word| shape.has(word));
        let mut suggestions = suggestions.into_iter().map(Value::String);
        let found = if demanding {
            suggestions.find(|value| self.fits_all(shape, value))
        } else {
            suggestions.next()
        };
        found.ok_or(Dead::Contradiction)
    }

    /// A value of `const` or `enum`, where the shape has them.
    fn listed(&mut self, shape: &Shape<'_>, kinds: &Kinds) -> Result<Option<Value>, Dead> {
        let mut lists = shape.keyword("enum").filter_map(|(_, values)| values.as_array());
        let constant = shape.keyword("const").next().map(|(_, value)| std::slice::from_ref(value));
        let Some(first) = constant.or_else(|| lists.next().map(Vec::as_slice)) else { return Ok(None) };
        let start = self.rng.index(first.len());
        let rotated = first.iter().skip(start).chain(first.iter().take(start));
        let (nulls, others): (Vec<&Value>, Vec<&Value>) = rotated.partition(|value| value.is_null());
        let usable = others.into_iter().chain(nulls).take(256).find(|value| {
            let filled = !self.plan.plain || value.as_str() != Some("");
            filled && self.allowed(kinds, value) && self.fits_all(shape, value)
        });
        usable.cloned().map(Some).ok_or(Dead::Contradiction)
    }

    /// An example or a default that fits.
    fn exemplary(&mut self, shape: &Shape<'_>, kinds: &Kinds) -> Option<Value> {
        let single = shape.keyword("example").map(|(_, value)| value);
        let several = shape.keyword("examples").filter_map(|(_, values)| values.as_array()).flatten();
        let default = shape.keyword("default").map(|(_, value)| value);
        let candidates: Vec<&Value> = single.chain(several.take(16)).chain(default).collect();
        let fitting = candidates.into_iter().find(|value| {
            let carried = if self.plan.plain { !is_hollow(value) } else { !value.is_null() };
            carried && self.allowed(kinds, value) && self.fits_all(shape, value)
        });
        fitting.cloned()
    }

    fn allowed(&self, kinds: &Kinds, value: &Value) -> bool {
        let kind = kind_of(value);
        match kind {
            Kind::Null => kinds.null || kinds.kinds.is_empty(),
            // Without a `type` the kind is only a guess.
            _ if kinds.guessed => true,
            Kind::Integer => kinds.kinds.contains(&kind) || kinds.kinds.contains(&Kind::Number),
            _ => kinds.kinds.contains(&kind),
        }
    }

    pub(super) fn fits(&self, schema: Schema<'_>, value: &Value) -> bool {
        check::value(schema, value, self.plan.direction).is_empty()
    }

    pub(super) fn fits_all(&self, shape: &Shape<'_>, value: &Value) -> bool {
        shape.parts.iter().all(|part| self.fits(*part, value))
    }
}

/// Nothing that a query string or a form can carry: null, or an empty text, list or object anywhere.
pub(super) fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().any(is_hollow),
        Value::Object(members) => members.is_empty() || members.values().any(is_hollow),
    }
}
