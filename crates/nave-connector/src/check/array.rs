//! The keywords for arrays.

use nave_model::fault::codes;
use serde_json::Value;

use crate::check::equal;
use crate::check::frame::Frame;
use crate::check::scalar::count;
use crate::check::walk::{Checker, Here};
use crate::schema::Schema;

impl<'a> Checker<'a> {
    pub(super) fn array_keyword(
        &mut self,
        keyword: &str,
        operand: &'a Value,
        items: &[Value],
        here: Here<'_, 'a>,
    ) -> bool {
        match (keyword, operand) {
            ("items" | "prefixItems", Value::Array(schemas)) => {
                let mut fits = true;
                for (index, (item, schema)) in items.iter().zip(schemas).enumerate() {
                    fits &= self.item(index, item, here.schema.with(schema), here);
                }
                fits
            }
            ("items", schema) => {
                let prefix = here.schema.keyword("prefixItems").and_then(Value::as_array);
                self.items_from(prefix.map_or(0, Vec::len), items, schema, here)
            }
            ("additionalItems", schema) => match here.schema.keyword("items") {
                Some(Value::Array(prefix)) => self.items_from(prefix.len(), items, schema, here),
                _ => true,
            },
            ("minItems", _) => {
                count(operand).is_none_or(|least| items.len() >= least)
                    || self.size(operand, "at least", here)
            }
            ("maxItems", _) => {
                count(operand).is_none_or(|most| items.len() <= most) || self.size(operand, "at most", here)
            }
            ("uniqueItems", Value::Bool(true)) => self.unique(items, here),
            ("contains", schema) => self.contains(schema, items, here),
            ("unevaluatedItems", schema) => self.unevaluated_items(schema, items, here),
            _ => true,
        }
    }

    fn item(&mut self, index: usize, item: &Value, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        self.location(item, &Frame::item(here.frame, index, schema))
    }

    fn item_holds(&mut self, index: usize, item: &Value, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        let frame = Frame::item(here.frame, index, schema);
        self.holds(schema, Here::at(item, &frame))
    }

    fn items_from(&mut self, first: usize, items: &[Value], schema: &'a Value, here: Here<'_, 'a>) -> bool {
        let mut fits = true;
        for (index, item) in items.iter().enumerate().skip(first) {
            fits &= self.item(index, item, here.schema.with(schema), here);
            if self.is_settled() && !fits {
                return false;
            }
        }
        fits
    }

    fn size(&mut self, bound: &Value, relation: &str, here: Here<'_, 'a>) -> bool {
        self.report(codes::ARGUMENT_VALUE, here, || {
            let subject = here.frame.subject();
            format!("{subject} must have {relation} {bound} items, not {}", here.shown())
        })
    }

    fn unique(&mut self, items: &[Value], here: Here<'_, 'a>) -> bool {
        if !self.spend(items.len()) {
            return false;
        }
        let Some((earlier, later)) = equal::repeated(items) else { return true };
        self.report(codes::ARGUMENT_VALUE, here, || {
            let subject = here.frame.subject();
            format!("{subject} must not repeat an item: items {earlier} and {later} are the same")
        })
    }

    fn contains(&mut self, schema: &'a Value, items: &[Value], here: Here<'_, 'a>) -> bool {
        let least = here.schema.keyword("minContains").and_then(count).unwrap_or(1);
        let most = here.schema.keyword("maxContains").and_then(count).unwrap_or(usize::MAX);
        let schema = here.schema.with(schema);
        let mut found = 0;
        for (index, item) in items.iter().enumerate() {
            found += usize::from(self.item_holds(index, item, schema, here));
        }
        (least..=most).contains(&found)
            || self.report(codes::ARGUMENT_VALUE, here, || {
                let subject = here.frame.subject();
                match found < least {
                    true => format!("{subject} needs at least {least} items of a certain form, not {found}"),
                    false => {
                        format!("{subject} may have at most {most} items of a certain form, not {found}")
                    }
                }
            })
    }

    fn unevaluated_items(&mut self, schema: &'a Value, items: &[Value], here: Here<'_, 'a>) -> bool {
        let mut applied = Vec::new();
        self.gather_applied(here, &mut applied);
        let mut evaluated = 0;
        let mut contained = Vec::new();
        for other in applied {
            if other.keyword("unevaluatedItems").is_some() && other.identity() != here.schema.identity() {
                return true;
            }
            match (other.keyword("items"), other.keyword("prefixItems"), other.keyword("additionalItems")) {
                (Some(Value::Array(_)), _, Some(_)) => return true,
                (Some(Value::Array(prefix)), _, None) | (None, Some(Value::Array(prefix)), _) => {
                    evaluated = evaluated.max(prefix.len());
                }
                (Some(_), _, _) => return true,
                (None, _, _) => {}
            }
            contained.extend(other.keyword("contains").map(|contained| other.with(contained)));
        }
        // In 2019-09 `contains` did not count as evaluating what it finds.
        if here.schema.dialect() == crate::documents::Dialect::Draft2019 {
            contained.clear();
        }
        let mut fits = true;
        for (index, item) in items.iter().enumerate().skip(evaluated) {
            let known = contained.iter().any(|schema| self.item_holds(index, item, *schema, here));
            fits &= known || self.item(index, item, here.schema.with(schema), here);
        }
        fits
    }
}
