//! Does what an operation does, to the things remembered, and makes its answer.

use nave_connector::check::{self, Checked};
use nave_connector::manifest::Paging;
use nave_connector::operation::{BodyArguments, Codec, Location, Media};
use nave_connector::schema::fields::fields;
use nave_connector::{Connector, Operation, Schema};
use nave_model::Problem;
use serde_json::{Map, Value};

use crate::generate::{self, Purpose, Rng};
use crate::options::Strangers;
use crate::world::anchor::{self, Anchor};
use crate::world::answers::{Chosen, success};
use crate::world::overlay::Overlay;
use crate::world::role::{Deed, Role};
use crate::world::{World, id_text, list, path_of};

/// One operation to perform.
pub(crate) struct Act<'a> {
    pub(crate) connector: &'a Connector,
    pub(crate) operation: &'a Operation,
    pub(crate) role: &'a Role,
    pub(crate) checked: &'a Checked,
    pub(crate) seed: u64,
    pub(crate) population: usize,
    pub(crate) strangers: Strangers,
    /// Where a list goes on, as the sandbox's own next addresses say.
    pub(crate) after: Option<&'a str>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Done {
    /// An answer.
    Answer {
        status: u16,
        value: Value,
        /// The last thing shown, where a list goes on after it.
        next: Option<String>,
    },
    /// The thing does not exist.
    Missing {
        /// Its path.
        path: String,
    },
}

impl<'a> Act<'a> {
    /// Performs the operation.
    pub(crate) fn perform(&self, world: &mut World) -> Done {
        let chosen = success(self.operation);
        let collection = self.collection();
        let id = self.id();
        let path = path_of(&collection, id.as_deref().unwrap_or_default());
        if world.is_removed(&path) {
            return Done::Missing { path };
        }
        let Some(schema) = chosen.schema(self.connector) else {
            return self.blind(chosen, world, &collection, id.as_deref());
        };
        if self.role.deed == Deed::List
            && let Some(anchor) = anchor::list(schema, &self.role.names, None, self.operation.paging.as_ref())
        {
            return list::show(self, chosen, &anchor, &collection, world);
        }
        let anchor = anchor::thing(schema, &self.role.names, self.role.parameter.as_deref());
        let Some(anchor) = anchor else {
            return self.blind(chosen, world, &collection, id.as_deref());
        };
        match self.role.deed {
            Deed::Create => self.create(chosen, &anchor, &collection, world),
            Deed::Read | Deed::Update | Deed::Remove => {
                let id = id.unwrap_or_default();
                if self.strangers == Strangers::NotFound
                    && self.role.parameter.is_some()
                    && world.thing(&collection, &id).is_none()
                {
                    return Done::Missing { path };
                }
                self.touch(chosen, &anchor, (&collection, &id), world)
            }
            Deed::List | Deed::Other => {
                let value = self.echoed(chosen, Some(&anchor), self.made(chosen, &[&path]));
                self.answer(chosen, value)
            }
        }
    }

    /// An operation whose answer says nothing about things.
    fn blind(&self, chosen: Chosen<'_>, world: &mut World, collection: &str, id: Option<&str>) -> Done {
        let id = id.unwrap_or_default();
        match self.role.deed {
            Deed::Remove => world.remove(collection, id),
            Deed::Update => {
                let mut known = world.thing(collection, id).cloned().unwrap_or(Value::Object(Map::new()));
                if let (Value::Object(members), Some(sent)) = (&mut known, self.sent("")) {
                    members.extend(sent);
                }
                world.keep(collection, id, known);
            }
            Deed::Create | Deed::List | Deed::Read | Deed::Other => {}
        }
        let value = self.echoed(chosen, None, self.made(chosen, &[collection, id]));
        self.answer(chosen, value)
    }

