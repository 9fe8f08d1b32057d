//! Type rules of functions in a few words: what the input and each argument must be, and what comes out.
//! What can never work is a complaint, what may fail is said, and the rest is let through.

use crate::functions::{Typed, shape};
use crate::types::{Complaint, Type};

pub(crate) use crate::types::Kind;
pub(crate) use crate::types::Kind::{Array as List, Boolean, Null, Number, Object, String as Text};

/// Why a text cannot be taken, and the nearest right one.
pub(crate) type Objection = (String, Option<String>);

/// A call whose types are looked at, part by part.
pub(crate) struct Call<'t, 'a> {
    name: &'static str,
    input: &'t Type<'a>,
    arguments: &'t [Type<'a>],
    may_fail: Option<String>,
}

impl<'t, 'a> Call<'t, 'a> {
    /// A call of the function of this name.
    pub(crate) fn new(name: &'static str, input: &'t Type<'a>, arguments: &'t [Type<'a>]) -> Self {
        Call { name, input, arguments, may_fail: None }
    }

    /// The input must be one of these kinds.
    ///
    /// # Errors
    /// It can be none of them.
    pub(crate) fn input(mut self, kinds: &[Kind]) -> Result<Self, Complaint> {
        let name = self.name;
        match fit(self.input, kinds) {
            Fit::Always => {}
            Fit::Never => {
                let (wanted, found) = (list(kinds), list(&self.input.kinds()));
                return Err(Complaint {
                    message: format!("`{name}` works on {wanted}, and this is {found}"),
                    hint: conversion(self.input, kinds),
                });
            }
            Fit::NotOn(others) => self.warn(format!("`{name}` fails on {}", list(&others))),
        }
        Ok(self)
    }

    /// What `.[]` gives of the input must be one of these kinds.
    ///
    /// # Errors
    /// It can be none of them, and there is something for certain.
    pub(crate) fn values(mut self, kinds: &[Kind]) -> Result<Self, Complaint> {
        let values = self.input.values();
        let name = self.name;
        match fit(&values, kinds) {
            Fit::Always => {}
            Fit::Never if self.input.kinds() == [List] && shape::bounds(self.input).0 > 0 => {
                let (wanted, found) = (list(kinds), list(&values.kinds()));
                return Err(Complaint {
                    message: format!("`{name}` works on a list of {wanted}, and in this one is {found}"),
                    hint: None,
                });
            }
            Fit::Never => self.warn(format!("`{name}` fails on a list with {} in it", list(&values.kinds()))),
            Fit::NotOn(others) => self.warn(format!("`{name}` fails on a list with {} in it", list(&others))),
        }
        Ok(self)
    }

    /// The argument at this position, from 0, must be one of these kinds.
    ///
    /// # Errors
    /// It can be none of them.
    pub(crate) fn argument(mut self, position: usize, kinds: &[Kind]) -> Result<Self, Complaint> {
        let Some(argument) = self.arguments.get(position) else { return Ok(self) };
        let what = self.place(position);
        match fit(argument, kinds) {
            Fit::Always => {}
            Fit::Never => {
                let (wanted, found) = (list(kinds), list(&argument.kinds()));
                return Err(Complaint {
                    message: format!("{what} must be {wanted}, and this is {found}"),
                    hint: conversion(argument, kinds),
                });
            }
            Fit::NotOn(others) => self.warn(format!("{what} may be {}, and then it fails", list(&others))),
        }
        Ok(self)
    }

    /// The texts the argument at this position can be must pass a check, where they are known.
    ///
    /// # Errors
    /// None of them passes; the check says why.
    pub(crate) fn known(
        mut self,
        position: usize,
        check: impl Fn(&str) -> Result<(), Objection>,
    ) -> Result<Self, Complaint> {
        if let Some(argument) = self.arguments.get(position) {
            let warning = constants(argument, check)?;
            self.may_fail = self.may_fail.or(warning);
        }
        Ok(self)
    }

    /// The texts the input can be must pass a check, where they are known.
    ///
    /// # Errors
    /// None of them passes, and the input is nothing else.
    pub(crate) fn known_input(
        mut self,
        check: impl Fn(&str) -> Result<(), Objection>,
    ) -> Result<Self, Complaint> {
        let warning = constants(self.input, check)?;
        self.may_fail = self.may_fail.or(warning);
        Ok(self)
    }

    /// Adds a way to fail; the first one is told.
    pub(crate) fn warn(&mut self, what: String) {
        self.may_fail.get_or_insert(what);
    }

    /// What comes out.
    ///
    /// # Errors
    /// None; it ends a chain of checks that have them.
    pub(crate) fn gives(self, output: Type<'a>) -> Result<Typed<'a>, Complaint> {
        Ok(Typed { output, may_fail: self.may_fail })
    }

    fn place(&self, position: usize) -> String {
        let which = match (self.arguments.len(), position) {
            (1, _) => "",
            (_, 0) => "first ",
            (_, 1) => "second ",
            _ => "third ",
        };
        format!("the {which}argument of `{}`", self.name)
    }
}

/// What to warn of where some of the known texts do not pass.
fn constants(
    of: &Type<'_>,
    check: impl Fn(&str) -> Result<(), Objection>,
) -> Result<Option<String>, Complaint> {
    let Some(constants) = of.texts.as_ref().and_then(|texts| texts.constants.clone()) else {
        return Ok(None);
    };
    let mut wrong: Vec<Objection> = constants.iter().filter_map(|text| check(text).err()).collect();
    let is_all = wrong.len() == constants.len() && of.kinds() == [Text];
    match wrong.drain(..).next() {
        Some((message, hint)) if is_all => Err(Complaint { message, hint }),
        first => Ok(first.map(|(message, _)| message)),
    }
}

enum Fit {
    Always,
    NotOn(Vec<Kind>),
    Never,
}

fn fit(found: &Type<'_>, kinds: &[Kind]) -> Fit {
    // Of what is unknown the checker speaks where it matters.
    if found.is_unknown() {
        return Fit::Always;
    }
    let possible = found.kinds();
    let others: Vec<Kind> = possible.iter().copied().filter(|kind| !kinds.contains(kind)).collect();
    if others.is_empty() {
        Fit::Always
    } else if others.len() == possible.len() {
        Fit::Never
    } else {
        Fit::NotOn(others)
    }
}

/// `a number, a string or null`.
fn list(kinds: &[Kind]) -> String {
    let mut words: Vec<&str> = kinds.iter().filter(|kind| **kind != Null).map(|kind| word(*kind)).collect();
    words.extend(kinds.contains(&Null).then_some("null"));
    match words.split_last() {
        None => "nothing".into(),
        Some((last, [])) => (*last).into(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Null => "null",
        Boolean => "a boolean",
        Number => "a number",
        Text => "a string",
        List => "a list",
        Object => "an object",
    }
}

/// What makes the one of the other.
fn conversion(found: &Type<'_>, wanted: &[Kind]) -> Option<String> {
    let hint = match (found.kinds().as_slice(), wanted.first()?) {
        ([Number | Boolean], Text) => "`tostring` makes a string of it",
        ([Text], Number) => "`tonumber` reads a number from a string",
        ([Object], List) => "`[.[]]` gives the values of an object, `to_entries` its names too",
        ([List], Text) => "`join(\", \")` makes one string of a list, `map(…)` works on each item",
        ([List], Number | Object) => "`.[0]` is its first item, `map(…)` works on each",
        ([Null], _) => "`// …` says what to take instead",
        _ => return None,
    };
    Some(hint.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: Result<Typed<'_>, Complaint>, expected: &str) {
        let found = match typed {
            Ok(Typed { may_fail: Some(warning), .. }) => format!("may fail: {warning}"),
            Ok(_) => "fits".into(),
            Err(Complaint { message, hint: Some(hint) }) => format!("{message}; {hint}"),
            Err(Complaint { message, hint: None }) => message,
        };
        assert_eq!(found, expected);
    }

    fn join<'a>(input: &Type<'a>, argument: Type<'a>) -> Result<Typed<'a>, Complaint> {
        let arguments = [argument];
        Call::new("join", input, &arguments)
            .input(&[List, Object])?
            .values(&[Text, Number, Null])?
            .argument(0, &[Text])?
            .gives(Type::text())
    }

    #[test]
    fn what_never_works_is_refused_and_what_may_fail_is_told() {
        let texts = Type::array_of(Type::text());
        check(join(&texts, Type::text()), "fits");
        check(join(&Type::anything("it says nothing"), Type::text()), "fits");
        check(join(&texts.clone().or_null(), Type::text()), "may fail: `join` fails on null");
        check(
            join(&texts, Type::text().or_null()),
            "may fail: the argument of `join` may be null, and then it fails",
        );
        check(
            join(&Type::number(), Type::text()),
            "`join` works on a list or an object, and this is a number",
        );
        check(
            join(&Type::null(), Type::text()),
            "`join` works on a list or an object, and this is null; `// …` says what to take instead",
        );
        check(
            join(&texts, Type::number()),
            "the argument of `join` must be a string, and this is a number; `tostring` makes a string of it",
        );
        check(
            join(&Type::array_of(texts.clone()), Type::text()),
            "may fail: `join` fails on a list with a list in it",
        );
        check(
            join(&Type::list(vec![texts]), Type::text()),
            "`join` works on a list of a string, a number or null, and in this one is a list",
        );
    }
}
