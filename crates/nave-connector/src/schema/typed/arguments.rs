//! The flat argument object of an operation as a type: parameters by their argument names, and beside
//! them the body's fields, or the whole body under one name.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_expr::types::{Field, Kind, Lazy, Object, Type};

use super::{lazy_at, type_at};
use crate::operation::{Body, BodyArguments, Codec, Location, Parameter};
use crate::schema::Schema;
use crate::schema::fields::is_read_only;
use crate::{Connector, Operation};

type Fields<'a> = IndexMap<Rc<str>, Field<'a>>;

/// The arguments an operation takes, as they are checked: a field is required where the check requires it,
/// fields that only the system sets are marked, and names that nothing declares are not taken.
///
/// A body that need not be sent and has required fields makes two alternatives: with it and without.
pub fn argument_type<'a>(connector: &'a Connector, operation: &Operation) -> Type<'a> {
    let name: Rc<str> = format!("the arguments of {}.{}", connector.name, operation.name).into();
    let parameters: Fields<'a> = operation
        .parameters
        .iter()
        .map(|parameter| (parameter.argument.as_str().into(), parameter_field(connector, parameter)))
        .collect();
    let alone = |fields: Fields<'a>| {
        Type::object(Object { name: Some(Rc::clone(&name)), fields, rest: None, closed: true })
    };
    match (&operation.arguments.body, &operation.body) {
        (BodyArguments::None, _) | (_, None) => alone(parameters),
        (BodyArguments::Whole { argument }, Some(body)) => {
            let mut fields = parameters;
            fields.insert(argument.as_str().into(), whole_body(connector, operation, body));
            alone(fields)
        }
        (BodyArguments::Fields { fields: names }, Some(body)) => {
            let described = match &body.media.schema {
                Some(place) => type_at(connector, place),
                None => Type::anything("the body is not described"),
            };
            let flat = Flat { name: &name, parameters: &parameters, names };
            let with_body = flat.with_body(&described);
            let needs = |object: &Rc<Object<'a>>| {
                let fields = object.fields.iter().filter(|(name, _)| !parameters.contains_key(*name));
                fields.into_iter().any(|(_, field)| field.required && !field.is_set_by_system())
            };
            match !body.required && with_body.objects.iter().all(needs) {
                true => with_body.union(&alone(parameters.clone())),
                false => with_body,
            }
        }
    }
}

fn parameter_field<'a>(connector: &'a Connector, parameter: &Parameter) -> Field<'a> {
    let value = match &parameter.schema {
        None => Lazy::known(Type::anything(format!("the parameter `{}` has no schema", parameter.name))),
        Some(place) => {
            let schema = Schema::at(&connector.documents, place);
            // A parameter that borrows the schema of a read-only property may be sent; a path is never
            // empty. Both are known now, so that the schema's own marks do not count.
            if parameter.location == Location::Path || schema.is_ok_and(is_read_only) {
                Lazy::known(borrowed(type_at(connector, place), parameter.location))
            } else {
                lazy_at(connector, place)
            }
        }
    };
    Field { required: parameter.required, ..Field::optional(value) }
}

fn borrowed(mut known: Type<'_>, location: Location) -> Type<'_> {
    if location == Location::Path {
        known.null = false;
        if let Some(texts) = &mut known.texts {
            texts.least = texts.least.max(1);
        }
    }
    known
}

fn whole_body<'a>(connector: &'a Connector, operation: &Operation, body: &Body) -> Field<'a> {
    let value = match &body.media.schema {
        Some(place) => lazy_at(connector, place),
        None => {
            let (owner, name) = (&connector.name, &operation.name);
            Lazy::known(match body.media.codec {
                Codec::Binary => Type::anything(format!("{owner}.{name} takes any file as its body")),
                _ => Type::anything(format!("the body of {owner}.{name} is not described")),
            })
        }
    };
    Field { required: body.required, ..Field::optional(value) }
}

/// What the flat object is made of besides the body.
struct Flat<'f, 'a> {
    name: &'f Rc<str>,
    parameters: &'f Fields<'a>,
    /// Argument name → body field.
    names: &'f IndexMap<String, String>,
}

impl<'a> Flat<'_, 'a> {
    fn with_body(&self, described: &Type<'a>) -> Type<'a> {
        if described.is_unknown() {
            return Type::object(self.beside(&described.only(Kind::Object).objects, true));
        }
        let mut objects: Vec<Rc<Object<'a>>> = Vec::new();
        for object in &described.objects {
            objects.push(Rc::new(self.beside(std::slice::from_ref(object), false)));
        }
        // A body that is usually an object may also be something else: it stands under `body` then.
        let other = described.without(Kind::Object).without_null();
        if !other.is_never() && !self.parameters.contains_key("body") {
            let mut fields = self.parameters.clone();
            fields.insert("body".into(), Field::required(Lazy::known(other)));
            objects.push(Rc::new(Object { name: self.form(None), fields, rest: None, closed: true }));
        }
        Type { objects, ..Type::default() }
    }

    /// The parameters, and beside them the fields of one form of the body. Fields that its schema does not
    /// describe are taken where nothing is known of it.
    fn beside(&self, forms: &[Rc<Object<'a>>], all_names: bool) -> Object<'a> {
        let mut fields = self.parameters.clone();
        let form = forms.first();
        for (argument, name) in self.names {
            let found = form.and_then(|form| form.fields.get(name.as_str()).cloned());
            let unknown = || {
                let why = format!("nothing is known of the body's field `{name}`");
                Field::optional(Lazy::known(Type::anything(why)))
            };
            if let Some(field) = found.or_else(|| all_names.then(unknown)) {
                fields.insert(argument.as_str().into(), field);
            }
        }
        let is_named = |name: &str| self.names.values().any(|known| known == name);
        for (name, field) in form.into_iter().flat_map(|form| &form.fields) {
            if !is_named(name) && !fields.contains_key(name) {
                fields.insert(Rc::clone(name), field.clone());
            }
        }
        Object {
            name: self.form(form.and_then(|form| form.name.as_ref())),
            fields,
            rest: form.and_then(|form| form.rest.clone()),
            closed: form.is_some_and(|form| form.closed),
        }
    }

    /// The name of the flat object with one form of the body.
    fn form(&self, body: Option<&Rc<str>>) -> Option<Rc<str>> {
        Some(match body {
            Some(body) => format!("{} with {body}", self.name).into(),
            None => Rc::clone(self.name),
        })
    }
}
