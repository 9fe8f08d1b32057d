//! Deliveries of a system as events, by the rule of its manifest: one delivery gives one event or several,
//! under the connector's own names. Whether a delivery is genuine is the signature's matter.

use jiff::Timestamp;
use nave_expr::{Budget, Program};
use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use serde_json::{Map, Value};

use crate::Connector;
use crate::check::{Direction, value};
use crate::manifest::{EventRule, Webhooks};
use crate::schema::Schema;
use crate::schema::typed::event_place;

/// The most events of one delivery.
const MOST_EVENTS: usize = 10_000;
/// The most characters of a name, an id and a subject.
const LONGEST: usize = 255;
/// What an expression may use: deliveries are small, and strangers' where a sender signs nothing.
const BUDGET: Budget = Budget { steps: 1_000_000, depth: 128, bytes: 64 << 20 };
/// Numbers from here on are milliseconds: as seconds, they are beyond the year 5000.
const MILLISECONDS: u64 = 100_000_000_000;
const VARIABLES: [&str; 2] = ["body", "headers"];

/// The rule of a connector, ready to be used.
#[derive(Debug)]
pub struct Reader {
    items: Option<Place>,
    name: Place,
    id: Option<Place>,
    time: Option<Place>,
    subject: Option<Place>,
    data: Option<Place>,
}

#[derive(Debug)]
enum Place {
    Pointer(String),
    Expression(Box<Program>),
}

/// An event of a delivery.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The connector's name of it, or the vendor's where the connector has none.
    pub name: String,
    /// Whether the connector has a name for it.
    pub is_known: bool,
    /// The vendor's id of it.
    pub id: Option<String>,
    /// When it happened: milliseconds since 1970, UTC.
    pub time_ms: Option<u64>,
    /// What it is about.
    pub subject: Option<String>,
    /// What flows get; `None`: the body as it came.
    pub data: Option<Value>,
}

impl Reader {
    /// Makes the rule ready.
    ///
    /// # Errors
    /// An expression is wrong: the key it stands at, and why.
    pub fn new(rule: &EventRule) -> Result<Reader, (&'static str, String)> {
        let place = |key: &'static str, text: &str| match text.is_empty() || text.starts_with('/') {
            true => Ok(Place::Pointer(text.to_owned())),
            false => match Program::compile(text, &VARIABLES) {
                Ok(program) => Ok(Place::Expression(Box::new(program))),
                Err(wrong) => Err((key, wrong.first().map(|one| one.message.clone()).unwrap_or_default())),
            },
        };
        let optional = |key, text: &Option<String>| text.as_deref().map(|text| place(key, text)).transpose();
        Ok(Reader {
            items: optional("items", &rule.items)?,
            name: place("name", &rule.name)?,
            id: optional("id", &rule.id)?,
            time: optional("time", &rule.time)?,
            subject: optional("subject", &rule.subject)?,
            data: optional("data", &rule.data)?,
        })
    }

    /// The events of a decoded body.
    ///
    /// # Errors
    /// `E-EVENT-INVALID`: there is no list where events should stand, or there are too many; a fault of an
    /// expression.
    pub fn read(
        &self,
        connector: &Connector,
        body: &Value,
        headers: &[(String, String)],
    ) -> Result<Vec<Found>, Fault> {
        let mut named = Map::new();
        for (name, text) in headers {
            named.entry(name.to_ascii_lowercase()).or_insert_with(|| Value::String(text.clone()));
        }
        let headers = Value::Object(named);
        let Some(place) = &self.items else {
            return Ok(vec![self.event(connector, body, body, &headers, false)?]);
        };
        // An empty list says that there is nothing; where there is none, the vendor sends something else by
        // now, and what it sends must not get lost.
        let Value::Array(items) = place.of(body, body, &headers)? else {
            let message = "the delivery has no list of events where it should be";
            return Err(Fault::new(codes::EVENT_INVALID, message));
        };
        if items.len() > MOST_EVENTS {
            let message = format!("the delivery has {} events, and {MOST_EVENTS} are taken", items.len());
            return Err(Fault::new(codes::EVENT_INVALID, message));
        }
        items.iter().map(|item| self.event(connector, item, body, &headers, true)).collect()
    }

    fn event(
        &self,
        connector: &Connector,
        item: &Value,
        body: &Value,
        headers: &Value,
        is_part: bool,
    ) -> Result<Found, Fault> {
        let text = |place: &Option<Place>| match place {
            Some(place) => place.of(item, body, headers).map(|value| scalar(&value)),
            None => Ok(None),
        };
        let vendor = scalar(&self.name.of(item, body, headers)?).unwrap_or_default();
        let (name, is_known) = own_name(connector, &vendor);
        let data = match &self.data {
            Some(place) => Some(place.of(item, body, headers)?).filter(|data| !data.is_null()),
            None => None,
        };
        Ok(Found {
            name,
            is_known,
            id: text(&self.id)?,
            time_ms: match &self.time {
                Some(place) => time(&place.of(item, body, headers)?),
                None => None,
            },
            subject: text(&self.subject)?,
            data: data.or_else(|| is_part.then(|| item.clone())),
        })
    }
}

impl Place {
    fn of(&self, item: &Value, body: &Value, headers: &Value) -> Result<Value, Fault> {
        match self {
            Place::Pointer(pointer) => Ok(item.pointer(pointer).cloned().unwrap_or_default()),
            Place::Expression(program) => program.one(item, &[body, headers], BUDGET),
        }
    }
}

/// A text or number as a short text; anything else is nothing.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then(|| text.chars().take(LONGEST).collect())
}

/// Milliseconds since 1970 of a time as vendors write it.
fn time(value: &Value) -> Option<u64> {
    let text = scalar(value)?;
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    if let Ok(number) = whole.parse::<u64>() {
        return Some(if number < MILLISECONDS { number.saturating_mul(1000) } else { number });
    }
    u64::try_from(text.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

/// The connector's name for a vendor's, and whether it has one. A name nobody knows is kept: what flows
/// could not name is replaced.
fn own_name(connector: &Connector, vendor: &str) -> (String, bool) {
    let events = &connector.manifest.events;
    let named = events.iter().find(|(name, event)| event.vendor.as_deref().unwrap_or(name) == vendor);
    if let Some((name, _)) = named {
        return (name.clone(), true);
    }
    if connector.webhooks.iter().any(|webhook| webhook.name == vendor) {
        return (vendor.to_owned(), true);
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = vendor.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    (if name.is_empty() { "unnamed".to_owned() } else { name }, false)
}

/// How an event's data differs from what the connector describes; empty where nothing is described.
pub fn drift(connector: &Connector, event: &str, data: &Value) -> Vec<Problem> {
    let Some(place) = event_place(connector, event) else { return Vec::new() };
    match Schema::at(&connector.documents, &place) {
        Ok(schema) => value(schema, data, Direction::Response),
        Err(_) => Vec::new(),
    }
}

/// What is wrong with a manifest's rule: the key below `event`, and why.
pub fn wrong(webhooks: &Webhooks) -> Option<(&'static str, String)> {
    Reader::new(&webhooks.event).err()
}

#[cfg(test)]
mod tests;
