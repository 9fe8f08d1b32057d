//! Calls: functions on values by their own type rules, sugar by what it stands for, and names that do not
//! exist. Functions that take filters and are part of the language stand in `forms`.

use std::rc::Rc;

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;

use crate::ast::{Expr, Kind};
use crate::check::environment::Environment;
use crate::check::fields;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk, without_null};
use crate::check::{Count, Failure, words};
use crate::diagnostic::Diagnostic;
use crate::forms::{self, Form};
use crate::functions::{self, Function, Typed};
use crate::span::Span;
use crate::types::{Complaint, Numbers, Type};

/// A call of a function with the types of its arguments.
struct Called<'c, 'a> {
    expr: &'c Expr,
    function: &'static Function,
    arguments: &'c [Expr],
    types: &'c [Type<'a>],
}

impl<'a> Walk<'a> {
    /// `name(a; b)`
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        if let Some(out) = self.own_type(expr, name, arguments, environment) {
            return out;
        }
        match forms::form(name, arguments.len()) {
            Some(Form::Sugar(longer)) => {
                let longer = longer(expr.span, arguments);
                self.in_sugar(expr.span, |walk| walk.infer(&longer, environment))
            }
            Some(Form::Primitive(primitive)) => self.primitive(expr, primitive, arguments, environment),
            None => match functions::find(name, arguments.len()) {
                Some(function) => self.function(expr, function, arguments, environment),
                None => self.no_function(name, name_span, arguments, environment),
            },
        }
    }

    /// What a call stands for, where it is sugar.
    pub(super) fn sugared(&self, call: &Expr, name: &str, arguments: &[Expr]) -> Option<Expr> {
        match forms::form(name, arguments.len()) {
            Some(Form::Sugar(longer)) => Some(longer(call.span, arguments)),
            Some(Form::Primitive(_)) | None => None,
        }
    }

    /// Looks at what a call stands for.
    pub(super) fn in_sugar<T>(&mut self, span: Span, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.sugar.replace(span);
        let found = look(self);
        self.sugar = outer;
        found
    }

    fn no_function(
        &mut self,
        name: &str,
        name_span: Span,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        for argument in arguments {
            let _looked_at = self.infer(argument, environment);
        }
        let all = || forms::names().chain(functions::all().map(|function| (function.name, function.arity)));
        let mut takes: Vec<usize> =
            all().filter(|(known, _)| *known == name).map(|(_, arity)| arity).collect();
        takes.sort_unstable();
        let diagnostic = if takes.is_empty() {
            let hint =
                did_you_mean(name, all().map(|(known, _)| known).collect::<std::collections::BTreeSet<_>>());
            let message = format!("there is no function `{name}`");
            Diagnostic::error(codes::EXPRESSION_NAME, name_span, message).hint(hint)
        } else {
            let numbers: Vec<String> = takes.iter().map(usize::to_string).collect();
            let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
            let plural = if takes == [1] { "argument" } else { "arguments" };
            let message = format!(
                "`{name}` takes {} {plural}, and is given {}",
                words::any_of(&numbers),
                arguments.len()
            );
            let hint = (!arguments.is_empty()).then(|| "arguments are separated by `;`".to_owned());
            Diagnostic::error(codes::EXPRESSION_NAME, name_span, message).hint(hint)
        };
        self.report(diagnostic);
        Out::broken(None)
    }

    fn function(
        &mut self,
        expr: &Expr,
        function: &'static Function,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let mut count = Count::ONE;
        let mut fails = None;
        let mut types = Vec::new();
        for argument in arguments {
            let out = self.infer(argument, environment);
            count = count.times(out.count);
            fails = fails.or(out.fails);
            if out.ty.is_never() {
                return Out { ty: Type::never(), count, fails };
            }
            types.push(out.ty);
        }
        let call = Called { expr, function, arguments, types: &types };
        let (ty, failed) = self.apply(&call, environment);
        Out { ty, count, fails: fails.or(failed) }
    }

    /// What a function gives for values of these types, with what it cannot work on reported.
    fn apply(&mut self, call: &Called<'_, 'a>, environment: &Environment<'a>) -> (Type<'a>, Option<Failure>) {
        let Called { expr, function, types, .. } = *call;
        // Null has no field, and that is no failure.
        let input = match function.name {
            "has" if environment.input.null && !environment.input.is_unknown() => {
                Rc::new(without_null(&environment.input))
            }
            _ => Rc::clone(&environment.input),
        };
        if input.is_never() && !environment.input.is_never() {
            return (shape::bool_constant(false), None);
        }
        let input = &*input;
        let unknown = self.unknown_matters(call, environment);
        match (function.types)(input, types) {
            Ok(Typed { output, may_fail: None }) => {
                (output, unknown.or_else(|| content(expr, function, input, types)))
            }
            Ok(Typed { output, may_fail: Some(_) }) if unknown.is_some() => (output, unknown),
            Ok(Typed { output, may_fail: Some(reason) }) => {
                let fails = self.may_fail_in(call, environment, &reason);
                (output, Some(fails))
            }
            Err(complaint) => {
                let fails = self.complain(expr, &complaint);
                // Where that is caught nothing comes out, but for the odd empty thing some functions take.
                (Out::broken(None).ty, Some(fails))
            }
        }
    }

    fn complain(&mut self, expr: &Expr, complaint: &Complaint) -> Failure {
        let diagnostic = Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, complaint.message.as_str());
        self.always_fails(diagnostic.hint(complaint.hint.clone()))
    }

    /// A function fails on some of the possible inputs or arguments: is it null that does it?
    fn may_fail_in(&mut self, call: &Called<'_, 'a>, environment: &Environment<'a>, reason: &str) -> Failure {
        let Called { expr, function, arguments, types } = *call;
        let input = &environment.input;
        let works = |input: &Type<'a>, types: &[Type<'a>]| {
            (function.types)(input, types).is_ok_and(|typed| typed.may_fail.is_none())
        };
        if input.null && works(&without_null(input), types) {
            let subject = if environment.subject.is_empty() { "its input" } else { &environment.subject };
            let message = format!("{subject} may be null: {reason}");
            let code = words::code_of_subject(subject).unwrap_or_else(|| "…".to_owned());
            let hint = format!("give another value first, as in `({code} // …) | {}`", function.name);
            let error = Diagnostic::error(codes::MAPPING_NULL, expr.span, message).hint(hint);
            return self.may_fail(error);
        }
        for (position, (argument, ty)) in arguments.iter().zip(types).enumerate() {
            let mut without = types.to_vec();
            if let Some(slot) = without.get_mut(position) {
                *slot = without_null(ty);
            }
            if ty.null && works(input, &without) {
                let name = words::name_or_this(argument);
                let absent = self.absence(argument, environment);
                let message = format!("{name} {absent}: {reason}");
                let hint = crate::check::operators::default_hint(argument, "…");
                let error = Diagnostic::error(codes::MAPPING_NULL, argument.span, message).hint(hint);
                return self.may_fail(error);
            }
        }
        self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, reason))
    }

    /// Of an input or argument nothing is known, and the function does not take everything.
    fn unknown_matters(&mut self, call: &Called<'_, 'a>, environment: &Environment<'a>) -> Option<Failure> {
        let Called { expr, function, arguments, types } = *call;
        let input = &environment.input;
        let takes_all = |of: &Type<'a>, with: &dyn Fn(Type<'a>) -> bool| {
            shape::sorts(of).all(|sort| with(shape::keep(of, |other| other == sort)))
        };
        let works = |input: &Type<'a>, types: &[Type<'a>]| (function.types)(input, types).is_ok();
        // Where nothing is known of both sides they may not go together, though each goes with something.
        if let ("contains" | "inside", [argument]) = (function.name, types)
            && input.is_unknown()
            && argument.is_unknown()
        {
            return self.matters(input, expr.span);
        }
        if input.is_unknown() && !takes_all(input, &|input| works(&input, types)) {
            return self.matters(input, expr.span);
        }
        for (position, (argument, ty)) in arguments.iter().zip(types).enumerate() {
            let with = |ty: Type<'a>| {
                let mut types = types.to_vec();
                if let Some(slot) = types.get_mut(position) {
                    *slot = ty;
                }
                works(input, &types)
            };
            if ty.is_unknown() && !takes_all(ty, &with) {
                return self.matters(ty, argument.span);
            }
        }
        None
    }

    /// Whether a sugar has a better type than what it stands for.
    pub(super) fn has_own_type(&self, name: &str, _: &Environment<'a>) -> bool {
        matches!(name, "del" | "pick" | "with_entries")
    }

    fn own_type(
        &mut self,
        expr: &Expr,
        name: &str,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Option<Out<'a>> {
        match (name, arguments) {
            ("del", [place]) => Some(self.delete(expr, place, environment)),
            ("pick", [places]) => self.pick(expr, places, environment),
            ("with_entries", [update]) => self.with_entries(expr, update, environment),
            _ => None,
        }
    }
}

