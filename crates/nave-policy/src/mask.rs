//! Hides fields of answers from those who may not see them. A mask is a path of fields and lists:
//! `.email`, `.cards[].number`, `.data[].owner.phone`.

use nave_expr::ast::{Kind, StepKind};
use serde_json::Value;

/// What stands where something was hidden.
pub const HIDDEN: &str = "***";

/// A path that can be hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Items,
}

impl Mask {
    /// A mask from the tree of its path; `None` where it has other steps than fields and `[]`.
    pub fn from_expr(expr: &nave_expr::Expr) -> Option<Mask> {
        let Kind::Path(base, steps) = &expr.kind else { return None };
        let before = match &base.kind {
            Kind::Identity => Vec::new(),
            _ => Mask::from_expr(base)?.steps,
        };
        let mut mask = Mask { steps: before };
        for step in steps {
            mask.steps.push(match &step.kind {
                StepKind::Field(name) => Step::Field(name.clone()),
                StepKind::Iterate => Step::Items,
                StepKind::Index(_) | StepKind::Slice(_, _) => return None,
            });
        }
        Some(mask)
    }

    /// Hides what the path leads to, wherever it leads; says how many values were hidden. Null stays null,
    /// because it hides nothing; `[]` goes through the members of objects too.
    pub fn apply(&self, value: &mut Value) -> usize {
        hide(&self.steps, value)
    }
}

fn hide(steps: &[Step], value: &mut Value) -> usize {
    let Some((first, rest)) = steps.split_first() else {
        if value.is_null() {
            return 0;
        }
        *value = Value::from(HIDDEN);
        return 1;
    };
    match (first, value) {
        (Step::Field(name), Value::Object(members)) => {
            members.get_mut(name).map_or(0, |member| hide(rest, member))
        }
        (Step::Items, Value::Array(items)) => items.iter_mut().map(|item| hide(rest, item)).sum(),
        (Step::Items, Value::Object(members)) => {
            members.iter_mut().map(|(_, member)| hide(rest, member)).sum()
        }
        _ => 0,
    }
}
