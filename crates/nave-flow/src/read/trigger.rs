//! Triggers: what starts a run.

use std::ops::Range;

use jiff::tz::TimeZoneDatabase;
use nave_model::similar::did_you_mean;

use super::{POLL_MS, Reader, clipped};
use crate::cron::Cron;
use crate::document::{Content, Mapping, Node};
use crate::flow::{Batch, First, Missed, Trigger, TriggerKind};

/// The kinds of triggers as keys, in the order in which they are looked for: `every` is an option of
/// `each` too.
pub(super) const KINDS: [&str; 6] = ["event", "each", "every", "cron", "webhook", "manual"];

/// Keys that go with a kind.
pub(super) fn options(kind: &str) -> &'static [&'static str] {
    match kind {
        "event" => &["batch"],
        "each" => &["with", "items", "id", "changed", "every", "first", "deleted", "batch"],
        "every" => &["missed"],
        "cron" => &["zone", "missed"],
        "webhook" => &["schema", "signed", "batch"],
        _ => &[],
    }
}

/// The shortest time between two polls or two runs.
const SHORTEST_MS: u64 = 1_000;

const FORM: &str = "write an event such as `crm.deal.created`, `manual`, or one of the keys `event`, `every`, `cron`, `webhook`, `each`, `manual`";