/// What the content of a text or number may do to a function that takes its type: nothing types can tell,
/// so that it is only noted.
fn content(expr: &Expr, function: &Function, input: &Type<'_>, arguments: &[Type<'_>]) -> Option<Failure> {
    let is_total = match function.name {
        "from_entries" => are_entries(input),
        "join" | "add" => !input.values().is_unknown(),
        // A text is looked for in objects, a number in lists.
        "has" => shape::sorts(input).count() == 1,
        "contains" | "inside" => !input.is_unknown() && arguments.iter().all(|ty| !ty.is_unknown()),
        "sqrt" | "log" | "log2" | "log10" => is_not_negative(input),
        name => TOTAL.contains(&name),
    };
    let name = function.name;
    let reason = || match name {
        "sqrt" | "log" | "log2" | "log10" => format!("`{name}` fails on a number below 0"),
        "infinite" => "a calculation with `infinite` may have no result".to_owned(),
        _ => format!("`{name}` may fail on what it is given"),
    };
    (!is_total).then(|| Failure { span: expr.span, reason: Rc::from(reason()) })
}

/// Functions that never fail on values of the types they take.
const TOTAL: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii_downcase",
    "ascii_upcase",
    "ceil",
    "endswith",
    "explode",
    "fabs",
    "flatten",
    "floor",
    "has",
    "keys",
    "keys_unsorted",
    "length",
    "ltrim",
    "ltrimstr",
    "max",
    "min",
    "not",
    "reverse",
    "round",
    "rtrim",
    "rtrimstr",
    "sort",
    "split",
    "startswith",
    "to_entries",
    "toarray",
    "tojson",
    "tostring",
    "trim",
    "trimstr",
    "trunc",
    "type",
    "unique",
    "utf8bytelength",
];

