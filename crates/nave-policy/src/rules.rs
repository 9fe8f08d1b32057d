//! A policy that was read: rules whose words are understood and whose expressions are compiled.

use jiff::tz::TimeZone;
use nave_expr::compile::Program;
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Code, Fault};

use crate::document::{Document, Example, Rule, Several};
use crate::finding::{Finding, at};
use crate::mask::Mask;
use crate::selector::{OperationFacts, Operations, Principal, PrincipalKind, Who};

mod cap;
mod period;

pub use cap::Limit;
pub use period::Window;

/// The variables a condition may use, without `$`.
pub const VARIABLES: [&str; 5] = ["operation", "principal", "connection", "time", "usage"];

const INVALID: Code = codes::POLICY_INVALID;
/// An approval may take this long where the rule does not say.
const EXPIRES_MS: u64 = 24 * 3_600_000;

/// A policy.
#[derive(Debug)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The zone `$time` is told in.
    pub zone: TimeZone,
    /// Its rules.
    pub rules: Vec<Checked>,
    /// Calls with the answer they must get.
    pub examples: Vec<Example>,
}

/// A rule.
#[derive(Debug)]
pub struct Checked {
    /// Its name, unique in the policy, behind the policy's: `refunds/big`.
    pub id: String,
    /// What it answers.
    pub answer: Answer,
    /// Which operations; empty: all.
    pub on: Vec<Operations>,
    /// Whose calls; empty: everybody's.
    pub by: Vec<Who>,
    /// Only calls of which this holds.
    pub when: Option<Program>,
}

/// What a rule answers.
#[derive(Debug)]
pub enum Answer {
    /// Allowed.
    Allow {
        /// What for.
        purpose: String,
    },
    /// Refused.
    Refuse {
        /// The reason the caller is told.
        reason: String,
    },
    /// Allowed once it is approved.
    Ask(Question),
    /// Allowed up to a limit.
    Cap {
        /// The limit.
        limit: Limit,
        /// Why.
        because: Option<String>,
    },
    /// Fields of the answer are hidden.
    Mask(Vec<Mask>),
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The roles that may answer.
    pub roles: Vec<String>,
    /// How many different people must approve.
    pub approvals: u32,
    /// How long they have, in milliseconds.
    pub expires_ms: u64,
    /// Why they are asked.
    pub because: Option<String>,
}

impl Question {
    /// Whether somebody may answer: a person with one of the roles, and never the caller.
    ///
    /// # Errors
    /// `E-NOT-ALLOWED`, with the reason.
    pub fn may_answer(&self, somebody: &Principal, caller: &Principal) -> Result<(), Fault> {
        let refused = |reason: String| Err(Fault::new(codes::NOT_ALLOWED, reason));
        if somebody.kind != PrincipalKind::Person {
            return refused("only people answer an approval".to_owned());
        }
        if somebody.kind == caller.kind && somebody.name == caller.name {
            return refused("nobody approves a call of their own".to_owned());
        }
        if !somebody.roles.iter().any(|role| self.roles.contains(role)) {
            return refused(format!(
                "`{}` has none of the roles asked: {}",
                somebody.name,
                self.roles.join(", ")
            ));
        }
        Ok(())
    }
}

impl Checked {
    /// Whether the rule is for this operation and this principal, whatever the arguments.
    pub fn concerns(&self, operation: &OperationFacts, principal: &Principal) -> bool {
        self.covers(operation) && (self.by.is_empty() || self.by.iter().any(|who| who.fits(principal)))
    }

    /// Whether the rule is for this operation.
    pub fn covers(&self, operation: &OperationFacts) -> bool {
        self.on.is_empty() || self.on.iter().any(|on| on.fits(operation))
    }
}

impl AsRef<Policy> for Policy {
    fn as_ref(&self) -> &Policy {
        self
    }
}

impl Policy {
    /// Understands a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, whatever the operations it names.
    pub fn read(document: &Document) -> Result<Policy, Vec<Finding>> {
        let mut reading = Reading { document, findings: Vec::new() };
        let zone = reading.zone();
        let rules = reading.rules();
        if !reading.findings.is_empty() {
            return Err(reading.findings);
        }
        let (name, examples) = (document.policy.clone(), document.examples.clone());
        Ok(Policy { name, zone, rules, examples })
    }
}

