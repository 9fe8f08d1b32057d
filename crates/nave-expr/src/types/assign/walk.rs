//! The walk through two types side by side. It ends in recursive schemas, because a pair that is being
//! compared is taken to fit, and it is bounded in work and in what it writes down.

use std::collections::BTreeMap;

use nave_model::Code;
use nave_model::fault::codes;

use super::super::{Array, Identity, Kind, Lazy, Type};
use super::{Assignment, Mismatch, Token, alternatives, mend, objects, scalars, words};

/// Pairs of types compared for one assignment.
const MOST_WORK: u32 = 20_000;
/// Types inside each other.
const DEEPEST: usize = 48;
/// Mismatches written down for one assignment.
const MOST_FOUND: usize = 50;
/// Results kept, so that what many paths lead to is compared once.
const REMEMBERED: usize = 20_000;

/// One comparison under way.
#[expect(clippy::struct_excessive_bools, reason = "two are modes and two are outcomes, each of its own")]
pub(super) struct Walk<'s> {
    pub assignment: Assignment<'s>,
    pub path: Vec<Token>,
    pub found: Vec<Mismatch>,
    /// Only whether it fits is asked; nothing is written down.
    pub quiet: bool,
    /// What nobody can tell does not fit.
    pub strict: bool,
    /// Something was met that nobody can tell.
    pub doubted: bool,
    /// Explanations of alternatives inside each other.
    pub explaining: usize,
    left: u32,
    depth: usize,
    exhausted: bool,
    /// The pairs being compared, outermost first.
    trail: Vec<(Identity, Identity)>,
    /// The outermost pair of the trail that a result so far relies on.
    relied_on: usize,
    remembered: BTreeMap<(Identity, Identity), bool>,
}

impl<'s> Walk<'s> {
    pub(super) fn new(assignment: Assignment<'s>) -> Self {
        Walk {
            assignment,
            path: Vec::new(),
            found: Vec::new(),
            quiet: false,
            strict: false,
            doubted: false,
            explaining: 0,
            left: MOST_WORK,
            depth: 0,
            exhausted: false,
            trail: Vec::new(),
            relied_on: usize::MAX,
            remembered: BTreeMap::new(),
        }
    }

    /// What was found, each once.
    pub(super) fn finish(mut self) -> Vec<Mismatch> {
        if self.exhausted {
            let message = format!(
                "{} is too large to be compared in full with what {} takes",
                self.assignment.value,
                self.target()
            );
            self.found.push(Mismatch {
                path: Vec::new(),
                code: codes::MAPPING_UNKNOWN,
                message,
                hint: Some("name the fields that are meant".to_owned()),
                is_warning: true,
            });
        }
        let mut found: Vec<Mismatch> = Vec::new();
        for mismatch in self.found {
            if !found.contains(&mismatch) {
                found.push(mismatch);
            }
        }
        found
    }

    /// Who takes the value, quoted.
    pub(super) fn target(&self) -> String {
        words::quoted(self.assignment.target)
    }

    /// The value at this place in words.
    pub(super) fn subject(&self) -> String {
        match self.path.is_empty() {
            true => self.assignment.value.to_owned(),
            false => format!("`{}`", super::path_words(&self.path)),
        }
    }

    /// Writes a mismatch down, unless only the result is asked. Always `false`, the result to return.
    pub(super) fn report(
        &mut self,
        code: Code,
        words: impl FnOnce(&Self) -> (String, Option<String>),
    ) -> bool {
        if !self.quiet && self.found.len() < MOST_FOUND {
            let (message, hint) = words(self);
            self.found.push(Mismatch { path: self.path.clone(), code, message, hint, is_warning: false });
        }
        false
    }

    /// Writes down that nobody can tell, and why. `true` unless the comparison is strict. An empty reason
    /// says that whoever asks has told it already.
    pub(super) fn doubt(&mut self, why: &str, words: impl FnOnce(&Self) -> (String, Option<String>)) -> bool {
        if self.strict {
            return false;
        }
        self.doubted = true;
        if !self.quiet && !why.is_empty() && self.found.len() < MOST_FOUND {
            let (message, hint) = words(self);
            let (path, code) = (self.path.clone(), codes::MAPPING_UNKNOWN);
            self.found.push(Mismatch { path, code, message, hint, is_warning: true });
        }
        true
    }

    /// Runs a comparison one step further in.
    pub(super) fn inside(&mut self, token: Token, compare: impl FnOnce(&mut Self) -> bool) -> bool {
        self.path.push(token);
        let fits = compare(self);
        self.path.pop();
        fits
    }

    /// Compares without writing anything down.
    pub(super) fn quietly(&mut self, compare: impl FnOnce(&mut Self) -> bool) -> bool {
        let quiet = std::mem::replace(&mut self.quiet, true);
        let fits = compare(self);
        self.quiet = quiet;
        fits
    }

