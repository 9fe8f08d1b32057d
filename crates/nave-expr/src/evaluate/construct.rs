//! Making lists, objects and texts, and the operators between values.

use indexmap::IndexMap;

use crate::ast::Operator;
use crate::compile::node::{Format, Node, Piece};
use crate::error::Error;
use crate::evaluate::{Machine, One, Out, Step, format, operators};
use crate::value::{Text, Value, shortened};

impl<'v> Machine<'v> {
    pub(super) fn array(&self, items: Option<&'v Node>, input: &Value<'v>) -> One<'v> {
        let mut list = Vec::new();
        if let Some(items) = items {
            self.stream(items, input, &mut |item| {
                self.meter.items(1)?;
                list.push(item);
                Ok(())
            })?;
        }
        self.bounded(Value::array(list))
    }

    pub(super) fn record(&self, entries: &'v [(String, Node)], input: &Value<'v>) -> One<'v> {
        self.meter.items(entries.len())?;
        let mut members = IndexMap::with_capacity(entries.len());
        for (name, value) in entries {
            members.insert(Text::Given(name), self.value(value, input)?);
        }
        self.bounded(Value::object(members))
    }

    pub(super) fn object(
        &self,
        node: &'v Node,
        entries: &'v [(Node, Node)],
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.object_with(node, entries, IndexMap::with_capacity(entries.len()), input, out)
    }

    /// The object with these members already, and every combination of the entries that follow.
    fn object_with(
        &self,
        node: &'v Node,
        entries: &'v [(Node, Node)],
        mut members: IndexMap<Text<'v>, Value<'v>>,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        let mut rest = entries;
        while let Some(((key, value), after)) = rest.split_first() {
            if !(key.is_single && value.is_single) {
                return self.stream(key, input, &mut |name| {
                    self.stream(value, input, &mut |value| {
                        self.meter.items(members.len() + 1)?;
                        let mut members = members.clone();
                        members.insert(self.key(node, name.clone())?, value);
                        self.deeper(|| self.object_with(node, after, members, input, out))
                    })
                });
            }
            self.meter.items(1)?;
            // The value is evaluated even where the key is none: its failure comes first, as in jq.
            let name = self.value(key, input)?;
            let value = self.value(value, input)?;
            members.insert(self.key(node, name)?, value);
            rest = after;
        }
        out(self.bounded(Value::object(members))?)
    }

    fn key(&self, node: &'v Node, key: Value<'v>) -> Result<Text<'v>, Error<'v>> {
        match key {
            Value::Text(name) => Ok(name),
            other => {
                let message =
                    format!("Cannot use {} ({}) as object key", other.type_name(), shortened(&other));
                Err(Error::new(message).at(node.span))
            }
        }
    }

    pub(super) fn binary_value(
        &self,
        node: &'v Node,
        operator: Operator,
        sides: &'v (Node, Node),
        input: &Value<'v>,
    ) -> One<'v> {
        let right = self.value(&sides.1, input)?;
        let left = self.value(&sides.0, input)?;
        self.binary(node, operator, left, right)
    }

    fn binary(&self, node: &'v Node, operator: Operator, left: Value<'v>, right: Value<'v>) -> One<'v> {
        let made = operators::binary(&self.meter, operator, left, right);
        made.and_then(|value| self.bounded(value)).map_err(|error| error.at(node.span))
    }

    pub(super) fn binary_stream(
        &self,
        node: &'v Node,
        operator: Operator,
        sides: &'v (Node, Node),
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.stream(&sides.1, input, &mut |right| {
            self.stream(&sides.0, input, &mut |left| out(self.binary(node, operator, left, right.clone())?))
        })
    }

    pub(super) fn negate_stream(
        &self,
        node: &'v Node,
        of: &'v Node,
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.stream(of, input, &mut |value| {
            out(operators::negate(&value).map_err(|error| error.at(node.span))?)
        })
    }

    pub(super) fn interpolation_value(
        &self,
        node: &'v Node,
        format: Option<Format>,
        pieces: &'v [Piece],
        input: &Value<'v>,
    ) -> One<'v> {
        // The last piece is evaluated first, as in jq, where the text is a chain of additions.
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces.iter().rev() {
            if let Piece::Node(of) = piece {
                parts.push(self.piece(node, format, &self.value(of, input)?)?);
            }
        }
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(written) => {
                    self.meter.bytes(written.len())?;
                    text.push_str(written);
                }
                Piece::Node(_) => {
                    let part = parts.pop().unwrap_or(Text::Given(""));
                    self.meter.bytes(part.as_str().len())?;
                    text.push_str(part.as_str());
                }
            }
        }
        Ok(Value::text(text))
    }

    fn piece(
        &self,
        node: &'v Node,
        format: Option<Format>,
        value: &Value<'v>,
    ) -> Result<Text<'v>, Error<'v>> {
        match format::apply(&self.meter, format.unwrap_or(Format::Text), value) {
            Ok(Value::Text(text)) => Ok(text),
            Ok(_) => Ok(Text::Given("")),
            Err(error) => Err(error.at(node.span)),
        }
    }

    pub(super) fn interpolation_stream(
        &self,
        node: &'v Node,
        format: Option<Format>,
        pieces: &'v [Piece],
        input: &Value<'v>,
        out: Out<'_, 'v>,
    ) -> Step<'v> {
        self.pieces_before((node, format), pieces, String::new(), input, &mut |text| out(Value::text(text)))
    }

    /// Every combination of these first pieces, with a text behind them.
    fn pieces_before(
        &self,
        (node, format): (&'v Node, Option<Format>),
        pieces: &'v [Piece],
        behind: String,
        input: &Value<'v>,
        out: &mut dyn FnMut(String) -> Step<'v>,
    ) -> Step<'v> {
        let mut behind = behind;
        let mut rest = pieces;
        let before_it = |text: &str, behind: &str| {
            self.meter.bytes(text.len().saturating_add(behind.len()))?;
            Ok(format!("{text}{behind}"))
        };
        while let Some((last, before)) = rest.split_last() {
            behind = match last {
                Piece::Text(written) => before_it(written, &behind)?,
                Piece::Node(of) if of.is_single => {
                    let part = self.piece(node, format, &self.value(of, input)?)?;
                    before_it(part.as_str(), &behind)?
                }
                Piece::Node(of) => {
                    return self.stream(of, input, &mut |value| {
                        let part = self.piece(node, format, &value)?;
                        let behind = before_it(part.as_str(), &behind)?;
                        self.deeper(|| self.pieces_before((node, format), before, behind, input, out))
                    });
                }
            };
            rest = before;
        }
        out(behind)
    }
}