    /// The answer with what was sent in the fields of the same name, as far as it fits there: who asks for
    /// a refund of 500 is answered 500.
    fn echoed(&self, chosen: Chosen<'_>, anchor: Option<&Anchor<'_>>, made: Value) -> Value {
        let pointer = anchor.map_or("", |anchor| anchor.pointer.as_str());
        let whole = chosen.schema(self.connector);
        let Some(schema) = anchor.map(|anchor| anchor.schema).or(whole) else { return made };
        let Some(Value::Object(shown)) = made.pointer(pointer) else { return made };
        let declared = fields(schema).declared;
        let mut sent = self.sent(pointer).unwrap_or_default();
        for (name, value) in self.queried() {
            sent.entry(name).or_insert(value);
        }
        sent.retain(|name, _| shown.contains_key(name) || declared.contains_key(name.as_str()));
        if sent.is_empty() {
            return made;
        }
        let check = |value: &Value| self.problems(chosen, value);
        let mut overlay = Overlay::new(made, &check);
        overlay.merge(pointer, &sent);
        overlay.value
    }

    /// What was asked for in the address, without what turns pages: an answer's place in a list is not the
    /// caller's.
    fn queried(&self) -> Map<String, Value> {
        if self.operation.paging.is_some() {
            return Map::new();
        }
        let turns_pages = |name: &str| {
            let name = anchor::folded(name);
            ["cursor", "token", "page", "offset", "after", "before"].iter().any(|word| name.contains(word))
        };
        let given = self.checked.parameters.iter().filter_map(|(position, value)| {
            let parameter = self.operation.parameters.get(*position)?;
            let asked = parameter.location == Location::Query && !turns_pages(&parameter.name);
            asked.then(|| (parameter.name.clone(), value.clone()))
        });
        given.collect()
    }

    fn create(&self, chosen: Chosen<'_>, anchor: &Anchor<'_>, collection: &str, world: &mut World) -> Done {
        let number = world.number().to_string();
        let check = |value: &Value| self.problems(chosen, value);
        let mut overlay = Overlay::new(self.made(chosen, &[collection, &number]), &check);
        self.name_anew(&mut overlay, anchor, collection, world);
        let sent = self.sent(&anchor.pointer).unwrap_or_default();
        overlay.merge(&anchor.pointer, &self.known_names(anchor, &overlay, self.path_members()));
        overlay.merge(&anchor.pointer, &self.known_names(anchor, &overlay, sent.clone()));
        self.forget_unsent(&mut overlay, anchor, &sent);
        if let Some(thing) = overlay.value.pointer(&anchor.pointer)
            && let Some(id) = anchor.id.as_ref().and_then(|id| id_text(thing.get(id)?))
        {
            world.keep(collection, &id, thing.clone());
        }
        self.answer(chosen, overlay.value)
    }

    /// Reads, changes or removes one thing.
    fn touch(
        &self,
        chosen: Chosen<'_>,
        anchor: &Anchor<'_>,
        (collection, id): (&str, &str),
        world: &mut World,
    ) -> Done {
        let check = |value: &Value| self.problems(chosen, value);
        let mut overlay = Overlay::new(self.made(chosen, &[collection, id]), &check);
        let known = world.thing(collection, id).and_then(Value::as_object).cloned();
        let shown = match &known {
            Some(known) => {
                let exact = self.known_names(anchor, &overlay, known.clone());
                // The thing exactly as it is remembered, else as much of it as this answer can hold.
                if !overlay.set(&anchor.pointer, Value::Object(exact.clone())) {
                    overlay.merge(&anchor.pointer, &exact);
                }
                known.clone()
            }
            None => {
                self.identify(&mut overlay, anchor, id);
                let path = self.known_names(anchor, &overlay, self.path_members());
                overlay.merge(&anchor.pointer, &path);
                Map::new()
            }
        };
        if self.role.deed == Deed::Remove {
            overlay.set(&format!("{}/deleted", anchor.pointer), Value::Bool(true));
            world.remove(collection, id);
            return self.answer(chosen, overlay.value);
        }
        let sent = match self.role.deed {
            Deed::Update => self.sent(&anchor.pointer).unwrap_or_default(),
            _ => Map::new(),
        };
        let sent_here = self.known_names(anchor, &overlay, sent.clone());
        overlay.merge(&anchor.pointer, &sent_here);
        let mut remembered = match overlay.value.pointer(&anchor.pointer) {
            Some(Value::Object(members)) => members.clone(),
            _ => Map::new(),
        };
        // What this answer does not show is not forgotten.
        for (name, value) in shown.into_iter().chain(sent) {
            remembered.entry(name).or_insert(value);
        }
        world.keep(collection, id, Value::Object(remembered));
        if self.role.deed == Deed::Read && self.role.parameter.is_none() {
            // What there is only one of may be an answer to what was asked, and is not remembered so.
            overlay.merge(&anchor.pointer, &self.known_names(anchor, &overlay, self.queried()));
        }
        self.answer(chosen, overlay.value)
    }

