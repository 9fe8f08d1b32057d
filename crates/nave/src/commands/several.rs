//! The same thing done to several: what was done on stdout, what could not be on stderr, and an exit code
//! that says whether all was.

use nave_model::Fault;
use nave_server::problem;
use nave_server::view::BulkDone;
use serde_json::{Value, json};

use crate::exit::Ended;
use crate::output::Output;
use crate::show::plain;

/// What became of each.
pub(crate) struct Several<'a> {
    output: &'a Output,
    done: usize,
    /// Those that could not be done, but the last.
    failed: usize,
    last: Option<(String, Fault)>,
}

impl<'a> Several<'a> {
    /// Nothing was done so far.
    pub(crate) fn new(output: &'a Output) -> Self {
        Several { output, done: 0, failed: 0, last: None }
    }

    /// One was done, and this is what programs are told; or it could not be.
    ///
    /// # Errors
    /// stdout is closed.
    pub(crate) fn one(&mut self, id: &str, done: Result<Value, Fault>) -> Result<(), Fault> {
        match done {
            Ok(told) => {
                self.done += 1;
                if self.output.json() { self.output.value(&told) } else { self.output.line(&plain(id)) }
            }
            Err(fault) => {
                self.tell();
                self.last = Some((id.to_owned(), fault));
                Ok(())
            }
        }
    }

    /// What the hub did to many.
    ///
    /// # Errors
    /// stdout is closed.
    pub(crate) fn bulk(&mut self, bulk: &BulkDone, word: &str) -> Result<(), Fault> {
        for id in &bulk.done {
            self.one(id, Ok(json!({ "id": id, "done": word })))?;
        }
        for refused in &bulk.refused {
            let code = problem::known(&refused.why.code).unwrap_or(nave_model::fault::codes::INTERNAL);
            self.one(&refused.id, Err(Fault::new(code, refused.why.message.clone())))?;
        }
        Ok(())
    }

    /// Whether all could be done. What stopped the only one is the command's own fault, with its exit code.
    ///
    /// # Errors
    /// Nothing was done, and one thing alone was to be.
    pub(crate) fn end(mut self) -> Result<Ended, Fault> {
        if self.done + self.failed == 0
            && let Some((_, fault)) = self.last
        {
            return Err(fault);
        }
        self.tell();
        Ok(if self.failed == 0 { Ended::Done } else { Ended::Problems })
    }

    /// Says what stopped the last one.
    fn tell(&mut self) {
        if let Some((id, fault)) = self.last.take() {
            self.failed += 1;
            self.output.say(&format!("{}:", plain(&id)));
            self.output.fault(&fault);
        }
    }
}

#[cfg(test)]
mod tests {
    use nave_model::fault::codes;

    use super::*;
    use crate::output::Colour;

    #[track_caller]
    fn check(done: &[bool], expected: Result<Ended, &str>) {
        let output = Output::new(false, Colour::Never, true);
        let mut several = Several::new(&output);
        for (index, done) in done.iter().enumerate() {
            let id = index.to_string();
            let fault = Fault::new(codes::CONFLICT, format!("{id} has ended"));
            several.one(&id, if *done { Ok(json!({ "id": id })) } else { Err(fault) }).unwrap();
        }
        let ended = several.end();
        assert_eq!(
            ended.as_ref().map_err(|fault| fault.message.as_str()),
            expected.as_ref().map_err(|it| *it)
        );
    }

    #[test]
    fn one_that_fails_alone_is_the_fault_itself_and_among_others_a_problem() {
        check(&[], Ok(Ended::Done));
        check(&[true, true], Ok(Ended::Done));
        check(&[false], Err("0 has ended"));
        check(&[true, false], Ok(Ended::Problems));
        check(&[false, true], Ok(Ended::Problems));
        check(&[false, false], Ok(Ended::Problems));
    }
}
