//! The decision about one call: every rule of every policy that concerns it, weighed together.
//!
//! Refuse wins over ask, ask over allow. A rule whose condition cannot be evaluated counts as a refusal,
//! whatever it answers: what is not understood is not allowed. Agents need a grant, a rule that allows
//! or one that asks; people and flows are allowed what no rule refuses.

use jiff::Timestamp;
use nave_expr::Budget;
use nave_model::fault::codes;
use nave_model::{Decimal, Fault};
use serde_json::{Value, json};

use crate::document::UsedBefore;
use crate::mask::Mask;
use crate::rules::{Answer, Checked, Limit, Policy, Question, Window};
use crate::selector::{OperationFacts, Principal, PrincipalKind};

/// What a condition may use: rules are short, and stand in the way of every call.
const BUDGET: Budget = Budget { steps: 100_000, depth: 128, bytes: 4 << 20 };

/// A call to be decided about.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The operation.
    pub operation: &'a OperationFacts,
    /// Who calls.
    pub principal: &'a Principal,
    /// The arguments, as checked.
    pub arguments: &'a Value,
    /// Whether the connection grants this principal the operation without any rule.
    pub is_granted: bool,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Calls of this principal to this operation before.
    pub used: UsedBefore,
}

/// How much of a limit is used; the caller counts.
pub trait Counters {
    /// What was charged to a counter in the last `window`.
    fn used(&self, counter: &str, window: Window) -> Decimal;
}

/// What was decided.
#[derive(Debug)]
pub struct Decision<'p> {
    /// Whether the call may be made.
    pub verdict: Verdict,
    /// What to charge when it is made.
    pub charges: Vec<Charge>,
    /// What to hide in the answer.
    pub masks: Vec<&'p Mask>,
    /// The rules that decided, for the record.
    pub rules: Vec<&'p str>,
}

/// Whether a call may be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It may.
    Allow,
    /// It may once each of these is approved.
    Ask(Vec<Question>),
    /// It may not.
    Refuse(Fault),
}

/// An amount to add to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The counter.
    pub counter: String,
    /// The amount.
    pub amount: Decimal,
    /// The window it is counted over.
    pub window: Window,
}

/// Decides about a call.
pub fn decide<'p, P: AsRef<Policy>>(
    policies: &'p [P],
    request: &Request<'_>,
    counters: &dyn Counters,
) -> Decision<'p> {
    let mut weighing =
        Weighing { request, counters, refusals: Vec::new(), questions: Vec::new(), found: Found::default() };
    for policy in policies.iter().map(AsRef::as_ref) {
        let context = Context::new(policy, request);
        for rule in policy.rules.iter().filter(|rule| rule.concerns(request.operation, request.principal)) {
            weighing.weigh(rule, &context);
        }
    }
    weighing.decide()
}

/// The values of the variables, in the order of [`crate::rules::VARIABLES`].
struct Context {
    variables: [Value; 5],
}

impl Context {
    fn new(policy: &Policy, request: &Request<'_>) -> Self {
        let operation = request.operation;
        let connection = json!({"name": operation.connection, "connector": operation.connector});
        let used = request.used;
        let variables = [
            json!({"name": operation.name, "effect": operation.effect, "tags": operation.tags}),
            json!(request.principal),
            connection,
            time(request.at_ms, policy),
            json!({"minute": used.minute, "hour": used.hour, "day": used.day}),
        ];
        Context { variables }
    }

    fn variables(&self) -> [&Value; 5] {
        self.variables.each_ref()
    }
}

fn time(at_ms: i64, policy: &Policy) -> Value {
    let timestamp = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let local = timestamp.to_zoned(policy.zone.clone());
    json!({
        "at": timestamp.to_string(),
        "date": local.date().to_string(),
        "hour": local.hour(),
        "minute": local.minute(),
        "weekday": local.weekday().to_monday_one_offset(),
    })
}