    /// Gives the made-up thing the identifier that was asked for.
    fn identify(&self, overlay: &mut Overlay<'_>, anchor: &Anchor<'_>, id: &str) {
        let Some(name) = anchor.id.as_ref().filter(|_| !id.is_empty()) else { return };
        let pointer = nave_model::place::child(&anchor.pointer, name);
        if !overlay.set(&pointer, Value::String(id.to_owned()))
            && let Ok(number) = id.parse::<i64>()
        {
            overlay.set(&pointer, Value::from(number));
        }
    }

    /// Gives a new thing an identifier no other thing of the collection has.
    fn name_anew(&self, overlay: &mut Overlay<'_>, anchor: &Anchor<'_>, collection: &str, world: &mut World) {
        let Some(name) = &anchor.id else { return };
        let Some(schema) = fields(anchor.schema).declared.get(name.as_str()).copied() else { return };
        for _ in 0..16 {
            let number = world.number().to_string();
            let mut rng = Rng::for_words(self.seed, &["id", &self.connector.name, collection, &number]);
            let Some(id) = self.new_id(schema, name, &mut rng) else { return };
            let taken = id_text(&id).is_none_or(|text| world.thing(collection, &text).is_some());
            if !taken && overlay.set(&nave_model::place::child(&anchor.pointer, name), id) {
                return;
            }
        }
    }

    /// A new identifier, called by the thing: `customer_id` reads better than `id`.
    pub(crate) fn new_id(&self, schema: Schema<'_>, name: &str, rng: &mut Rng) -> Option<Value> {
        let called = match self.role.names.first() {
            Some(thing) if name.eq_ignore_ascii_case("id") => format!("{thing}_id"),
            _ => name.to_owned(),
        };
        generate::invented(schema, rng, Purpose { name: &called, ..Purpose::ANSWER }).ok()
    }

    /// Fields that could have been sent and were not: empty where that is right, else as made up.
    fn forget_unsent(&self, overlay: &mut Overlay<'_>, anchor: &Anchor<'_>, sent: &Map<String, Value>) {
        let BodyArguments::Fields { fields: settable } = &self.operation.arguments.body else { return };
        for field in settable.values().filter(|field| !sent.contains_key(*field)) {
            let pointer = nave_model::place::child(&anchor.pointer, field);
            let is_id = anchor.id.as_ref() == Some(field);
            if !is_id && overlay.value.pointer(&pointer).is_some() && !overlay.set(&pointer, Value::Null) {
                overlay.remove(&pointer);
            }
        }
    }

    /// The members an answer's thing can have: those it declares or shows; all where it declares none.
    fn known_names(
        &self,
        anchor: &Anchor<'_>,
        overlay: &Overlay<'_>,
        members: Map<String, Value>,
    ) -> Map<String, Value> {
        let declared = fields(anchor.schema).declared;
        if declared.is_empty() {
            return members;
        }
        let shown = overlay.value.pointer(&anchor.pointer);
        let known =
            |name: &str| declared.contains_key(name) || shown.is_some_and(|thing| thing.get(name).is_some());
        members.into_iter().filter(|(name, _)| known(name)).collect()
    }

