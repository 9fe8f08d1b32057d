//! What a trial found: a table of figures, and whether everything it asked of the hub held.

use crate::say;

/// The findings of a trial.
pub(crate) struct Report {
    title: String,
    rows: Vec<(String, String)>,
    broken: Vec<String>,
    proven: Vec<String>,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Report { title: title.into(), rows: Vec::new(), broken: Vec::new(), proven: Vec::new() }
    }

    /// A figure.
    pub(crate) fn row(&mut self, what: &str, value: impl std::fmt::Display) {
        self.rows.push((what.to_owned(), value.to_string()));
    }

    /// Something that must hold.
    pub(crate) fn must(&mut self, what: &str, holds: bool) {
        let list = if holds { &mut self.proven } else { &mut self.broken };
        list.push(what.to_owned());
    }

    /// Something that must be nothing; the first few are shown where it is not.
    pub(crate) fn none<T: std::fmt::Debug>(&mut self, what: &str, found: &[T]) {
        self.row(what, found.len());
        if !found.is_empty() {
            let first: Vec<String> = found.iter().take(5).map(|one| format!("{one:?}")).collect();
            self.broken.push(format!("{what}: {} of them, as {}", found.len(), first.join(", ")));
        }
    }

    /// Prints all of it; says whether everything held.
    pub(crate) fn close(&self) -> bool {
        say(&format!("\n== {}\n", self.title));
        let width = self.rows.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
        for (what, value) in &self.rows {
            say(&format!("  {what:<width$}  {value}"));
        }
        say("");
        for held in &self.proven {
            say(&format!("  ok      {held}"));
        }
        for broken in &self.broken {
            say(&format!("  BROKEN  {broken}"));
        }
        let verdict = if self.broken.is_empty() { "PASSED" } else { "FAILED" };
        say(&format!("\n{verdict}: {}", self.title));
        self.broken.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_does_not_hold_fails_the_trial() {
        let mut report = Report::new("a trial");
        report.row("events", 7);
        report.must("that one is one", true);
        report.none("lost", &[] as &[u8]);
        assert!(report.close());
        report.none("doubled", &["e-1"]);
        assert!(!report.close());
    }
}
