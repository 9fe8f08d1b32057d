//! Evaluates a JSONPath query over a value (RFC 9535 section 2), within a budget of steps.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use nave_model::place::push_token;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::path::{Comparison, Operand, Query, Segment, Selector, Test};

/// Nodes looked at by one query before it is given up.
const MOST_STEPS: usize = 5_000_000;

/// A node that was selected.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// The value.
    pub value: &'a Value,
    path: Vec<Step<'a>>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Node<'a> {
    /// Where it stands.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => push_token(&mut pointer, name),
                Step::Index(index) => push_token(&mut pointer, &index.to_string()),
            }
        }
        pointer
    }

    fn child(&self, step: Step<'a>, value: &'a Value) -> Node<'a> {
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(step);
        Node { value, path }
    }

    fn children(&self) -> Vec<Node<'a>> {
        match self.value {
            Value::Object(members) => {
                members.iter().map(|(name, member)| self.child(Step::Name(name), member)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, item)| self.child(Step::Index(index), item)).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        }
    }
}

/// The nodes a query selects, in document order; `None` where the budget was used up.
pub fn select<'a>(root: &'a Value, query: &Query) -> Option<Vec<Node<'a>>> {
    let mut evaluation = Evaluation { root, steps: 0, patterns: BTreeMap::new() };
    evaluation.query(query, root)
}

struct Evaluation<'a> {
    root: &'a Value,
    steps: usize,
    patterns: BTreeMap<(String, bool), Option<Regex>>,
}

impl<'a> Evaluation<'a> {
    fn spend(&mut self, steps: usize) -> Option<()> {
        self.steps = self.steps.saturating_add(steps);
        (self.steps <= MOST_STEPS).then_some(())
    }

