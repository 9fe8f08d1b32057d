//! Sorting and grouping by keys: `sort_by`, `group_by`, `unique_by`, `min_by`, `max_by`. The sort itself
//! is that of the functions on values.

use crate::compile::node::Node;
use crate::error::Error;
use crate::evaluate::operators::unfit_both;
use crate::evaluate::{Machine, One};
use crate::forms::Primitive;
use crate::functions::compare;
use crate::value::Value;

/// A thing and the key it is sorted by.
type Keyed<'a, T> = (Value<'a>, T);

impl<'v> Machine<'v> {
    pub(super) fn by_keys(
        &self,
        node: &'v Node,
        primitive: Primitive,
        key: &'v Node,
        input: &Value<'v>,
    ) -> One<'v> {
        let keyed = self.keyed(node, key, input)?;
        let is_list = matches!(input, Value::Array(_));
        if !is_list {
            let keys = Value::array(keyed.into_iter().map(|(key, _)| key).collect());
            let what = match primitive {
                Primitive::MinBy | Primitive::MaxBy => "cannot be iterated over",
                _ => "cannot be sorted, as they are not both arrays",
            };
            return Err(unfit_both(input, &keys, what).at(node.span));
        }
        match primitive {
            Primitive::MinBy => self.extreme(keyed, true),
            Primitive::MaxBy => self.extreme(keyed, false),
            Primitive::GroupBy => {
                let groups = self.groups(compare::sort(&self.meter, keyed, |(key, _)| key)?)?;
                Ok(Value::array(groups.into_iter().map(Value::array).collect()))
            }
            Primitive::UniqueBy => {
                let groups = self.groups(compare::sort(&self.meter, keyed, |(key, _)| key)?)?;
                Ok(Value::array(groups.into_iter().filter_map(|group| group.into_iter().next()).collect()))
            }
            _ => {
                let items = compare::sort(&self.meter, keyed, |(key, _)| key)?;
                Ok(Value::array(items.into_iter().map(|(_, item)| item).collect()))
            }
        }
    }

    /// All parts with their keys, each of which is a list of all values that `key` gives.
    fn keyed(
        &self,
        node: &'v Node,
        key: &'v Node,
        input: &Value<'v>,
    ) -> Result<Vec<Keyed<'v, Value<'v>>>, Error<'v>> {
        let parts: Vec<Value<'v>> = match input {
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) => members.iter().map(|(_, value)| value).collect(),
            other => return Err(super::access::cannot_iterate(other).at(node.span)),
        };
        self.meter.items(parts.len())?;
        let mut keyed = Vec::with_capacity(parts.len());
        for part in parts {
            keyed.push((self.array(Some(key), &part)?, part));
        }
        Ok(keyed)
    }

    fn groups(&self, sorted: Vec<Keyed<'v, Value<'v>>>) -> Result<Vec<Vec<Value<'v>>>, Error<'v>> {
        self.meter.items(sorted.len())?;
        let mut groups: Vec<Vec<Value<'v>>> = Vec::new();
        let mut current: Option<Value<'v>> = None;
        for (key, item) in sorted {
            let is_same = match &current {
                Some(current) => current.equals(&key, &self.meter)?,
                None => false,
            };
            match groups.last_mut() {
                Some(group) if is_same => group.push(item),
                _ => {
                    groups.push(vec![item]);
                    current = Some(key);
                }
            }
        }
        Ok(groups)
    }

    /// The first least or the last greatest item.
    fn extreme(&self, keyed: Vec<Keyed<'v, Value<'v>>>, is_least: bool) -> One<'v> {
        let mut best: Option<Keyed<'v, Value<'v>>> = None;
        for (key, item) in keyed {
            let is_better = match &best {
                None => true,
                Some((known, _)) => compare::order(&self.meter, &key, known)?.is_lt() == is_least,
            };
            if is_better {
                best = Some((key, item));
            }
        }
        Ok(best.map_or(Value::Null, |(_, item)| item))
    }
}
