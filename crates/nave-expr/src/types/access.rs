//! What lies inside: fields, items and values, as expressions reach for them.

use std::rc::Rc;

use super::schema::SILENT;
use super::{Field, Lazy, Object, Type};

/// What `.name` gives.
#[derive(Debug, Clone)]
pub struct FieldAccess<'a> {
    /// Its type; `null` is in it where the field may be missing, or the input may be `null`.
    pub value: Type<'a>,
    /// Whether the field is there, as far as the input is an object.
    pub presence: Presence,
    /// The fields the schemas name, for "did you mean".
    pub names: Vec<Rc<str>>,
    /// A mark of the connector on the field: a secret, or personal data.
    pub sensitive: Option<Rc<str>>,
}

/// Whether a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// In every object.
    Always,
    /// In some, or the schema allows it without naming it.
    Maybe,
    /// In none, or there is no object.
    Never,
    /// The schema does not say.
    Unknown,
}

impl<'a> Type<'a> {
    /// What `.name` gives of the objects, and of `null`, that this may be. Other kinds, on which it fails,
    /// are the caller's matter.
    pub fn field(&self, name: &str) -> FieldAccess<'a> {
        let names = self.field_names();
        if let Some(unknown) = &self.unknown {
            let value = Type { unknown: Some(unknown.clone()), ..Type::default() };
            return FieldAccess { value, presence: Presence::Unknown, names, sensitive: None };
        }
        let mut value = Type { null: self.null, ..Type::default() };
        let (mut is_named, mut is_allowed, mut is_always) = (false, false, !self.objects.is_empty());
        let mut sensitive = None;
        for object in &self.objects {
            let field = object.fields.get(name);
            let found = object.value_of(name).filter(|found| !found.is_never());
            is_always &= found.is_some() && field.is_some_and(Field::is_certain);
            is_named |= field.is_some() && found.is_some();
            is_allowed |= found.is_some();
            sensitive = sensitive.or_else(|| field.and_then(|field| field.sensitive.clone()));
            let is_certain = field.is_some_and(Field::is_certain);
            match found {
                Some(found) => value = value.union(&found),
                None => value.null = true,
            }
            value.null |= !is_certain;
        }
        let presence = match (is_always, is_named, is_allowed) {
            (true, _, _) => Presence::Always,
            (false, false, true) if value.is_unknown() => Presence::Unknown,
            (false, _, true) => Presence::Maybe,
            (false, _, false) => Presence::Never,
        };
        FieldAccess { value, presence, names, sensitive }
    }

    /// The names of the fields that the alternatives name, in their order.
    pub fn field_names(&self) -> Vec<Rc<str>> {
        match self.objects.as_slice() {
            [only] => only.fields.keys().cloned().collect(),
            several => {
                let names = several.iter().flat_map(|object| object.fields.keys().cloned());
                names.collect::<indexmap::IndexSet<_>>().into_iter().collect()
            }
        }
    }

    /// What `.[]` gives of lists: all items.
    pub fn items(&self) -> Type<'a> {
        if let Some(unknown) = &self.unknown {
            return Type { unknown: Some(unknown.clone()), ..Type::default() };
        }
        self.arrays.as_ref().map_or_else(Type::never, |array| (*array.items().get()).clone())
    }

    /// What `.[]` gives of lists and objects. Of an object whose schema names its fields, those: what no
    /// schema names is not expected.
    pub fn values(&self) -> Type<'a> {
        let mut all = self.items();
        for object in &self.objects {
            let fields = object.fields.values().map(|field| field.value.clone());
            let lazy = Lazy::any(fields.chain(object.rest.clone()));
            all = all.union(&lazy.get());
        }
        all
    }

    /// What `.[index]` gives of lists, and of `null`; `null` is in it where the item may be missing.
    pub fn index(&self, index: i64) -> Type<'a> {
        if let Some(unknown) = &self.unknown {
            return Type { unknown: Some(unknown.clone()), ..Type::default() };
        }
        let mut value = Type { null: self.null, ..Type::default() };
        let Some(array) = &self.arrays else { return value };
        let length = array.most.filter(|most| *most == array.least);
        let from_start = match (u64::try_from(index), length) {
            (Ok(index), _) => Some(index),
            (Err(_), Some(length)) => length.checked_sub(index.unsigned_abs()),
            (Err(_), None) => None,
        };
        let found = match from_start {
            Some(index) if array.most.is_none_or(|most| index < most) => {
                let at = usize::try_from(index).ok().and_then(|index| array.first.get(index));
                at.unwrap_or(&array.rest).get()
            }
            Some(_) => Rc::new(Type::null()),
            None if index < 0 && length.is_none() => array.items().get(),
            None => Rc::new(Type::null()),
        };
        let is_certain = match u64::try_from(index) {
            Ok(index) => index < array.least,
            Err(_) => index.unsigned_abs() <= array.least,
        };
        value = value.union(&found);
        value.null |= !is_certain;
        value
    }
}

impl<'a> super::Array<'a> {
    /// The type of any item.
    pub fn items(&self) -> Lazy<'a> {
        let has_rest =
            self.most.is_none_or(|most| most > u64::try_from(self.first.len()).unwrap_or(u64::MAX));
        Lazy::any(self.first.iter().cloned().chain(has_rest.then(|| self.rest.clone())))
    }
}

impl<'a> Object<'a> {
    /// What a field may be where it is there; `None`: it is not expected.
    pub fn value_of(&self, name: &str) -> Option<Rc<Type<'a>>> {
        let value = match self.fields.get(name) {
            Some(field) => field.value.get(),
            None => self.rest.as_ref()?.get(),
        };
        match &value.unknown {
            Some(unknown) if &*unknown.why == SILENT => {
                let whose = self.name.as_ref().map(|owner| format!(" of {owner}")).unwrap_or_default();
                let why = format!("the schema of `{name}`{whose} says nothing");
                let mut named = (*value).clone();
                named.unknown = Some(super::Unknown { why: why.into() });
                Some(Rc::new(named))
            }
            _ => Some(value),
        }
    }
}

impl Field<'_> {
    /// Whether every object has it: what is only sent is never answered, whatever is required.
    pub fn is_certain(&self) -> bool {
        self.required && !self.write_only
    }

    /// Whether only the system sets it, also where the schema it refers to says so.
    pub fn is_set_by_system(&self) -> bool {
        self.read_only || is_marked(&self.value, "readOnly")
    }
}

fn is_marked(lazy: &Lazy<'_>, mark: &str) -> bool {
    match lazy {
        Lazy::Known(_) => false,
        Lazy::Schema(place) => place.is_marked(mark),
        Lazy::All(places) => places.iter().any(|place| place.is_marked(mark)),
        Lazy::Any(members) => members.iter().all(|member| is_marked(member, mark)),
    }
}