    fn query(&mut self, query: &Query, current: &'a Value) -> Option<Vec<Node<'a>>> {
        let start = if query.relative { current } else { self.root };
        let mut nodes = vec![Node { value: start, path: Vec::new() }];
        for segment in &query.segments {
            nodes = self.segment(segment, nodes)?;
        }
        Some(nodes)
    }

    fn segment(&mut self, segment: &Segment, nodes: Vec<Node<'a>>) -> Option<Vec<Node<'a>>> {
        let mut selected = Vec::new();
        for node in nodes {
            // A stack instead of recursion: children are pushed in reverse to keep document order.
            let mut waiting = vec![node];
            while let Some(node) = waiting.pop() {
                self.spend(1)?;
                for selector in &segment.selectors {
                    self.selector(selector, &node, &mut selected)?;
                }
                if segment.descendant {
                    let mut children = node.children();
                    children.reverse();
                    self.spend(children.len())?;
                    waiting.append(&mut children);
                }
            }
        }
        Some(selected)
    }

    fn selector(&mut self, selector: &Selector, node: &Node<'a>, selected: &mut Vec<Node<'a>>) -> Option<()> {
        match (selector, node.value) {
            (Selector::Name(name), Value::Object(members)) => {
                if let Some((name, member)) = members.get_key_value(name) {
                    selected.push(node.child(Step::Name(name), member));
                }
            }
            (Selector::Index(index), Value::Array(items)) => {
                if let Some(index) = from_end(*index, items.len())
                    && let Some(item) = items.get(index)
                {
                    selected.push(node.child(Step::Index(index), item));
                }
            }
            (Selector::Slice(start, end, step), Value::Array(items)) => {
                for index in slice(*start, *end, step.unwrap_or(1), items.len()) {
                    if let Some(item) = items.get(index) {
                        selected.push(node.child(Step::Index(index), item));
                    }
                }
            }
            (Selector::Wildcard, _) => {
                let mut children = node.children();
                self.spend(children.len())?;
                selected.append(&mut children);
            }
            (Selector::Filter(test), _) => {
                for child in node.children() {
                    self.spend(1)?;
                    if self.test(test, child.value)? {
                        selected.push(child);
                    }
                }
            }
            (Selector::Name(_) | Selector::Index(_) | Selector::Slice(..), _) => {}
        }
        Some(())
    }

    fn test(&mut self, test: &Test, current: &'a Value) -> Option<bool> {
        match test {
            Test::Or(tests) => {
                for test in tests {
                    if self.test(test, current)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Test::And(tests) => {
                for test in tests {
                    if !self.test(test, current)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Test::Not(test) => Some(!self.test(test, current)?),
            Test::Exists(query) => Some(!self.query(query, current)?.is_empty()),
            Test::Compare(left, how, right) => {
                let (left, right) = (self.operand(left, current)?, self.operand(right, current)?);
                Some(compare(left.as_ref(), *how, right.as_ref()))
            }
            Test::Matches(text, pattern, part) => {
                let (text, pattern) = (self.operand(text, current)?, self.operand(pattern, current)?);
                Some(match (text, pattern) {
                    (Some(Value::String(text)), Some(Value::String(pattern))) => {
                        self.matches(&text, pattern, *part)
                    }
                    _ => false,
                })
            }
        }
    }

    /// The value of an operand; inside, `None` is RFC 9535's "Nothing".
    #[expect(
        clippy::option_option,
        reason = "the outer is the budget, the inner the specification's Nothing"
    )]
    fn operand(&mut self, operand: &Operand, current: &'a Value) -> Option<Option<Value>> {
        Some(match operand {
            Operand::Literal(value) => Some(value.clone()),
            Operand::Query(query) => {
                let nodes = self.query(query, current)?;
                match nodes.as_slice() {
                    [node] => {
                        self.spend(size(node.value))?;
                        Some(node.value.clone())
                    }
                    _ => None,
                }
            }
            Operand::Count(query) => Some(Value::from(self.query(query, current)?.len())),
            Operand::Length(operand) => match self.operand(operand, current)? {
                Some(Value::String(text)) => Some(Value::from(text.chars().count())),
                Some(Value::Array(items)) => Some(Value::from(items.len())),
                Some(Value::Object(members)) => Some(Value::from(members.len())),
                Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => None,
            },
        })
    }

    fn matches(&mut self, text: &str, pattern: String, part: bool) -> bool {
        let compiled = self.patterns.entry((pattern, part)).or_insert_with_key(|(pattern, part)| {
            let anchored = if *part { pattern.clone() } else { format!("^(?:{pattern})$") };
            // RFC 9485: a dot is neither line feed nor carriage return.
            RegexBuilder::new(&anchored).crlf(true).size_limit(1 << 20).build().ok()
        });
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

/// How much a copy of a value costs, roughly.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        Value::String(text) => 1 + text.len() / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn from_end(index: i64, length: usize) -> Option<usize> {
    if index >= 0 {
        return usize::try_from(index).ok();
    }
    length.checked_sub(usize::try_from(index.checked_neg()?).ok()?)
}

/// The indices of a slice, as the loop of RFC 9535 section 2.3.4.2.2 gives them.
fn slice(start: Option<i64>, end: Option<i64>, step: i64, length: usize) -> Vec<usize> {
    let Ok(length) = i64::try_from(length) else { return Vec::new() };
    let normal = |index: i64| if index >= 0 { index } else { length + index };
    let mut indices = Vec::new();
    if step > 0 {
        let mut index = normal(start.unwrap_or(0)).clamp(0, length);
        let upper = normal(end.unwrap_or(length)).clamp(0, length);
        while index < upper {
            indices.extend(usize::try_from(index));
            index = index.saturating_add(step);
        }
    } else if step < 0 {
        let mut index = normal(start.unwrap_or(length - 1)).clamp(-1, length - 1);
        let lower = end.map_or(-1, |end| normal(end).clamp(-1, length - 1));
        while index > lower {
            indices.extend(usize::try_from(index));
            index = index.saturating_add(step);
        }
    }
    indices
}

fn compare(left: Option<&Value>, how: Comparison, right: Option<&Value>) -> bool {
    match how {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Less => order(left, right) == Some(Ordering::Less),
        Comparison::Greater => order(left, right) == Some(Ordering::Greater),
        Comparison::LessOrEqual => equal(left, right) || order(left, right) == Some(Ordering::Less),
        Comparison::GreaterOrEqual => equal(left, right) || order(left, right) == Some(Ordering::Greater),
    }
}

fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => equal_values(left, right),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Deep equality in which `1` and `1.0` are the same number and the order of members is nothing.
fn equal_values(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| equal_values(a, b))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, a)| right.get(name).is_some_and(|b| equal_values(a, b)))
        }
        (left, right) => left == right,
    }
}

fn order(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
