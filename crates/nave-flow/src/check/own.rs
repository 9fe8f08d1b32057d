//! The schemas that stand in a flow itself: of its input, and of the bodies of its webhooks.

use nave_expr::types::Type;
use nave_expr::types::schema::{Dialect, Place, Schemas};
use serde_json::Value;

use crate::flow::{Flow, TriggerKind};

/// References lead through the schema they stand in. The input is document 0, the body of a webhook the
/// place of its trigger, counted from 1.
impl Schemas for Flow {
    fn target<'a>(&'a self, document: usize, reference: &str) -> Option<(usize, &'a Value)> {
        let pointer = reference.strip_prefix('#')?;
        Some((document, schema(self, document)?.pointer(pointer)?))
    }

    fn dialect(&self, _: usize) -> Dialect {
        Dialect { nullable: false, keeps_siblings: true, items_list: false, boolean_bounds: false }
    }
}

fn schema(flow: &Flow, document: usize) -> Option<&Value> {
    match document.checked_sub(1) {
        None => flow.input.as_ref(),
        Some(trigger) => match &flow.triggers.get(trigger)?.kind {
            TriggerKind::Webhook { schema, .. } => schema.as_ref(),
            _ => None,
        },
    }
}

/// The type of what a flow is started with by hand or by another flow, where it says so.
pub(super) fn input_type(flow: &Flow) -> Option<Type<'_>> {
    type_of(flow, 0)
}

/// The type of the body of a webhook, where the flow says so.
pub(super) fn webhook_type(flow: &Flow, trigger: usize) -> Option<Type<'_>> {
    type_of(flow, trigger + 1)
}

fn type_of(flow: &Flow, document: usize) -> Option<Type<'_>> {
    Some(Type::from_schema(Place { schemas: flow, document, value: schema(flow, document)? }))
}