fn is_not_negative(ty: &Type<'_>) -> bool {
    let lowest = ty.numbers.as_ref().and_then(Numbers::lowest);
    !ty.is_unknown() && lowest.is_some_and(|lowest| lowest >= 0.0)
}

/// Whether everything in a list is an object with a text as its `key`.
fn are_entries(input: &Type<'_>) -> bool {
    let only = |ty: &Type<'_>, kind: Sort| !ty.is_unknown() && shape::sorts(ty).all(|sort| sort == kind);
    let entry = input.values();
    let has_key = |object: &Rc<crate::types::Object<'_>>| {
        let key = fields::in_object(object, "key").unwrap_or_else(Type::null);
        only(&key, Sort::Text) && !key.is_never()
    };
    only(input, Sort::Array) && only(&entry, Sort::Object) && entry.objects.iter().all(has_key)
}

/// Whether an expression is a plain list of places, as `pick` takes.
pub(super) fn plain_places(expr: &Expr) -> Option<Vec<&Expr>> {
    match &expr.kind {
        Kind::Comma(left, right) => {
            let mut all = plain_places(left)?;
            all.extend(plain_places(right)?);
            Some(all)
        }
        Kind::Path(..) | Kind::Identity => crate::check::places::place(expr).map(|_| vec![expr]),
        _ => None,
    }
}
