//! Narrowing: what is left of a type once something is known of the value, as conditions and `//` tell.

use std::rc::Rc;

use serde_json::Value as Json;

use super::{Booleans, Field, Kind, Lazy, Object, Type};

impl<'a> Type<'a> {
    /// The same without `null`. What nothing is known of stays so.
    #[must_use]
    pub fn without_null(&self) -> Type<'a> {
        Type { null: false, ..self.clone() }
    }

    /// Only what is of this kind. Of what nothing is known, at least the kind is known then.
    #[must_use]
    pub fn only(&self, kind: Kind) -> Type<'a> {
        if let Some(unknown) = &self.unknown {
            let anything = || Type::anything(Rc::clone(&unknown.why));
            return match kind {
                Kind::Null => Type::null(),
                Kind::Boolean => Type::boolean(),
                Kind::Number => Type::number(),
                Kind::String => Type::text(),
                Kind::Array => Type::array_of(anything()),
                Kind::Object => {
                    Type::object(Object { rest: Some(Lazy::known(anything())), ..Object::default() })
                }
            };
        }
        let none = Type::default();
        match kind {
            Kind::Null => Type { null: self.null, ..none },
            Kind::Boolean => Type { booleans: self.booleans, ..none },
            Kind::Number => Type { numbers: self.numbers.clone(), ..none },
            Kind::String => Type { texts: self.texts.clone(), ..none },
            Kind::Array => Type { arrays: self.arrays.clone(), ..none },
            Kind::Object => Type { objects: self.objects.clone(), ..none },
        }
    }

    /// Nothing of this kind. What nothing is known of stays so.
    #[must_use]
    pub fn without(&self, kind: Kind) -> Type<'a> {
        let all = self.clone();
        match kind {
            Kind::Null => Type { null: false, ..all },
            Kind::Boolean => Type { booleans: Booleans::default(), ..all },
            Kind::Number => Type { numbers: None, ..all },
            Kind::String => Type { texts: None, ..all },
            Kind::Array => Type { arrays: None, ..all },
            Kind::Object => Type { objects: Vec::new(), ..all },
        }
    }

    /// What counts as true: everything but `null` and `false`.
    #[must_use]
    pub fn truthy_part(&self) -> Type<'a> {
        let booleans = Booleans { yes: self.booleans.yes, no: false };
        Type { null: false, booleans, ..self.clone() }
    }

    /// What counts as false: `null` and `false`, as far as they are possible.
    pub fn falsy_part(&self) -> Type<'a> {
        let is_unknown = self.unknown.is_some();
        Type {
            null: self.null || is_unknown,
            booleans: Booleans { yes: false, no: self.booleans.no || is_unknown },
            ..Type::default()
        }
    }

    /// What is left where the value is known to equal a constant: that constant, or never.
    pub fn only_constant(&self, constant: &Json) -> Type<'a> {
        if self.accepts(constant) { Type::constant(constant) } else { Type::never() }
    }

    /// What is left where the value is known not to equal a constant. Only what can be said without the
    /// constant is taken away.
    #[must_use]
    pub fn without_constant(&self, constant: &Json) -> Type<'a> {
        let mut left = self.clone();
        match constant {
            Json::Null => left.null = false,
            Json::Bool(true) => left.booleans.yes = false,
            Json::Bool(false) => left.booleans.no = false,
            Json::String(text) => {
                left.texts = left.texts.and_then(|mut texts| {
                    let Some(constants) = texts.constants else { return Some(texts) };
                    let others: Rc<[String]> = constants.iter().filter(|one| *one != text).cloned().collect();
                    texts.constants = Some(Rc::clone(&others));
                    (!others.is_empty()).then_some(texts)
                });
            }
            Json::Number(number) => {
                let text = super::construct::number_text(number);
                left.numbers = left.numbers.and_then(|mut numbers| {
                    let Some(constants) = numbers.constants else { return Some(numbers) };
                    let others: Rc<[String]> =
                        constants.iter().filter(|one| **one != text).cloned().collect();
                    numbers.constants = Some(Rc::clone(&others));
                    (!others.is_empty()).then_some(numbers)
                });
            }
            Json::Array(_) | Json::Object(_) => {}
        }
        left
    }

    /// The objects whose field is what a test leaves of it: where that is nothing, the alternative is
    /// impossible and goes. `null` and other kinds go too: `null` stands for a field that is not there only
    /// if the caller adds it again.
    ///
    /// `keep` is given what `.name` gives of each alternative, `null` for "not there" included.
    #[must_use]
    pub fn refine_field(&self, name: &str, keep: impl Fn(&Type<'a>) -> Type<'a>) -> Type<'a> {
        if self.unknown.is_some() {
            return self.clone();
        }
        let objects = self.objects.iter().filter_map(|object| {
            let alternative = Type { objects: vec![Rc::clone(object)], ..Type::default() };
            let given = alternative.field(name).value;
            let left = keep(&given);
            (!left.is_never()).then(|| Rc::new(object.with_value(name, left, &given)))
        });
        Type { objects: objects.collect(), ..Type::default() }
    }

    /// The objects whose field equals a constant.
    #[must_use]
    pub fn with_field_constant(&self, name: &str, constant: &Json) -> Type<'a> {
        self.refine_field(name, |value| value.only_constant(constant))
    }

    /// The objects whose field does not equal a constant, as far as alternatives tell.
    #[must_use]
    pub fn without_field_constant(&self, name: &str, constant: &Json) -> Type<'a> {
        self.refine_field(name, |value| value.without_constant(constant))
    }

    /// The objects that have a field (`has`), which is there then.
    #[must_use]
    pub fn with_field(&self, name: &str) -> Type<'a> {
        if self.unknown.is_some() {
            return self.only(Kind::Object);
        }
        let objects = self.objects.iter().filter_map(|object| {
            let value = object.value_of(name).filter(|value| !value.is_never())?;
            let mut object = (**object).clone();
            match object.fields.get_mut(name) {
                Some(field) => (field.required, field.write_only) = (true, false),
                None => {
                    object.fields.insert(name.into(), Field::required(Lazy::Known(value)));
                }
            }
            Some(Rc::new(object))
        });
        Type { objects: objects.collect(), ..Type::default() }
    }

    /// The objects that do not have a field.
    #[must_use]
    pub fn without_field(&self, name: &str) -> Type<'a> {
        if self.unknown.is_some() {
            return self.only(Kind::Object);
        }
        let objects = self.objects.iter().filter_map(|object| {
            let is_certain = object.fields.get(name).is_some_and(Field::is_certain);
            if is_certain {
                return None;
            }
            let mut object = (**object).clone();
            object.fields.shift_remove(name);
            Some(Rc::new(object))
        });
        Type { objects: objects.collect(), ..Type::default() }
    }
}

impl<'a> Object<'a> {
    /// The same with a field that is known better. Where `null` was possible only because the field may be
    /// missing, and is not any more, the field is there.
    fn with_value(&self, name: &str, mut left: Type<'a>, given: &Type<'a>) -> Object<'a> {
        let mut object = self.clone();
        let is_there = given.null && !left.null;
        if left.null && self.value_of(name).is_some_and(|value| !value.may_be_null()) {
            left.null = false;
        }
        if left.is_never() {
            object.fields.shift_remove(name);
            return object;
        }
        match object.fields.get_mut(name) {
            Some(field) => {
                field.required |= is_there;
                field.write_only &= !is_there;
                field.value = Lazy::known(left);
            }
            None if self.rest.is_some() => {
                let field = Field { required: is_there, ..Field::optional(Lazy::known(left)) };
                object.fields.insert(name.into(), field);
            }
            None => {}
        }
        object
    }
}
