//! Lists of a hub on the screen: a table for people, one value per line for programs.

use nave_model::Fault;
use nave_server::view::Listed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Hub, Part};
use crate::exit::Ended;
use crate::output::Style;
use crate::show::Table;

impl Hub<'_> {
    /// Prints a list. `empty` says that there is nothing; `table` makes a table of a part of it.
    ///
    /// # Errors
    /// What the hub answers, or stdout is closed.
    pub(crate) fn print<T: DeserializeOwned>(
        &self,
        path: &str,
        wanted: &impl Serialize,
        part: &Part,
        empty: &str,
        table: impl Fn(&[T]) -> Table,
    ) -> Result<Ended, Fault> {
        let output = &self.context.output;
        let mut count = 0;
        let next = if output.json() {
            self.parts(path, wanted, part, |items: Vec<Value>| {
                items.iter().try_for_each(|item| output.value(item))
            })?
        } else {
            self.parts(path, wanted, part, |items: Vec<T>| {
                if !items.is_empty() {
                    self.table(&table(&items), count == 0)?;
                }
                count += items.len();
                Ok(())
            })?
        };
        if count == 0 && !output.json() {
            output.say(empty);
        }
        if let Some(next) = next {
            let more = format!("there may be more: `--after {next}`, or `--all`");
            output.say(&output.err(Style::Dim, &more));
        }
        Ok(Ended::Done)
    }

    /// Prints a list that comes in one part.
    ///
    /// # Errors
    /// What the hub answers, or stdout is closed.
    pub(crate) fn print_all<T: DeserializeOwned>(
        &self,
        path: &str,
        empty: &str,
        table: impl Fn(&[T]) -> Table,
    ) -> Result<Ended, Fault> {
        let output = &self.context.output;
        if output.json() {
            let listed: Listed<Value> = self.get(path)?;
            listed.items.iter().try_for_each(|item| output.value(item))?;
            return Ok(Ended::Done);
        }
        let listed: Listed<T> = self.get(path)?;
        match listed.items.is_empty() {
            true => output.say(empty),
            false => self.table(&table(&listed.items), true)?,
        }
        Ok(Ended::Done)
    }

    /// Prints a table.
    ///
    /// # Errors
    /// stdout is closed.
    pub(crate) fn table(&self, table: &Table, heading: bool) -> Result<(), Fault> {
        let output = &self.context.output;
        output.data(&table.text(heading, output.width(), &|style, text| output.out(style, text)))
    }

    /// Prints one thing: as the hub gave it for programs, as `text` makes it for people.
    ///
    /// # Errors
    /// What the hub answers, or stdout is closed.
    pub(crate) fn print_one<T: DeserializeOwned>(
        &self,
        path: &str,
        text: impl FnOnce(&T) -> String,
    ) -> Result<Ended, Fault> {
        let output = &self.context.output;
        if output.json() {
            output.value(&self.get::<Value>(path)?)?;
        } else {
            output.data(&text(&self.get::<T>(path)?))?;
        }
        Ok(Ended::Done)
    }
}
