//! What an expression builds: texts, lists and objects.

use std::rc::Rc;

use indexmap::IndexMap;
use nave_model::fault::codes;

use crate::ast::{Entry, Expr, KeyKind, Part};
use crate::check::environment::Environment;
use crate::check::goal::Goal;
use crate::check::objects::shorthand;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk, comma};
use crate::check::{Count, Failure, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::types::{Array, Field, Lazy, Object, Type};

/// More alternatives of an object under construction become one whose fields may be missing.
const MOST_ALTERNATIVES: usize = 16;

/// What an object under construction has to fit.
pub(super) struct Aim<'m, 'a> {
    /// The alternative of the target that is meant.
    pub(super) meant: &'m Object<'a>,
    /// The target.
    pub(super) goal: &'m Goal<'a>,
}

impl<'a> Walk<'a> {
    /// `"… \( … ) …"`
    pub(super) fn interpolation(
        &mut self,
        format: Option<&str>,
        parts: &[Part],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let mut count = Count::ONE;
        let mut fails: Option<Failure> = None;
        let mut text = shape::text_constant("");
        for part in parts {
            let piece = match part {
                Part::Text(text) => shape::text_constant(text),
                Part::Expr(expr) => {
                    let out = self.infer(expr, environment);
                    count = count.times(out.count);
                    fails = fails.or(out.fails);
                    if out.ty.is_never() {
                        return Out { ty: Type::never(), count, fails };
                    }
                    self.printed_null(expr, &out.ty, environment);
                    let (ty, failed) = match format {
                        None => (as_text(&out.ty), None),
                        Some(format) => self.formatted(format, &out.ty, expr, environment),
                    };
                    fails = fails.or(failed);
                    ty
                }
            };
            text = crate::check::combine::combine(crate::ast::Operator::Add, &text, &piece).ty;
        }
        Out { ty: text, count, fails }
    }

    fn printed_null(&mut self, expr: &Expr, ty: &Type<'a>, environment: &Environment<'a>) {
        if !ty.null || ty.is_unknown() {
            return;
        }
        let name = words::name_or_this(expr);
        let absent = self.absence(expr, environment);
        let message = format!("{name} {absent}, and the text says \"null\" then");
        let hint = crate::check::operators::default_hint(expr, "\"…\"");
        self.report(Diagnostic::warning(codes::MAPPING_NULL, expr.span, message).hint(hint));
    }

    /// `@base64` and the like on the input.
    pub(super) fn format(&mut self, format: &str, span: Span, environment: &Environment<'a>) -> Out<'a> {
        let input = Expr { kind: crate::ast::Kind::Identity, span };
        let (ty, fails) = self.formatted(format, &environment.input, &input, environment);
        Out { ty, count: Count::ONE, fails }
    }

    /// What a format makes of a value (jq's manual, "Format strings and escaping").
    fn formatted(
        &mut self,
        format: &str,
        ty: &Type<'a>,
        expr: &Expr,
        environment: &Environment<'a>,
    ) -> (Type<'a>, Option<Failure>) {
        match format {
            "text" => (as_text(ty), None),
            "json" | "html" | "uri" | "base64" | "base32" => (Type::text(), None),
            "base64d" | "base32d" | "urid" => {
                let reason = Rc::from(format!("`@{format}` fails on texts that are not so encoded"));
                (Type::text(), Some(Failure { span: expr.span, reason }))
            }
            "csv" | "tsv" | "sh" => (Type::text(), self.row(format, ty, expr, environment)),
            _ => {
                let known = FORMATS.iter().copied();
                let hint = nave_model::similar::did_you_mean(format, known.clone())
                    .unwrap_or_else(|| format!("there are {}", words::listed(known, FORMATS.len())));
                let message = format!("there is no format `@{format}`");
                self.report(Diagnostic::error(codes::EXPRESSION_NAME, expr.span, message).hint(hint));
                (Type::text(), None)
            }
        }
    }

    /// `@csv`, `@tsv` and `@sh` write lists of plain values.
    fn row(
        &mut self,
        format: &str,
        ty: &Type<'a>,
        expr: &Expr,
        environment: &Environment<'a>,
    ) -> Option<Failure> {
        if let Some(unknown) = self.matters(ty, expr.span) {
            return Some(unknown);
        }
        let takes_plain = format == "sh";
        let name = self.called(expr, environment);
        let wrong = shape::keep(ty, |sort| match sort {
            Sort::Array => false,
            Sort::Object => true,
            _ => !takes_plain,
        });
        if !wrong.is_never() {
            let is_all = crate::check::steps::is_all(&wrong, ty);
            let is_null = crate::check::steps::is_all(&Type::null(), &wrong) && !is_all;
            let verb = match (is_all, is_null) {
                (true, _) => format!("is {}", words::kinds(&wrong)),
                (false, true) => self.absence(expr, environment),
                (false, false) => format!("may be {}", words::kinds(&wrong)),
            };
            let code = if is_null { codes::MAPPING_NULL } else { codes::EXPRESSION_TYPE };
            let message = format!("{name} {verb}, and `@{format}` writes a list of plain values");
            let hint = Some(format!("put the values in a list: `[.a, .b] | @{format}`"));
            return Some(self.may_fail(Diagnostic::error(code, expr.span, message).hint(hint)));
        }
        let items = ty.items();
        if let Some(unknown) = self.matters(&items, expr.span) {
            return Some(unknown);
        }
        let inner = shape::keep(&items, |sort| sort >= Sort::Array);
        if inner.is_never() {
            return None;
        }
        let message = format!(
            "an item of {name} may be {}, and `@{format}` writes plain values only",
            words::kinds(&inner)
        );
        let hint = "make a text of it with `tojson`, or of a list with `join(\" \")`".to_owned();
        Some(self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, message).hint(hint)))
    }

    /// `[ … ]`
    pub(super) fn array(&mut self, items: Option<&Expr>, environment: &Environment<'a>) -> Out<'a> {
        match items {
            None => Out::one(Type::list(Vec::new())),
            Some(items) => {
                if let Some(known) = self.known_items(items, environment) {
                    return known;
                }
                Self::listed(self.infer(items, environment))
            }
        }
    }

    /// `[a, b, c]` where each gives one value: a list whose items are told apart.
    fn known_items(&mut self, items: &Expr, environment: &Environment<'a>) -> Option<Out<'a>> {
        let mut parts = Vec::new();
        let mut rest = items;
        // Commas lean to the left.
        while let crate::ast::Kind::Comma(left, right) = &rest.kind {
            parts.push(&**right);
            rest = left;
        }
        parts.push(rest);
        if parts.len() > 64 {
            return None;
        }
        let mut types = Vec::new();
        let mut fails = None;
        let mut whole: Option<Out<'a>> = None;
        let mut is_known = true;
        for part in parts.into_iter().rev() {
            let out = self.infer(part, environment);
            is_known &= out.count == Count::ONE && !out.ty.is_never();
            types.push(out.ty.clone());
            fails = fails.or_else(|| out.fails.clone());
            whole = Some(match whole {
                None => out,
                Some(before) => comma(before, out),
            });
        }
        if is_known {
            return Some(Out { ty: Type::list(types), count: Count::ONE, fails });
        }
        whole.map(Self::listed)
    }

    /// All values in a list.
    pub(super) fn listed(found: Out<'a>) -> Out<'a> {
        // Where nothing but a failure or a `break` is possible, there is no list either.
        if found.ty.is_never() && found.count.some {
            return found;
        }
        let array = Array {
            first: Vec::new(),
            least: u64::from(found.count.some),
            most: match (found.count.many, found.ty.is_never()) {
                (false, true) => Some(0),
                (false, false) => Some(1),
                (true, _) => None,
            },
            rest: Lazy::known(found.ty),
        };
        Out { ty: Type::array(array), count: Count::ONE, fails: found.fails }
    }

    /// `{ … }`, with its entries checked where there is something to fit.
    pub(super) fn object(
        &mut self,
        entries: &[Entry],
        environment: &Environment<'a>,
        aim: Option<&Aim<'_, 'a>>,
    ) -> Out<'a> {
        let mut building = Building::default();
        let mut count = Count::ONE;
        let mut fails = None;
        let mut is_never = false;
        for entry in entries {
            let (key, value) = match &entry.key.kind {
                KeyKind::Name(name) | KeyKind::Variable(name) => {
                    let Some(value) = entry.value.clone().or_else(|| shorthand(&entry.key)) else { continue };
                    // `{$name: value}` is keyed by the variable's value.
                    let key = match (&entry.key.kind, &entry.value) {
                        (KeyKind::Variable(name), Some(_)) => {
                            let kind = crate::ast::Kind::Variable(name.clone());
                            let variable = Expr { kind, span: entry.key.span };
                            self.key(&variable, environment, aim)
                        }
                        _ => Out::one(shape::text_constant(name)),
                    };
                    (key, value)
                }
                KeyKind::Expr(expr) => {
                    let key = self.key(expr, environment, aim);
                    // `{"a\(1)"}` and `{@base64 "x"}` read what they name.
                    let value = entry.value.clone().unwrap_or_else(|| by_key(expr));
                    (key, value)
                }
            };
            let out = match (aim, shape::one_text(&key.ty)) {
                (Some(aim), Some(name)) => self.check_entry(name, entry, &value, environment, aim),
                (Some(aim), None) => {
                    let out = self.infer(&value, environment);
                    self.counted(&value, out, aim.goal)
                }
                (None, _) => self.infer(&value, environment),
            };
            count = count.times(key.count).times(out.count);
            fails = fails.or(key.fails).or(out.fails);
            is_never |= key.ty.is_never() || out.ty.is_never();
            building.add(&key.ty, out.ty, true);
        }
        let ty = if is_never { Type::never() } else { building.finish() };
        Out { ty, count, fails }
    }

    fn key(&mut self, expr: &Expr, environment: &Environment<'a>, aim: Option<&Aim<'_, 'a>>) -> Out<'a> {
        let mut out = self.infer(expr, environment);
        if let Some(aim) = aim {
            out = self.counted(expr, out, aim.goal);
        }
        if out.ty.is_never() {
            return out;
        }
        if let Some(unknown) = self.matters(&out.ty, expr.span) {
            return Out { ty: Type::text(), fails: out.fails.or(Some(unknown)), ..out };
        }
        let wrong = shape::keep(&out.ty, |sort| sort != Sort::Text);
        if wrong.is_never() {
            return out;
        }
        let ty = shape::keep(&out.ty, |sort| sort == Sort::Text);
        let name = words::name_or_this(expr);
        let hint = "make a text of it with `tostring`".to_owned();
        let fails = if ty.is_never() {
            let message = format!("{name} is {}, and a key is a text", words::kinds(&wrong));
            let error = Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, message).hint(hint);
            self.always_fails(error)
        } else if crate::check::steps::is_all(&Type::null(), &wrong) {
            let absent = self.absence(expr, environment);
            let message = format!("{name} {absent}, and a key is a text");
            let hint = crate::check::operators::default_hint(expr, "\"…\"");
            self.may_fail(Diagnostic::error(codes::MAPPING_NULL, expr.span, message).hint(hint))
        } else {
            let message = format!("{name} may be {}, and a key is a text", words::kinds(&wrong));
            self.may_fail(Diagnostic::error(codes::EXPRESSION_TYPE, expr.span, message).hint(hint))
        };
        let ty = if ty.is_never() && !self.is_guarded() { Type::text() } else { ty };
        Out { ty, count: out.count, fails: out.fails.or(Some(fails)) }
    }
}

/// Formats.
const FORMATS: &[&str] =
    &["text", "json", "html", "uri", "urid", "csv", "tsv", "sh", "base64", "base64d", "base32", "base32d"];

/// `.[key]`
fn by_key(key: &Expr) -> Expr {
    let step = crate::ast::Step {
        kind: crate::ast::StepKind::Index(Box::new(key.clone())),
        optional: false,
        span: key.span,
    };
    let base =
        Box::new(Expr { kind: crate::ast::Kind::Identity, span: Span { end: key.span.start, ..key.span } });
    Expr { kind: crate::ast::Kind::Path(base, vec![step]), span: key.span }
}

/// What `tostring` makes of a value.
fn as_text<'a>(ty: &Type<'a>) -> Type<'a> {
    if ty.is_unknown() {
        return Type::text();
    }
    let texts = shape::keep(ty, |sort| sort == Sort::Text);
    let mut all = texts;
    let mut or = |constant: &str| all = shape::union(&all, &shape::text_constant(constant));
    if ty.null {
        or("null");
    }
    if ty.booleans.yes {
        or("true");
    }
    if ty.booleans.no {
        or("false");
    }
    if ty.numbers.is_some() || ty.arrays.is_some() || !ty.objects.is_empty() {
        // Nothing that is no text is written as nothing.
        let mut other = Type::text();
        if let Some(texts) = &mut other.texts {
            texts.least = 1;
        }
        all = shape::union(&all, &other);
    }
    all
}