    /// What the caller sent about the thing: the body, unwrapped as the answer is wrapped, and form
    /// fields.
    fn sent(&self, pointer: &str) -> Option<Map<String, Value>> {
        let form = self.operation.parameters.iter().enumerate().filter_map(|(position, parameter)| {
            let value = self.checked.parameters.iter().find(|(given, _)| *given == position);
            let (_, value) = value.filter(|_| parameter.location == Location::Form)?;
            Some((parameter.name.clone(), value.clone()))
        });
        let form: Map<String, Value> = form.collect();
        let Some(body) = &self.checked.body else { return (!form.is_empty()).then_some(form) };
        let wrapped = (!pointer.is_empty()).then(|| body.pointer(pointer)).flatten();
        let single = || match body.as_object() {
            // `{"customer": {…}}` for an answer that is not wrapped.
            Some(members) if members.len() == 1 => {
                let (name, value) = members.iter().next()?;
                let wraps = self.role.names.iter().any(|known| known.eq_ignore_ascii_case(name));
                value.as_object().filter(|_| wraps)
            }
            _ => None,
        };
        let found = wrapped.and_then(Value::as_object).or_else(single);
        found.or_else(|| body.as_object()).cloned()
    }

    /// Path parameters as members: `/customers/{customer}/cards` makes cards with that `customer`.
    fn path_members(&self) -> Map<String, Value> {
        let given = self.checked.parameters.iter().filter_map(|(position, value)| {
            let parameter = self.operation.parameters.get(*position)?;
            let own = self.role.parameter.as_ref() == Some(&parameter.name);
            (parameter.location == Location::Path && !own).then(|| (parameter.name.clone(), value.clone()))
        });
        given.collect()
    }

    /// An argument by its wire name.
    pub(crate) fn argument(&self, name: &str) -> Option<&Value> {
        let given = self.checked.parameters.iter().find(|(position, _)| {
            self.operation.parameters.get(*position).is_some_and(|parameter| parameter.name == name)
        });
        given.map(|(_, value)| value).or_else(|| self.checked.body.as_ref()?.get(name))
    }

    /// The collection's path with its parameters filled in.
    fn collection(&self) -> String {
        let mut path = self.role.collection.clone();
        for parameter in self.operation.parameters.iter().filter(|one| one.location == Location::Path) {
            if let Some(text) = self.argument(&parameter.name).and_then(id_text) {
                path = path.replace(&format!("{{{}}}", parameter.name), &text);
            }
        }
        path
    }

    fn id(&self) -> Option<String> {
        self.argument(self.role.parameter.as_deref()?).and_then(id_text)
    }

    /// A made-up answer: the description's example where it fits, else invented.
    pub(crate) fn made(&self, chosen: Chosen<'_>, words: &[&str]) -> Value {
        let Some(media) = chosen.media else { return Value::Null };
        let mut purpose: Vec<&str> = vec![&self.connector.name, &self.operation.name];
        purpose.extend(words);
        make(self.connector, media, &mut Rng::for_words(self.seed, &purpose))
    }

    pub(crate) fn problems(&self, chosen: Chosen<'_>, value: &Value) -> Vec<Problem> {
        match chosen.schema(self.connector) {
            Some(schema) => check::value(schema, value, check::Direction::Response),
            None => Vec::new(),
        }
    }

    pub(crate) fn answer(&self, chosen: Chosen<'_>, value: Value) -> Done {
        Done::Answer { status: chosen.status, value, next: None }
    }

    /// How the operation's list is paged.
    pub(crate) fn paging(&self) -> Option<&'a Paging> {
        self.operation.paging.as_ref()
    }
}

/// A made-up content of a described answer.
pub(crate) fn make(connector: &Connector, media: &Media, rng: &mut Rng) -> Value {
    let schema = media.schema.as_ref().and_then(|place| Schema::at(&connector.documents, place).ok());
    let fits = |example: &Value| {
        schema.is_none_or(|schema| check::value(schema, example, check::Direction::Response).is_empty())
    };
    if let Some(example) = media.example.as_ref().filter(|example| fits(example)) {
        return example.clone();
    }
    let plain = !matches!(media.codec, Codec::Json | Codec::JsonLines | Codec::EventStream);
    let Some(schema) = schema else {
        return if plain {
            Value::String(generate::plausible::anything(rng))
        } else {
            Value::Object(Map::new())
        };
    };
    match generate::value(schema, rng, Purpose { plain, ..Purpose::ANSWER }) {
        Ok(value) => value,
        Err(fault) => {
            tracing::warn!(connector = connector.name, %fault, "an answer cannot be made as described");
            Value::Null
        }
    }
}
