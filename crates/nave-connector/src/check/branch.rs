//! Alternatives: `oneOf`, `anyOf` and discriminators. Saying which alternative was probably meant is left
//! to `explain`.

use serde_json::Value;

use crate::check::frame::Reach;
use crate::check::walk::{Checker, Here};
use crate::schema::Schema;

impl<'a> Checker<'a> {
    /// `anyOf` and `oneOf`.
    ///
    /// JSON Schema refuses a value that fits two branches of a `oneOf`. Real descriptions overlap all the
    /// time (a string that is also an enumeration's member, two objects without required fields), and the
    /// system at the other end takes such values; so a value that fits any branch is accepted, and the
    /// system decides. Only where the schema is a question (`not`, `if`) are the branches counted.
    pub(super) fn any_of(&mut self, keyword: &str, members: &'a [Value], here: Here<'_, 'a>) -> bool {
        if self.exact && keyword == "oneOf" {
            let mut fitting = 0;
            for member in members {
                fitting += usize::from(self.fits(here.schema.with(member), here));
            }
            return fitting == 1;
        }
        if !self.exact
            && let Some(chosen) = chosen(here, members)
        {
            return self.branch(chosen, here);
        }
        let repairing = std::mem::replace(&mut self.repairing, false);
        let fits = members.iter().any(|member| self.fits(here.schema.with(member), here));
        self.repairing = repairing;
        if fits {
            return true;
        }
        if repairing
            && let Some(member) = members.iter().find(|member| self.fits(here.schema.with(member), here))
        {
            return self.branch(here.schema.with(member), here);
        }
        !self.is_settled() && self.explain(members, here)
    }

    /// Applies one branch, with its problems and repairs.
    pub(super) fn branch(&mut self, schema: Schema<'a>, here: Here<'_, 'a>) -> bool {
        let frame = here.frame.under(schema, Reach::Branch);
        self.apply(Here { schema, value: here.value, frame: &frame })
    }

    /// A discriminator without alternatives beside it (OpenAPI "Composition and Inheritance"): the value
    /// says which schema derived from this one it follows.
    pub(super) fn discriminated(&mut self, operand: &'a Value, here: Here<'_, 'a>) -> bool {
        if self.exact || here.schema.keyword("oneOf").is_some() || here.schema.keyword("anyOf").is_some() {
            return true;
        }
        match derived(operand, here) {
            Some(target) => self.enter(target, here),
            None => true,
        }
    }
}

/// The name and the value of the field a discriminator looks at.
pub(super) fn tag<'v>(operand: &Value, value: &'v Value) -> Option<(String, &'v str)> {
    let name = operand.as_str().or_else(|| operand.get("propertyName")?.as_str())?;
    Some((name.to_owned(), value.get(name)?.as_str()?))
}

/// The schema a discriminator leads to, from its mapping, else from the name among the schemas.
pub(super) fn derived<'a>(operand: &'a Value, here: Here<'_, 'a>) -> Option<Schema<'a>> {
    let (_, tag) = tag(operand, here.value)?;
    let mapped = operand.get("mapping").and_then(|mapping| mapping.get(tag)).and_then(Value::as_str);
    let named = mapped.unwrap_or(tag);
    let documents = here.schema.documents;
    let target = |reference: &str| {
        let place = documents.target(here.schema.document, reference).ok()?;
        Schema::at(documents, &place).ok()
    };
    let escaped = named.replace('~', "~0").replace('/', "~1");
    let by_name = || {
        target(&format!("#/components/schemas/{escaped}"))
            .or_else(|| target(&format!("#/definitions/{escaped}")))
    };
    if named.contains('#') || named.contains('/') { target(named) } else { by_name() }
}

/// The branch a discriminator beside the alternatives chooses: it decides alone.
pub(super) fn chosen<'a>(here: Here<'_, 'a>, members: &'a [Value]) -> Option<Schema<'a>> {
    let operand = here.schema.keyword("discriminator")?;
    let target = derived(operand, here)?;
    let mut branches = members.iter().map(|member| here.schema.with(member));
    branches.find(|branch| match branch.reference() {
        Ok(Some(schema)) => schema.identity() == target.identity(),
        Ok(None) | Err(_) => false,
    })
}