/// An object under construction.
#[derive(Debug, Default)]
pub(super) struct Building<'a> {
    fields: IndexMap<Rc<str>, Field<'a>>,
    rest: Option<Type<'a>>,
}

impl<'a> Building<'a> {
    /// One more entry, which may be there or is for certain: later ones win.
    pub(super) fn add(&mut self, key: &Type<'a>, value: Type<'a>, is_certain: bool) {
        if let Some(name) = shape::one_text(key).filter(|_| is_certain) {
            self.fields.insert(name.into(), Field::required(Lazy::known(value)));
            return;
        }
        match shape::text_constants(key) {
            Some(names) if names.len() <= MOST_ALTERNATIVES => {
                for name in names {
                    self.maybe(name.as_str().into(), &value);
                }
            }
            _ => {
                let names: Vec<Rc<str>> = self.fields.keys().cloned().collect();
                for name in names {
                    self.maybe(name, &value);
                }
                self.rest = Some(match &self.rest {
                    None => value,
                    Some(rest) => shape::union(rest, &value),
                });
            }
        }
    }

    /// A field that may be set.
    fn maybe(&mut self, name: Rc<str>, value: &Type<'a>) {
        let lazy = Lazy::known(value.clone());
        match self.fields.get_mut(&name) {
            Some(field) => field.value = Lazy::any([field.value.clone(), lazy]),
            None => {
                let before = self.rest.clone().map(Lazy::known);
                let value = Lazy::any(before.into_iter().chain([lazy]));
                self.fields.insert(name, Field::optional(value));
            }
        }
    }

    /// The object.
    pub(super) fn finish(self) -> Type<'a> {
        let rest = self.rest.map(Lazy::known);
        Type::object(Object { name: None, fields: self.fields, closed: rest.is_none(), rest })
    }
}
