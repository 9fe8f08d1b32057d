//! Where the check is: a path linked on the stack, written out only when there is a problem.

use indexmap::IndexMap;
use nave_model::place::push_token;
use serde_json::{Map, Value};

use crate::operation::Parameter;
use crate::schema::Schema;

/// What a path starts from.
pub(super) struct Root<'f> {
    /// What to call the value itself in a sentence: `the body`, `the answer`.
    pub title: &'f str,
    /// The flat argument object, where that is what the caller wrote.
    pub flat: Option<Flat<'f>>,
}

/// The flat argument object a value was taken from.
pub(super) struct Flat<'f> {
    /// Argument name → body field name, where the body's fields stand in it.
    pub names: Option<&'f IndexMap<String, String>>,
    /// The name of the body, where it stands in it as a whole.
    pub whole: Option<&'f str>,
    /// The parameters that stand in it.
    pub parameters: &'f [Parameter],
    /// As the caller wrote it.
    pub given: &'f Map<String, Value>,
}

impl<'f> Flat<'f> {
    /// The names of parameters and of a whole body that were not given.
    pub(super) fn free_names(&self) -> impl Iterator<Item = &'f str> {
        let given = self.given;
        let parameters = self.parameters.iter().map(|parameter| parameter.argument.as_str());
        parameters.chain(self.whole).filter(|name| !given.contains_key(*name))
    }
}

/// How a schema came to apply to the value it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is the value's own schema.
    Own,
    /// It is a member of an `allOf`: one part of a whole.
    Part,
    /// It is one alternative, or a condition.
    Branch,
}

enum Step<'f> {
    Root(&'f Root<'f>),
    Field(&'f str),
    Item(usize),
    /// The same value, another schema, known by its identity.
    Schema(usize),
}

/// One step of the path.
pub(super) struct Frame<'f, 'a> {
    parent: Option<&'f Frame<'f, 'a>>,
    step: Step<'f>,
    /// The schema the value at this place has to fit as a whole.
    pub whole: Schema<'a>,
    /// How the schema in hand came to apply.
    pub reach: Reach,
    /// Steps from the root.
    pub depth: u16,
}

impl<'f, 'a> Frame<'f, 'a> {
    pub(super) fn root(root: &'f Root<'f>, whole: Schema<'a>) -> Self {
        Frame { parent: None, step: Step::Root(root), whole, reach: Reach::Own, depth: 0 }
    }

    pub(super) fn field(&'f self, name: &'f str, whole: Schema<'a>) -> Self {
        self.down(Step::Field(name), whole)
    }

    pub(super) fn item(&'f self, index: usize, whole: Schema<'a>) -> Self {
        self.down(Step::Item(index), whole)
    }

    fn down(&'f self, step: Step<'f>, whole: Schema<'a>) -> Self {
        let depth = self.depth.saturating_add(1);
        Frame { parent: Some(self), step, whole, reach: Reach::Own, depth }
    }

    /// The same place under another schema.
    pub(super) fn under(&'f self, schema: Schema<'a>, reach: Reach) -> Self {
        let reach = match (self.reach, reach) {
            (Reach::Branch, _) | (_, Reach::Branch) => Reach::Branch,
            (Reach::Part, _) | (_, Reach::Part) => Reach::Part,
            (Reach::Own, Reach::Own) => Reach::Own,
        };
        let depth = self.depth.saturating_add(1);
        Frame { parent: Some(self), step: Step::Schema(schema.identity()), whole: self.whole, reach, depth }
    }

    /// Whether this very schema is already being applied at this place: a circle without progress.
    pub(super) fn is_applying(&self, schema: Schema<'a>) -> bool {
        let mut frame = Some(self);
        while let Some(Frame { step: Step::Schema(identity), parent, .. }) = frame {
            if *identity == schema.identity() {
                return true;
            }
            frame = *parent;
        }
        false
    }

    /// Whether this place is a parameter as a whole.
    pub(super) fn is_parameter(&self) -> bool {
        let mut frame = Some(self);
        while let Some(current) = frame {
            match (&current.step, current.parent.map(|parent| &parent.step)) {
                (Step::Schema(_), _) => frame = current.parent,
                (Step::Field(name), Some(Step::Root(root))) => {
                    let mut parameters = root.flat.iter().flat_map(|flat| flat.parameters);
                    return parameters.any(|parameter| parameter.argument == *name);
                }
                _ => return false,
            }
        }
        false
    }

    /// The name of the field this place is, or is an item of.
    pub(super) fn name(&self) -> Option<&str> {
        let mut frame = Some(self);
        while let Some(current) = frame {
            match current.step {
                Step::Field(name) => return Some(current.written(name)),
                Step::Root(_) => return None,
                Step::Item(_) | Step::Schema(_) => frame = current.parent,
            }
        }
        None
    }

    /// The flat argument object, where this place is the root of it.
    pub(super) fn flat(&self) -> Option<&Flat<'f>> {
        self.as_root()?.flat.as_ref()
    }

    /// What the path starts from, where this place is its start.
    pub(super) fn as_root(&self) -> Option<&Root<'f>> {
        match self.step {
            Step::Root(root) => Some(root),
            Step::Schema(_) => self.parent.and_then(Frame::as_root),
            Step::Field(_) | Step::Item(_) => None,
        }
    }

    /// The place this one is inside of: the value that holds it as a field or item.
    pub(super) fn holder(&self) -> Option<&'f Frame<'f, 'a>> {
        match self.step {
            Step::Root(_) => None,
            Step::Schema(_) => self.parent.and_then(Frame::holder),
            Step::Field(_) | Step::Item(_) => self.parent,
        }
    }

    /// The name a caller writes for a field of the value at this place.
    pub(super) fn caller_name<'n>(&'n self, field: &'n str) -> &'n str {
        let mut frame = Some(self);
        while let Some(current) = frame {
            match current.step {
                Step::Schema(_) => frame = current.parent,
                Step::Root(root) => return renamed(root, field),
                Step::Field(_) | Step::Item(_) => return field,
            }
        }
        field
    }

    fn written<'n>(&'n self, field: &'n str) -> &'n str {
        self.parent.map_or(field, |parent| parent.caller_name(field))
    }

    /// The JSON pointer of this place.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Frame::pointer).unwrap_or_default();
        match self.step {
            Step::Field(name) => push_token(&mut pointer, self.written(name)),
            Step::Item(index) => push_token(&mut pointer, &index.to_string()),
            Step::Root(_) | Step::Schema(_) => {}
        }
        pointer
    }

    /// This place in a sentence: `` `items[0].amount` ``, or the title of the root.
    pub(super) fn subject(&self) -> String {
        let mut path = String::new();
        let title = self.write(&mut path);
        if path.is_empty() { title.to_owned() } else { format!("`{path}`") }
    }

    fn write(&self, path: &mut String) -> &str {
        let title = match (self.parent, &self.step) {
            (_, Step::Root(root)) => root.title,
            (Some(parent), _) => parent.write(path),
            (None, _) => "",
        };
        match self.step {
            Step::Field(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(self.written(name));
            }
            Step::Item(index) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
            Step::Root(_) | Step::Schema(_) => {}
        }
        title
    }
}

fn renamed<'n>(root: &'n Root<'_>, field: &'n str) -> &'n str {
    let names = root.flat.as_ref().and_then(|flat| flat.names);
    let found = names.and_then(|names| names.iter().find(|(_, named)| named.as_str() == field));
    found.map_or(field, |(argument, _)| argument.as_str())
}
