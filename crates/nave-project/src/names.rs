//! Names as people write them: `stripe.post_refunds` → which connection, which connector, which operation.

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault, Problem};

use crate::Project;

/// What `connection.operation` or `connector.operation` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name of the connection the call goes through.
    pub connection: String,
    /// Name of its connector.
    pub connector: String,
    /// Name of the operation; whether it exists is not known yet.
    pub operation: String,
}

/// Splits `name.operation` at the first dot.
///
/// # Errors
/// There is no dot, or nothing on one side of it.
pub fn split(text: &str) -> Result<(&str, &str), Fault> {
    match text.split_once('.') {
        Some((name, operation)) if !name.is_empty() && !operation.is_empty() => Ok((name, operation)),
        _ => Err(Fault::new(codes::OPERATION_UNKNOWN, format!("`{text}` is not an operation's name"))
            .with_hint("write it as `connection.operation`, for example `stripe.post_refunds`")),
    }
}

/// Refuses names that could not be written in `name.operation` or as a file's name.
///
/// # Errors
/// The name is empty, long, or has characters other than small letters, digits, `-` and `_`.
pub fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if starts && name.len() <= 64 && name.chars().all(fits) {
        return Ok(());
    }
    let message = format!("`{name}` cannot be the name of a {what}");
    let hint =
        "a name begins with a small letter and goes on with small letters, digits, `-` and `_`, 64 at most";
    Err(Fault::new(codes::SETTING_INVALID, message).with_hint(match suggestion(name) {
        Some(better) => format!("{hint}; perhaps `{better}`"),
        None => hint.to_owned(),
    }))
}

/// The name turned into one that is allowed, where something is left of it.
pub fn suggestion(name: &str) -> Option<String> {
    let mut better = String::new();
    for c in name.chars().flat_map(char::to_lowercase).take(64) {
        let usable = c.is_ascii_lowercase() || (c.is_ascii_digit() && !better.is_empty());
        if usable {
            better.push(c);
        } else if !better.is_empty() && !better.ends_with('-') {
            better.push('-');
        }
    }
    let better = better.trim_end_matches('-');
    (!better.is_empty()).then(|| better.to_owned())
}

impl Project {
    /// What a call to `connection.operation` goes through: the connection of that name, or, where there
    /// is exactly one connection for the connector of that name, that one.
    ///
    /// # Errors
    /// No connection, or several; the hint names them or the command that makes one.
    pub fn target(&self, text: &str) -> Result<Target, Fault> {
        let (name, operation) = split(text)?;
        if let Some(connection) = self.connections().get(name) {
            return Ok(Target {
                connection: name.to_owned(),
                connector: connection.connector.clone(),
                operation: operation.to_owned(),
            });
        }
        let through: Vec<&String> = self
            .connections()
            .iter()
            .filter(|(_, found)| found.connector == name)
            .map(|(own, _)| own)
            .collect();
        match through.as_slice() {
            [only] => Ok(Target {
                connection: (*only).clone(),
                connector: name.to_owned(),
                operation: operation.to_owned(),
            }),
            [] => Err(self.no_connection(name)),
            several => {
                let names: Vec<String> = several.iter().map(|own| format!("`{own}.{operation}`")).collect();
                let message = format!("there are {} connections for the connector `{name}`", several.len());
                Err(Fault::new(codes::CONNECTION_UNKNOWN, message)
                    .with_hint(format!("name the one you mean: {}", names.join(" or "))))
            }
        }
    }

    /// The connector and operation `name.operation` stands for, where the name is a connection's or a
    /// connector's.
    ///
    /// # Errors
    /// Neither is known.
    pub fn operation<'a>(&self, text: &'a str) -> Result<(String, &'a str), Fault> {
        let (name, operation) = split(text)?;
        self.connector_of(name).map(|connector| (connector, operation))
    }

    /// The connector a name stands for: its own, or that of a connection of this name.
    ///
    /// # Errors
    /// Neither is known.
    pub fn connector_of(&self, name: &str) -> Result<String, Fault> {
        if let Some(connection) = self.connections().get(name) {
            return Ok(connection.connector.clone());
        }
        self.connectors().known(name).map(|()| name.to_owned())
    }

    fn no_connection(&self, name: &str) -> Fault {
        let fault = Fault::new(codes::CONNECTION_UNKNOWN, format!("there is no connection `{name}`"));
        if self.connectors().known(name).is_ok() {
            return fault
                .with_hint(format!("make one: `nave connect {name} --connector {name} --secret-env NAME`"));
        }
        // The failed look-up may be a misspelt connection or a connector that was not imported.
        let names = self.connections().keys().map(String::as_str);
        let connectors = self.connectors().names();
        match did_you_mean(name, names.chain(connectors.iter().map(String::as_str))) {
            Some(hint) => fault.with_hint(hint),
            None => fault.with_hint("make one with `nave connect`; `nave ops` lists the connectors"),
        }
    }
}

/// A problem about something the project does not have, with the nearest thing it has.
pub(crate) fn unknown<'a>(
    problem: Problem,
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Problem {
    if let Some(hint) = did_you_mean(name, known.clone()) {
        return problem.hint(hint);
    }
    let known: Vec<&str> = known.into_iter().take(8).collect();
    match known.as_slice() {
        [] => problem,
        known => problem.hint(format!("there are `{}`", known.join("`, `"))),
    }
}

/// A fault as one of the problems of a check.
pub fn problem(fault: &Fault, file: &str) -> Problem {
    let at = fault.at.clone().unwrap_or_else(|| At::file(file));
    Problem { code: fault.code, at, message: fault.message.clone(), hint: fault.hint.clone() }
}
