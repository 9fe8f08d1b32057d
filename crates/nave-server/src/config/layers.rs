//! Where settings come from, laid over each other: the defaults, `nave.yaml`, the environment, the command
//! line. What a fault says of a place is the place it was set at.

use nave_connector::source;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault};
use nave_project::settings;
use serde_json::Value;

use crate::config::written::Written;
use crate::config::{DEFAULTS, value_at};

/// What every variable of the environment begins with.
const VARIABLE: &str = "NAVE_HUB_";

/// What was set, and where.
#[derive(Debug, Clone, Default)]
pub struct Layers<'a> {
    /// `hub:` of `nave.yaml`; null: there is none.
    pub document: Value,
    /// Bytes of `nave.yaml`, to say in which line something stands.
    pub bytes: &'a [u8],
    /// The environment: all of it, or what begins with `NAVE_HUB_`.
    pub environment: Vec<(String, String)>,
    /// Of the command line: path and value, for example `retention.runs` and `7d`.
    pub flags: Vec<(String, String)>,
}

impl Layers<'_> {
    pub(super) fn merged(&self) -> Result<Written, Fault> {
        let defaults = source::read("nave.default.yaml", DEFAULTS.as_bytes())?.tree;
        let mut tree = defaults.clone();
        if !self.document.is_null() {
            lay(&mut tree, &self.document, "").map_err(|fault| self.in_document(fault))?;
        }
        let names = leaves(&defaults);
        for (variable, value) in &self.environment {
            let Some(name) = variable.strip_prefix(VARIABLE) else { continue };
            let found = names.iter().find(|path| path.to_ascii_uppercase().replace('.', "_") == name);
            let path = found.ok_or_else(|| {
                let variables: Vec<String> = names.iter().map(|path| self::variable(path)).collect();
                unknown(&format!("the variable `{variable}`"), variable, &variables)
            })?;
            set(&mut tree, path, value).map_err(|fault| named(fault, variable))?;
        }
        for (path, value) in &self.flags {
            if !names.contains(path) {
                return Err(unknown(&format!("`{path}`"), path, &names));
            }
            set(&mut tree, path, value).map_err(|fault| named(fault, path))?;
        }
        serde_json::from_value(tree)
            .map_err(|error| Fault::new(codes::SETTING_INVALID, format!("the settings are wrong: {error}")))
    }

    /// A fault of a value, with the place that set it: the last that did.
    pub(super) fn placed(&self, fault: Fault) -> Fault {
        let pointer = fault.at.as_ref().and_then(|at| at.pointer.clone()).unwrap_or_default();
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let is_set = |name: &str| self.environment.iter().any(|(variable, _)| variable == name);
        let variable = variable(&path);
        let by = match self.flags.iter().any(|(flag, _)| *flag == path) {
            true => path,
            false if is_set(&variable) => variable,
            false if value_at(&self.document, &path).is_some() => return self.in_document(fault),
            false => return fault,
        };
        let mut fault = named(fault, &by);
        fault.at = None;
        fault
    }

    /// The same fault at its line of `nave.yaml`.
    fn in_document(&self, mut fault: Fault) -> Fault {
        let inside = fault.at.as_ref().and_then(|at| at.pointer.clone()).unwrap_or_default();
        let pointer = format!("/hub{inside}");
        let place = source::locate(self.bytes, &pointer);
        fault.code = codes::PROJECT_INVALID;
        fault.at = Some(At {
            file: Some(settings::FILE.to_owned()),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            pointer: Some(pointer),
            ..At::default()
        });
        fault
    }
}

/// Lays what was written over what is there; only what is there can be set.
fn lay(tree: &mut Value, written: &Value, at: &str) -> Result<(), Fault> {
    let wrong = |pointer: String, message: String| {
        let at = At { pointer: Some(pointer), ..At::default() };
        Fault::new(codes::SETTING_INVALID, message).with_at(at)
    };
    match (tree, written) {
        (Value::Object(known), Value::Object(written)) => {
            for (name, value) in written {
                let pointer = format!("{at}/{name}");
                if !known.contains_key(name) {
                    let fault = wrong(pointer, format!("unknown key `{name}`"));
                    let hint = did_you_mean(name, known.keys().map(String::as_str));
                    let names: Vec<&str> = known.keys().map(String::as_str).collect();
                    let hint = hint.unwrap_or_else(|| format!("known keys are `{}`", names.join("`, `")));
                    return Err(fault.with_hint(hint));
                }
                if let Some(place) = known.get_mut(name) {
                    lay(place, value, &pointer)?;
                }
            }
            Ok(())
        }
        (Value::Object(_), _) => Err(wrong(at.to_owned(), "keys with values are expected here".to_owned())),
        (place, written) => {
            *place = fitting(place, written)
                .ok_or_else(|| wrong(at.to_owned(), format!("`{written}` cannot stand here")))?;
            Ok(())
        }
    }
}

/// A value of the kind that stands there by default. A number where a text stands is that text: YAML reads
/// `512` as a number.
fn fitting(default: &Value, written: &Value) -> Option<Value> {
    match (default, written) {
        (Value::String(_), Value::String(_)) => Some(written.clone()),
        (Value::String(_), Value::Number(number)) => Some(Value::String(number.to_string())),
        (Value::Number(_), Value::Number(number)) => number.as_u64().map(Value::from),
        (Value::Bool(_), Value::Bool(_)) => Some(written.clone()),
        _ => None,
    }
}

/// Sets one value, given as text.
fn set(tree: &mut Value, path: &str, text: &str) -> Result<(), Fault> {
    let wrong = || Fault::new(codes::SETTING_INVALID, format!("`{path}` cannot be `{text}`"));
    let value = match value_at(tree, path) {
        Some(Value::Number(_)) => text.parse::<u64>().map(Value::from).map_err(|_| wrong())?,
        Some(Value::Bool(_)) => text.parse::<bool>().map(Value::from).map_err(|_| wrong())?,
        _ => Value::String(text.to_owned()),
    };
    let pointer = format!("/{}", path.replace('.', "/"));
    if let Some(place) = tree.pointer_mut(&pointer) {
        *place = value;
    }
    Ok(())
}

/// The paths of all settings: `retention.runs`.
fn leaves(tree: &Value) -> Vec<String> {
    fn collect(tree: &Value, at: &str, into: &mut Vec<String>) {
        match tree {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    collect(value, &path, into);
                }
            }
            _ => into.push(at.to_owned()),
        }
    }
    let mut paths = Vec::new();
    collect(tree, "", &mut paths);
    paths
}

fn variable(path: &str) -> String {
    format!("{VARIABLE}{}", path.to_ascii_uppercase().replace('.', "_"))
}

fn unknown(what: &str, name: &str, known: &[String]) -> Fault {
    let fault = Fault::new(codes::SETTING_INVALID, format!("{what} is no setting of the hub"));
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(hint) => fault.with_hint(hint),
        None => fault.with_hint("`nave serve --print-config` shows them all"),
    }
}

fn named(fault: Fault, name: &str) -> Fault {
    let message = format!("{} (set by `{name}`)", fault.message);
    let mut fault = fault;
    fault.message = message;
    fault
}
