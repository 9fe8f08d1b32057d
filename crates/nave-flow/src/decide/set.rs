//! `set`: names a value.

use super::evaluate;
use super::scope::Scope;
use super::verbs::Doing;
use super::walk::{Begun, Walk};
use crate::flow::Expression;

pub(super) fn begin(value: &Expression, scope: &Scope<'_>, walk: &Walk<'_>) -> Begun<Doing> {
    match evaluate::value(value, walk.input, scope) {
        Ok(value) => value.into(),
        Err(failure) => failure.into(),
    }
}