    /// Compares two types that may have to be worked out.
    pub(super) fn lazies(&mut self, from: &Lazy<'_>, to: &Lazy<'_>) -> bool {
        let pair = (from.identity(), to.identity());
        if pair.0 == pair.1 {
            return true;
        }
        if let Some(position) = self.trail.iter().position(|other| *other == pair) {
            self.relied_on = self.relied_on.min(position);
            return true;
        }
        // Addresses of types that were made on the way mean nothing once they are gone.
        let is_lasting = pair.0.is_lasting() && pair.1.is_lasting();
        match self.remembered.get(&pair) {
            Some(true) => return true,
            Some(false) if self.quiet => return false,
            _ => {}
        }
        let position = self.trail.len();
        let relied_on = std::mem::replace(&mut self.relied_on, usize::MAX);
        let doubted = std::mem::replace(&mut self.doubted, false);
        self.trail.push(pair);
        let fits = self.types(&from.get(), &to.get());
        let pair = self.trail.pop();
        if is_lasting
            && (!fits || self.relied_on >= position)
            && !self.doubted
            && !self.exhausted
            && self.remembered.len() < REMEMBERED
            && let Some(pair) = pair
        {
            self.remembered.insert(pair, fits);
        }
        self.doubted |= doubted;
        self.relied_on = match self.relied_on < position {
            true => relied_on.min(self.relied_on),
            false => relied_on,
        };
        fits
    }

    /// Takes from the work that is allowed; `false` when it is used up.
    pub(super) fn spend(&mut self) -> bool {
        let is_left = self.left > 0;
        self.exhausted |= !is_left;
        self.left = self.left.saturating_sub(1);
        is_left
    }

    /// Compares two types.
    pub(super) fn types(&mut self, from: &Type<'_>, to: &Type<'_>) -> bool {
        if !self.spend() || self.depth > DEEPEST {
            self.exhausted = true;
            return !self.strict;
        }
        self.depth += 1;
        let fits = self.known(from, to);
        self.depth -= 1;
        fits
    }

    fn known(&mut self, from: &Type<'_>, to: &Type<'_>) -> bool {
        if to.is_unknown() || from.is_never() {
            return true;
        }
        if let Some(unknown) = &from.unknown {
            return self.doubt(&unknown.why, |walk| words::unknown(walk, &unknown.why, to));
        }
        let wrong = wrong_kinds(from, to, self.assignment.repairs);
        let mut fits = true;
        match wrong.as_slice() {
            [] => {}
            [Kind::Null] => {
                fits = self.report(codes::MAPPING_NULL, |walk| words::null(walk, from, to));
            }
            _ => return self.report(codes::MAPPING_TYPE, |walk| words::kinds(walk, from, to)),
        }
        fits &= scalars::compare(self, from, to);
        if let Some((from, to)) = from.arrays.as_deref().zip(to.arrays.as_deref()) {
            fits &= self.arrays(from, to);
        }
        if !to.objects.is_empty() {
            let is_sure = from.objects.len() == 1;
            for object in &from.objects {
                fits &= match to.objects.as_slice() {
                    [only] => objects::compare(self, object, only, is_sure),
                    several => alternatives::compare(self, object, several, is_sure),
                };
                if self.quiet && !fits {
                    return false;
                }
            }
        }
        fits
    }

    fn arrays(&mut self, from: &Array<'_>, to: &Array<'_>) -> bool {
        if from.most.is_some_and(|most| most < to.least) {
            return self.report(codes::MAPPING_VALUE, |walk| words::too_few(walk, from, to));
        }
        if to.most.is_some_and(|most| from.least > most) {
            return self.report(codes::MAPPING_VALUE, |walk| words::too_many(walk, from, to));
        }
        let is_within =
            from.least >= to.least && to.most.is_none_or(|most| from.most.is_some_and(|given| given <= most));
        if self.strict && !is_within {
            return false;
        }
        let most = from.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        let mut fits = true;
        for index in 0..from.first.len().max(to.first.len()).min(most) {
            let given = from.first.get(index).unwrap_or(&from.rest);
            let taken = to.first.get(index).unwrap_or(&to.rest);
            fits &= self.inside(Token::Index(index), |walk| walk.lazies(given, taken));
        }
        if most > from.first.len().max(to.first.len()) {
            fits &= self.inside(Token::Items, |walk| walk.lazies(&from.rest, &to.rest));
        }
        fits
    }
}

/// The kinds that are given and not taken, repairs apart.
fn wrong_kinds(from: &Type<'_>, to: &Type<'_>, repairs: bool) -> Vec<Kind> {
    let is_mended = |kind: Kind| repairs && mend::is_mended(kind, from, to);
    let wrong = from.kinds().into_iter().filter(|kind| !to.may_be(*kind) && !is_mended(*kind));
    wrong.collect()
}

impl Identity {
    /// Whether it means the same for as long as the documents are there.
    fn is_lasting(&self) -> bool {
        match self {
            Identity::Known(_) => false,
            Identity::Schemas(_) => true,
            Identity::Any(members) => members.iter().all(Identity::is_lasting),
        }
    }
}