struct Reading<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn report(&mut self, pointer: impl Into<String>, message: impl Into<String>, hint: &str) {
        self.findings.push(Finding::new(INVALID, pointer, message).hint(hint.to_owned()));
    }

    fn zone(&mut self) -> TimeZone {
        let Some(name) = &self.document.zone else { return TimeZone::UTC };
        TimeZone::get(name).unwrap_or_else(|_| {
            self.report(
                "/zone",
                format!("`{name}` is not a time zone"),
                "write its IANA name, for example `Europe/Berlin`",
            );
            TimeZone::UTC
        })
    }

    fn rules(&mut self) -> Vec<Checked> {
        let document = self.document;
        let mut rules: Vec<Checked> = Vec::new();
        for (index, rule) in document.rules.iter().enumerate() {
            let name = rule.name.clone().unwrap_or_else(|| format!("#{}", index + 1));
            let id = format!("{}/{name}", document.policy);
            if rules.iter().any(|other| other.id == id) {
                let hint = "give every rule a name of its own";
                self.report(at(index, "name"), format!("the name `{name}` stands twice"), hint);
            }
            self.words(index, rule);
            let Some(answer) = self.answer(index, rule) else { continue };
            let when = rule.when.as_ref().and_then(|source| self.program(&at(index, "when"), source));
            rules.push(Checked {
                id,
                answer,
                on: several(rule.on.as_ref()),
                by: several(rule.by.as_ref()),
                when,
            });
        }
        rules
    }

    fn program(&mut self, pointer: &str, source: &str) -> Option<Program> {
        match Program::compile(source, &VARIABLES) {
            Ok(program) => Some(program),
            Err(diagnostics) => {
                let found = diagnostics.into_iter().map(|one| Finding::of_expression(pointer, one));
                self.findings.extend(found);
                None
            }
        }
    }

    /// Whose calls, and keys that belong to other answers.
    fn words(&mut self, index: usize, rule: &Rule) {
        for who in rule.by.iter().flat_map(Several::iter).filter(|who| who.meant().is_none()) {
            let known = ["everyone", "agents", "people", "flows", "agent:NAME", "person:NAME", "role:NAME"];
            let hint = did_you_mean(&who.0, known)
                .unwrap_or_else(|| format!("write one of `{}` or `flow:NAME`", known.join("`, `")));
            self.report(at(index, "by"), format!("`{}` is nobody", who.0), &hint);
        }
        if rule.ask.is_none() {
            for (key, is_there) in
                [("approvals", rule.approvals.is_some()), ("expires", rule.expires.is_some())]
            {
                if is_there {
                    self.report(
                        at(index, key),
                        format!("`{key}` belongs to a rule that asks"),
                        "add `ask: ROLE`",
                    );
                }
            }
        }
    }

    fn answer(&mut self, index: usize, rule: &Rule) -> Option<Answer> {
        let given: Vec<&str> = [
            ("allow", rule.allow.is_some()),
            ("refuse", rule.refuse.is_some()),
            ("ask", rule.ask.is_some()),
            ("cap", rule.cap.is_some()),
            ("mask", rule.mask.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_there)| is_there.then_some(key))
        .collect();
        if given.len() != 1 {
            let message = match given.as_slice() {
                [] => "the rule answers nothing".to_owned(),
                several => format!("the rule answers twice: `{}`", several.join("`, `")),
            };
            let hint = "write exactly one of `allow`, `refuse`, `ask`, `cap` and `mask`";
            self.report(format!("/rules/{index}"), message, hint);
            return None;
        }
        if let Some(purpose) = &rule.allow {
            return self.sentence(index, "allow", purpose).map(|purpose| Answer::Allow { purpose });
        }
        if let Some(reason) = &rule.refuse {
            return self.sentence(index, "refuse", reason).map(|reason| Answer::Refuse { reason });
        }
        if let Some(roles) = &rule.ask {
            return self.question(index, rule, roles).map(Answer::Ask);
        }
        if let Some(cap) = &rule.cap {
            let limit = cap::read(self, index, cap)?;
            return Some(Answer::Cap { limit, because: rule.because.clone() });
        }
        rule.mask.as_ref().and_then(|paths| self.masks(index, paths)).map(Answer::Mask)
    }

    fn sentence(&mut self, index: usize, key: &str, text: &str) -> Option<String> {
        if text.trim().is_empty() {
            let hint = "the caller, or the reader of the record, wants to know why";
            self.report(at(index, key), format!("`{key}` says nothing"), hint);
            return None;
        }
        Some(text.trim().to_owned())
    }

    fn question(&mut self, index: usize, rule: &Rule, roles: &Several<String>) -> Option<Question> {
        let roles: Vec<String> = roles.iter().map(|role| role.trim().to_owned()).collect();
        let before = self.findings.len();
        if roles.is_empty() || roles.iter().any(String::is_empty) {
            self.report(at(index, "ask"), "nobody is asked", "name a role, for example `ask: finance-lead`");
        }
        let approvals = rule.approvals.unwrap_or(1);
        if approvals == 0 {
            self.report(at(index, "approvals"), "nobody would have to approve", "write 1 or more");
        }
        let expires_ms = match &rule.expires {
            None => EXPIRES_MS,
            Some(text) => period::duration_ms(text).unwrap_or_else(|| {
                let hint = "write a number with `s`, `m`, `h`, `d` or `w`, for example `48h`";
                self.report(at(index, "expires"), format!("`{text}` is not a time span"), hint);
                EXPIRES_MS
            }),
        };
        let question = Question { roles, approvals, expires_ms, because: rule.because.clone() };
        (self.findings.len() == before).then_some(question)
    }

    fn masks(&mut self, index: usize, paths: &Several<String>) -> Option<Vec<Mask>> {
        let pointer = at(index, "mask");
        let mut masks = Vec::new();
        for path in paths.iter() {
            match nave_expr::syntax::parse(path) {
                Ok(expr) => match Mask::from_expr(&expr) {
                    Some(mask) => masks.push(mask),
                    None => {
                        let hint = "write fields and lists only, for example `.cards[].number`";
                        self.report(
                            pointer.clone(),
                            format!("`{path}` is not a path that can be hidden"),
                            hint,
                        );
                    }
                },
                Err(diagnostics) => {
                    let found = diagnostics.into_iter().map(|one| Finding::of_expression(&pointer, one));
                    self.findings.extend(found);
                }
            }
        }
        (!masks.is_empty()).then_some(masks)
    }
}

fn several<T: Clone>(written: Option<&Several<T>>) -> Vec<T> {
    written.into_iter().flat_map(Several::iter).cloned().collect()
}

#[cfg(test)]
mod tests;