struct Weighing<'r, 'p> {
    request: &'r Request<'r>,
    counters: &'r dyn Counters,
    refusals: Vec<(&'p str, Fault)>,
    questions: Vec<(&'p str, Question)>,
    found: Found<'p>,
}

#[derive(Default)]
struct Found<'p> {
    allowed: Vec<&'p str>,
    charges: Vec<(&'p str, Charge)>,
    masks: Vec<(&'p str, &'p Mask)>,
}

impl<'p> Weighing<'_, 'p> {
    fn weigh(&mut self, rule: &'p Checked, context: &Context) {
        let holds = match &rule.when {
            None => Ok(true),
            Some(when) => when.truth(self.request.arguments, &context.variables(), BUDGET),
        };
        match holds {
            Ok(false) => {}
            Ok(true) => self.answer(rule, context),
            Err(fault) => self.undecided(rule, &fault),
        }
    }

    fn answer(&mut self, rule: &'p Checked, context: &Context) {
        let id = rule.id.as_str();
        match &rule.answer {
            Answer::Allow { .. } => self.found.allowed.push(id),
            Answer::Refuse { reason } => self.refusals.push((id, refusal(reason.clone()))),
            Answer::Ask(question) => self.questions.push((id, question.clone())),
            Answer::Mask(masks) => self.found.masks.extend(masks.iter().map(|mask| (id, mask))),
            Answer::Cap { limit, because } => {
                if let Err(fault) = self.cap(rule, limit, because.as_deref(), context) {
                    self.refusals.push((id, fault));
                }
            }
        }
    }

    /// Charges a limit, or says that it is used up.
    fn cap(
        &mut self,
        rule: &'p Checked,
        limit: &Limit,
        because: Option<&str>,
        context: &Context,
    ) -> Result<(), Fault> {
        let amount = match &limit.of {
            None => Decimal::scaled(1, 0),
            Some(of) => {
                let value = of.one(self.request.arguments, &context.variables(), BUDGET)?;
                let number = value.as_number().and_then(|number| Decimal::parse(number.as_str()));
                number.filter(|amount| *amount >= Decimal::scaled(0, 0)).ok_or_else(|| {
                    refusal(format!("the amount that `{}` limits is no number from 0 upwards", rule.id))
                })?
            }
        };
        let principal = self.request.principal;
        let counter = match limit.together {
            true => rule.id.clone(),
            false => format!("{}:{}:{}", rule.id, principal.kind.as_str(), principal.name),
        };
        let used = self.counters.used(&counter, limit.window);
        let fits = used.plus(&amount).is_some_and(|sum| sum <= limit.most);
        if !fits {
            let window = limit.window.as_str();
            let what = if limit.of.is_some() { "an amount of " } else { "" };
            let calls = if limit.of.is_some() { "" } else { " calls" };
            let reason = because.map(|because| format!(": {because}")).unwrap_or_default();
            let message =
                format!("{what}{}{calls} per {window} is allowed, and {used} is used{reason}", limit.most);
            return Err(Fault::new(codes::POLICY_REFUSED, message)
                .with_hint("wait until less is used, or ask whoever looks after the policy"));
        }
        self.found.charges.push((rule.id.as_str(), Charge { counter, amount, window: limit.window }));
        Ok(())
    }

    /// A condition that fails decides for nobody's good: the call is refused.
    fn undecided(&mut self, rule: &'p Checked, fault: &Fault) {
        let message = format!("the rule `{}` could not be decided", rule.id);
        let refused = Fault::new(codes::POLICY_REFUSED, message)
            .with_hint("whoever looks after the policy must mend its condition")
            .with_detail(fault.message.clone());
        self.refusals.push((rule.id.as_str(), refused));
    }

    fn decide(self) -> Decision<'p> {
        let Weighing { request, refusals, questions, found, .. } = self;
        let decided = |verdict, rules| Decision { verdict, charges: Vec::new(), masks: Vec::new(), rules };
        if let Some((_, fault)) = refusals.first() {
            let fault = fault.clone();
            return decided(Verdict::Refuse(fault), refusals.iter().map(|(id, _)| *id).collect());
        }
        let is_agent = request.principal.kind == PrincipalKind::Agent;
        if is_agent && !request.is_granted && questions.is_empty() && found.allowed.is_empty() {
            let operation = request.operation;
            let message = format!("no rule allows `{}.{}` to agents", operation.connection, operation.name);
            let hint = "a policy can allow it, or the connection with `agents: write`";
            let fault = Fault::new(codes::POLICY_REFUSED, message).with_hint(hint);
            return decided(Verdict::Refuse(fault), Vec::new());
        }
        let mut rules: Vec<&str> = found.allowed;
        rules.extend(questions.iter().map(|(id, _)| *id));
        rules.extend(found.charges.iter().map(|(id, _)| *id).chain(found.masks.iter().map(|(id, _)| *id)));
        let questions: Vec<Question> = questions.into_iter().map(|(_, question)| question).collect();
        let verdict = if questions.is_empty() { Verdict::Allow } else { Verdict::Ask(questions) };
        let charges = found.charges.into_iter().map(|(_, charge)| charge).collect();
        let masks = found.masks.into_iter().map(|(_, mask)| mask).collect();
        Decision { verdict, charges, masks, rules }
    }
}

fn refusal(reason: String) -> Fault {
    Fault::new(codes::POLICY_REFUSED, reason)
}

#[cfg(test)]
mod tests;