impl Reader<'_> {
    /// One trigger, as text or as keys with values.
    pub(super) fn trigger(&mut self, node: &Node) -> Option<Trigger> {
        match &node.content {
            Content::Text(text) => {
                let kind = self.text_trigger(text.text.trim(), node.range())?;
                Some(Trigger { kind, batch: None, at: self.at(node.range()) })
            }
            Content::Mapping(members) => {
                let Some(kind) = KINDS.into_iter().find(|kind| members.contains_key(*kind)) else {
                    self.no_kind(node, members);
                    return None;
                };
                let mut known = vec![kind];
                known.extend(options(kind));
                for key in members.keys() {
                    if KINDS.contains(&key.as_str()) && !known.contains(&key.as_str()) {
                        self.two_kinds(members, kind, key);
                        return None;
                    }
                }
                self.only(members, &known, &format!("a trigger with `{kind}`"));
                self.keyed(kind, members, node.range())
            }
            _ => {
                self.wrong_with(node.range(), format!("a trigger is not {}", node.sort()), FORM);
                None
            }
        }
    }

    /// A trigger of which the kind is known; its keys may stand among others.
    pub(super) fn keyed(&mut self, kind: &str, members: &Mapping, range: Range<usize>) -> Option<Trigger> {
        let batch = match options(kind).contains(&"batch") {
            true => self.get(members, "batch").and_then(|node| self.batch(node)),
            false => None,
        };
        let kind = match kind {
            "event" => self.event_trigger(members),
            "each" => self.each(members),
            "every" => self.every(members),
            "cron" => self.cron(members),
            "webhook" => self.webhook(members),
            _ => self.manual(members),
        };
        Some(Trigger { kind: kind?, batch, at: self.at(range) })
    }

    fn no_kind(&mut self, node: &Node, members: &Mapping) {
        let slip = members.keys().find_map(|key| did_you_mean(key, KINDS));
        let range = members.first().map_or_else(|| node.range(), |(_, member)| member.key.clone());
        self.wrong_with(
            range,
            "the trigger does not say what starts a run",
            slip.unwrap_or_else(|| FORM.to_owned()),
        );
    }

    fn two_kinds(&mut self, members: &Mapping, kind: &str, other: &str) {
        let range = members.get(other).map_or(0..0, |member| member.key.clone());
        let message = format!("a trigger is one thing: it has `{kind}` and `{other}`");
        self.wrong_with(range, message, "make a list of two triggers");
    }

    fn text_trigger(&mut self, text: &str, range: Range<usize>) -> Option<TriggerKind> {
        if text == "manual" {
            return Some(TriggerKind::Manual);
        }
        if let Some((word, rest)) = text.split_once(char::is_whitespace) {
            let rest = rest.trim();
            let message = format!("`{}` is no event", clipped(text));
            let hint = if KINDS.contains(&word) {
                format!("write `trigger: {{ {word}: {rest} }}`, or `{word}: {rest}` alone")
            } else {
                FORM.to_owned()
            };
            self.wrong_with(range, message, hint);
            return None;
        }
        if let Some(hint) = KINDS
            .contains(&text)
            .then(|| format!("write `{text}: …`"))
            .or_else(|| (!text.contains('.')).then(|| did_you_mean(text, ["manual"])).flatten())
        {
            self.wrong_with(range, format!("`{}` is no event", clipped(text)), hint);
            return None;
        }
        let (connection, event) = self.event(text, range)?;
        Some(TriggerKind::Event { connection, event })
    }

    fn event_trigger(&mut self, members: &Mapping) -> Option<TriggerKind> {
        let node = self.get(members, "event")?;
        let text = self.text(node, "event")?.text.trim();
        let (connection, event) = self.event(text, node.range())?;
        Some(TriggerKind::Event { connection, event })
    }

    fn each(&mut self, members: &Mapping) -> Option<TriggerKind> {
        let with = self.arguments(members);
        let items = self.optional_bare(members, "items");
        let id = self.optional_bare(members, "id");
        let changed = self.optional_bare(members, "changed");
        let interval = self.optional_duration(members, "every", SHORTEST_MS);
        let first = self.first(members);
        let deleted = self.deleted(members);
        let node = self.get(members, "each")?;
        let text = self.text(node, "each")?.text.trim();
        let mut words = text.split_whitespace();
        let operation = words.next().unwrap_or_default();
        match (words.next(), words.next()) {
            (None | Some("changed"), None) => {}
            _ => {
                let message = format!("`each` cannot be `{}`", clipped(text));
                self.wrong_with(node.range(), message, "write `each: connection.operation changed`");
                return None;
            }
        }
        let (connection, operation) = self.operation(operation, node.range())?;
        let interval_ms = interval.unwrap_or(POLL_MS);
        Some(TriggerKind::Each {
            connection,
            operation,
            with,
            items,
            id,
            changed,
            interval_ms,
            first,
            deleted,
        })
    }

    /// What becomes of items that are there at the first look.
    fn first(&mut self, members: &Mapping) -> First {
        let word = self.get(members, "first").and_then(|node| self.one_of(node, "first", &["none", "all"]));
        if word == Some("all") { First::All } else { First::None }
    }

    /// Whether items that are gone start runs too.
    fn deleted(&mut self, members: &Mapping) -> bool {
        let Some(member) = members.get("deleted") else { return false };
        let wanted = self.get(members, "deleted").is_some() && self.flag(members, "deleted") == Some(true);
        if wanted && !members.contains_key("id") {
            let message =
                "`deleted` needs `id`: without it, an item that changed looks like one that is gone";
            self.wrong_with(
                member.key.clone(),
                message,
                "say what identifies an item, for example `id: .id`",
            );
        }
        wanted
    }

    fn cron(&mut self, members: &Mapping) -> Option<TriggerKind> {
        let missed = self.missed(members);
        let zone = self.optional_text(members, "zone");
        if let (Some(zone), Some(member)) = (&zone, members.get("zone"))
            && let Err(hint) = check_zone(zone)
        {
            self.wrong_with(member.value.range(), format!("there is no time zone `{}`", clipped(zone)), hint);
            return None;
        }
        let node = self.get(members, "cron")?;
        let expression = self.text(node, "cron")?.text.trim().to_owned();
        if let Err(wrong) = Cron::parse(&expression) {
            self.wrong(node.range(), wrong.message, wrong.hint);
            return None;
        }
        Some(TriggerKind::Cron { expression, zone: zone.unwrap_or_else(|| "UTC".to_owned()), missed })
    }

    fn every(&mut self, members: &Mapping) -> Option<TriggerKind> {
        let missed = self.missed(members);
        let interval_ms = self.optional_duration(members, "every", SHORTEST_MS)?;
        Some(TriggerKind::Every { interval_ms, missed })
    }

    /// What becomes of times that passed while the hub was down.
    fn missed(&mut self, members: &Mapping) -> Missed {
        let word = self
            .get(members, "missed")
            .and_then(|node| self.one_of(node, "missed", &["once", "skip", "all"]));
        match word {
            Some("skip") => Missed::Skip,
            Some("all") => Missed::All,
            _ => Missed::Once,
        }
    }

    fn webhook(&mut self, members: &Mapping) -> Option<TriggerKind> {
        let schema = self.optional_schema(members, "schema");
        let signed = self.signed(members).map(Box::new);
        let node = self.get(members, "webhook")?;
        let path = self.text(node, "webhook")?.text.trim().to_owned();
        let part = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        if path.len() > 200 || !path.split('/').all(part) {
            let trimmed = path.trim_matches('/');
            let hint = if trimmed.split('/').all(part) {
                format!("write `webhook: {trimmed}`")
            } else {
                "a path has letters, digits, `-`, `.`, `_` and `~`, with `/` between its parts".to_owned()
            };
            self.wrong_with(
                node.range(),
                format!("`{}` cannot be the path of a webhook", clipped(&path)),
                hint,
            );
            return None;
        }
        Some(TriggerKind::Webhook { path, schema, signed })
    }

    fn manual(&mut self, members: &Mapping) -> Option<TriggerKind> {
        if self.flag(members, "manual")? {
            return Some(TriggerKind::Manual);
        }
        let range = members.get("manual").map_or(0..0, |member| member.key.clone());
        self.wrong_with(range, "`manual` is `true`, or not there", "take it away");
        None
    }

    /// Items that a trigger cannot group.
    pub(super) fn set_batch(&mut self, triggers: &mut [Trigger], batch: Batch, range: Range<usize>) {
        let [trigger] = triggers else {
            self.wrong_with(
                range,
                "`batch` stands beside several triggers",
                "put it into the trigger that it is for",
            );
            return;
        };
        if trigger.batch.is_some() {
            self.wrong_with(range, "`batch` stands twice", "keep the one in the trigger");
            return;
        }
        match trigger.kind {
            TriggerKind::Event { .. } | TriggerKind::Webhook { .. } | TriggerKind::Each { .. } => {
                trigger.batch = Some(batch);
            }
            TriggerKind::Every { .. } | TriggerKind::Cron { .. } | TriggerKind::Manual => {
                self.wrong_with(range, "this trigger has no items to group", "take `batch` away");
            }
        }
    }
}

/// Whether there is a zone of this name in the IANA database; else the nearest one.
fn check_zone(name: &str) -> Result<(), String> {
    let zones = TimeZoneDatabase::bundled();
    if zones.available().any(|zone| zone.as_str() == name) {
        return Ok(());
    }
    let names: Vec<_> = zones.available().collect();
    Err(did_you_mean(name, names.iter().map(|zone| zone.as_str())).unwrap_or_else(|| {
        "zones are named as in the IANA database: `Europe/Berlin`, `America/New_York`, `UTC`".to_owned()
    }))
}
