//! Functions that take filters and are part of the language: what each gives, and how often.

use std::rc::Rc;

use nave_model::fault::codes;

use crate::ast::{Expr, Kind};
use crate::check::construct::Building;
use crate::check::environment::Environment;
use crate::check::need::Need;
use crate::check::patterns;
use crate::check::shape::{self, Sort};
use crate::check::walk::{Out, Walk};
use crate::check::{Count, Failure, fields};
use crate::diagnostic::Diagnostic;
use crate::forms::Primitive;
use crate::types::{Array, Field, Lazy, Numbers, Type};

/// Why nothing is known of what `walk` and `paths` look at.
const EVERYWHERE: &str = "it may be any part of the input";

impl<'a> Walk<'a> {
    /// A call of a function that is part of the language.
    pub(super) fn primitive(
        &mut self,
        expr: &Expr,
        primitive: Primitive,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        match (primitive, arguments) {
            (Primitive::Empty, _) => Out { ty: Type::never(), count: Count::MAYBE, fails: None },
            (Primitive::Error, _) => {
                self.raise(&environment.input);
                let reason = Rc::from("`error` is called");
                Out { fails: Some(Failure { span: expr.span, reason }), ..Out::one(Type::never()) }
            }
            (Primitive::Path, [place]) => self.path_of(place, environment),
            (Primitive::Paths, _) => Out { ty: path_type(), count: Count::ANY, fails: None },
            (Primitive::PathsWhere, [test]) => {
                let part = environment.on(Type::anything(EVERYWHERE), "".into());
                let out = self.infer(test, &part);
                Out { ty: path_type(), count: Count::ANY, fails: out.fails }
            }
            (Primitive::GetPath, [path]) => self.get_path(expr, path, environment),
            (Primitive::SetPath, [path, value]) => self.set_path(expr, path, value, environment),
            (Primitive::DeletePaths, [paths]) => self.delete_paths(paths, environment),
            (Primitive::Limit | Primitive::Skip | Primitive::Nth, [count, source]) => {
                self.counted_part(primitive, count, source, environment)
            }
            (Primitive::First | Primitive::Last, [source]) => {
                let out = self.infer(source, environment);
                Out { count: Count { many: false, ..out.count }, ..out }
            }
            (Primitive::IsEmpty, [source]) => {
                let out = self.infer(source, environment);
                Out { ty: Type::boolean(), count: Count::ONE, fails: out.fails }
            }
            (Primitive::Any | Primitive::All, [source, test]) => {
                let out = self.infer(source, environment);
                if out.ty.is_never() {
                    return Out { ty: Type::boolean(), count: Count::ONE, fails: out.fails };
                }
                let tested = self.infer(test, &Self::behind(source, out.ty, environment));
                Out { ty: Type::boolean(), count: Count::ONE, fails: out.fails.or(tested.fails) }
            }
            (Primitive::Range | Primitive::RangeBy, _) => self.range(arguments, environment),
            (
                Primitive::SortBy
                | Primitive::GroupBy
                | Primitive::UniqueBy
                | Primitive::MinBy
                | Primitive::MaxBy,
                [key],
            ) => self.by_key(expr, primitive, key, environment),
            (Primitive::Walk, [update]) => {
                let part = environment.on(Type::anything(EVERYWHERE), "".into());
                let out = self.infer(update, &part);
                Out { ty: Type::anything("`walk` may change any part"), ..out }
            }
            (Primitive::Combinations | Primitive::CombinationsOf, _) => {
                self.combinations(expr, arguments.first(), environment)
            }
            (Primitive::ToStream, _) => {
                let leaf = Lazy::known(Type::anything(EVERYWHERE));
                let first = vec![Lazy::known(path_type()), leaf.clone()];
                let event = Array { first, rest: leaf, least: 1, most: Some(2) };
                Out { ty: Type::array(event), count: Count::SOME, fails: None }
            }
            (Primitive::Format, [name]) => self.format_by_name(expr, name, environment),
            _ => self.of_pattern(expr, primitive, arguments, environment),
        }
    }

    fn counted_part(
        &mut self,
        primitive: Primitive,
        number: &Expr,
        source: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let how_many = self.number(number, environment);
        let out = self.infer(source, environment);
        if how_many.ty.is_never() {
            return Out { count: how_many.count, ..how_many };
        }
        let known = shape::one_number(&how_many.ty);
        let may_be_negative = how_many
            .ty
            .numbers
            .as_ref()
            .is_none_or(|numbers| numbers.lowest().is_none_or(|lowest| lowest < 0.0));
        let mut fails = how_many.fails.or(out.fails);
        if may_be_negative {
            let reason = Rc::from("it fails on a number below 0");
            let failure = Failure { span: number.span, reason };
            if known.is_some() {
                let message = "a number below 0 makes no sense here";
                self.always_fails(Diagnostic::error(codes::EXPRESSION_TYPE, number.span, message));
            }
            fails = fails.or(Some(failure));
        }
        let count = match (primitive, known) {
            (Primitive::Limit, Some(0.0)) => {
                return Out { ty: Type::never(), count: Count::MAYBE, fails };
            }
            (Primitive::Limit, Some(known)) => {
                Count { some: out.count.some, many: out.count.many && known > 1.0 }
            }
            (Primitive::Skip, Some(0.0)) => out.count,
            (Primitive::Limit | Primitive::Skip, _) => Count { some: false, ..out.count },
            _ => Count { some: out.count.some && known == Some(0.0), many: false },
        };
        Out { ty: out.ty, count: how_many.count.times(count), fails }
    }

    fn number(&mut self, expr: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let out = self.infer(expr, environment);
        if out.ty.is_never() {
            return out;
        }
        let need = Need { expr, takes: &[Sort::Number], why: "and a number is needed", instead: "0" };
        let left = self.need(&need, &out.ty, environment);
        Out { ty: left.ty, count: out.count, fails: out.fails.or(left.fails) }
    }

    fn range(&mut self, arguments: &[Expr], environment: &Environment<'a>) -> Out<'a> {
        let mut fails = None;
        let mut integer = true;
        let mut bounds = Vec::new();
        let mut each = Count::ONE;
        for argument in arguments {
            let out = self.number(argument, environment);
            fails = fails.or(out.fails);
            each = each.times(out.count);
            let Some(numbers) = out.ty.numbers else {
                return Out { ty: Type::never(), count: each, fails };
            };
            integer &= numbers.integer;
            bounds.push(numbers);
        }
        let (least, most, some) = match bounds.as_slice() {
            [from, to] => {
                let some = from.highest().zip(to.lowest()).is_some_and(|(from, to)| from < to);
                (from.lowest(), to.highest(), some)
            }
            _ => (None, None, false),
        };
        let numbers = Numbers { integer, constants: None, least, most };
        let count = Count { some: some && each.some, many: true };
        Out { ty: Type { numbers: Some(numbers), ..Type::default() }, count, fails }
    }

    fn by_key(
        &mut self,
        expr: &Expr,
        primitive: Primitive,
        key: &Expr,
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let input = Expr { kind: Kind::Identity, span: expr.span };
        let why = "and a list is needed";
        let need = Need { expr: &input, takes: &[Sort::Array], why, instead: "[]" };
        let left = self.need(&need, &environment.input, environment);
        let Some(array) = left.ty.arrays.clone() else { return left };
        let items = fields::items(&array);
        let mut fails = left.fails;
        if !items.is_never() {
            let each = Expr {
                kind: Kind::Path(
                    Box::new(input.clone()),
                    vec![crate::ast::Step {
                        kind: crate::ast::StepKind::Iterate,
                        optional: false,
                        span: expr.span,
                    }],
                ),
                span: expr.span,
            };
            let keyed = self.infer(key, &Self::behind(&each, items.clone(), environment));
            fails = fails.or(keyed.fails);
        }
        let least = u64::from(array.least > 0);
        let mixed = |least: u64, most: Option<u64>| Array {
            first: Vec::new(),
            rest: Lazy::known(items.clone()),
            least,
            most,
        };
        let ty = match primitive {
            Primitive::SortBy => Type::array(mixed(array.least, array.most)),
            Primitive::UniqueBy => Type::array(mixed(least, array.most)),
            Primitive::GroupBy => {
                let group = Type::array(mixed(1, array.most));
                Type::array(Array { first: Vec::new(), rest: Lazy::known(group), least, most: array.most })
            }
            _ if array.least > 0 => items,
            _ => items.or_null(),
        };
        Out { ty, count: Count::ONE, fails }
    }

    fn combinations(&mut self, expr: &Expr, count: Option<&Expr>, environment: &Environment<'a>) -> Out<'a> {
        let input = Expr { kind: Kind::Identity, span: expr.span };
        let several: &[Sort] = &[Sort::Array, Sort::Object];
        let takes = if count.is_some() { several } else { &[Sort::Array] };
        let need = Need { expr: &input, takes, why: "and a list is needed", instead: "[]" };
        let left = self.need(&need, &environment.input, environment);
        let mut fails = left.fails;
        let mut items = left.ty.values();
        if let Some(count) = count {
            let number = self.number(count, environment);
            fails = fails.or(number.fails);
        } else if !items.is_never() {
            let item = environment.on(items.clone(), "an item".into());
            let need = Need { takes: several, why: "and a list of lists is needed", ..need };
            let inner = self.need(&need, &items, &item);
            fails = fails.or(inner.fails);
            items = inner.ty.values();
        }
        // Whatever has the length 0 has one combination, of nothing.
        Out { ty: Type::array_of(items), count: Count::ANY, fails }
    }

    fn format_by_name(&mut self, expr: &Expr, name: &Expr, environment: &Environment<'a>) -> Out<'a> {
        let out = self.infer(name, environment);
        match shape::one_text(&out.ty) {
            Some(format) => {
                let formatted = self.format(format, expr.span, environment);
                let count = out.count.times(formatted.count);
                Out { ty: formatted.ty, count, fails: out.fails.or(formatted.fails) }
            }
            None => {
                let reason = Rc::from("the format is not known before");
                let fails = out.fails.or(Some(Failure { span: name.span, reason }));
                Out { ty: Type::text(), count: out.count, fails }
            }
        }
    }

    /// Functions of regular expressions (jq's manual, "Regular expressions").
    fn of_pattern(
        &mut self,
        expr: &Expr,
        primitive: Primitive,
        arguments: &[Expr],
        environment: &Environment<'a>,
    ) -> Out<'a> {
        let input = Expr { kind: Kind::Identity, span: expr.span };
        let why = "and only a string can be searched";
        let need = Need { expr: &input, takes: &[Sort::Text], why, instead: "\"\"" };
        let text = self.need(&need, &environment.input, environment);
        let mut fails = text.fails.clone();
        let is_replacing = matches!(primitive, Primitive::Sub | Primitive::SubAll);
        let mut count = Count::ONE;
        let mut pattern = None;
        let mut flags = Some(String::new());
        for (position, argument) in arguments.iter().enumerate() {
            if is_replacing && position == 1 {
                continue;
            }
            let out = self.infer(argument, environment);
            count = count.times(out.count);
            fails = fails.or(out.fails);
            let known = shape::one_text(&out.ty).map(str::to_owned);
            match position {
                0 => pattern = known,
                _ => flags = known,
            }
        }
        if text.ty.is_never() {
            return Out { ty: Type::never(), count, fails };
        }
        let may_repeat = flags.as_deref().is_none_or(|flags| flags.contains('g')) || pattern.is_none();
        let groups = patterns::groups(pattern.as_deref(), flags.as_deref());
        if pattern.is_none() {
            let reason = Rc::from("the pattern is not known before");
            fails = fails.or(Some(Failure { span: expr.span, reason }));
        }
        let found = Count { some: false, many: may_repeat };
        let (ty, each) = match primitive {
            Primitive::Match => (patterns::match_type(), found),
            Primitive::Capture => (patterns::capture_type(groups.as_ref()), found),
            Primitive::Scan => (patterns::scan_type(groups.as_ref()), Count::ANY),
            Primitive::Split => (Type::array_of(Type::text()), Count::ONE),
            Primitive::Splits => (Type::text(), Count::SOME),
            Primitive::Sub | Primitive::SubAll => {
                let captures = patterns::capture_type(groups.as_ref());
                let replacement = arguments.get(1);
                let out = replacement.map(|by| self.replacement(by, captures, environment));
                let out = out.unwrap_or_else(|| Out::one(Type::text()));
                fails = fails.or(out.fails);
                // Where nothing is found, the text comes out as it is.
                (Type::text(), Count { some: out.count.some, many: out.count.many })
            }
            _ => (Type::boolean(), Count::ONE),
        };
        Out { ty, count: count.times(each), fails }
    }

    fn replacement(&mut self, by: &Expr, captures: Type<'a>, environment: &Environment<'a>) -> Out<'a> {
        let inside = environment.on(captures, "the captures".into());
        let out = self.infer(by, &inside);
        if out.ty.is_never() {
            return out;
        }
        let why = "and what is put in is a string";
        let need = Need { expr: by, takes: &[Sort::Text], why, instead: "\"\"" };
        let left = self.need(&need, &out.ty, &inside);
        Out { ty: left.ty, count: out.count, fails: out.fails.or(left.fails) }
    }

    /// `with_entries(f)` on objects whose fields are known: each field by itself. `None`: by what it
    /// stands for.
    pub(super) fn with_entries(
        &mut self,
        expr: &Expr,
        update: &Expr,
        environment: &Environment<'a>,
    ) -> Option<Out<'a>> {
        let input = Rc::clone(&environment.input);
        let is_plain = shape::sorts(&input).all(|sort| sort == Sort::Object) && !input.is_unknown();
        if !is_plain || input.objects.len() > 4 || input.is_never() || self.settling > 1 {
            return None;
        }
        self.settling += 1;
        let all = self.each_entry(&input, update, environment);
        // What is wrong is said once, of any entry, and not for each field.
        let longer = self.sugared(expr, "with_entries", std::slice::from_ref(update));
        let whole = longer.map(|longer| self.in_sugar(expr.span, |walk| walk.infer(&longer, environment)));
        self.settling -= 1;
        let (whole, all) = (whole?, all);
        match all {
            Some(ty) if !whole.ty.is_unknown() => Some(Out { ty, ..whole }),
            _ => Some(whole),
        }
    }

    /// What becomes of objects whose entries are changed one by one; `None`: it cannot be told.
    fn each_entry(
        &mut self,
        input: &Type<'a>,
        update: &Expr,
        environment: &Environment<'a>,
    ) -> Option<Type<'a>> {
        let mut all = Type::never();
        for object in &input.objects {
            let mut building = Building::default();
            let known = object.fields.iter().map(|(name, field)| (Some(name), field.clone()));
            let rest = object.rest.iter().map(|rest| (None, Field::optional(rest.clone())));
            for (name, field) in known.chain(rest) {
                let key = name.map_or_else(Type::text, |name| shape::text_constant(name));
                let entry =
                    Type::record([(Rc::from("key"), key), (Rc::from("value"), (*field.value.get()).clone())]);
                let inside = environment.on(entry, "the entry".into());
                let out = self.silently(|walk| walk.infer(update, &inside));
                let is_plain = shape::sorts(&out.ty).all(|sort| sort == Sort::Object);
                if !is_plain || out.ty.is_unknown() {
                    return None;
                }
                for made in &out.ty.objects {
                    let alone = Type { objects: vec![Rc::clone(made)], ..Type::default() };
                    let (key, value) = (fields::field(&alone, "key").ty, fields::field(&alone, "value").ty);
                    if shape::sorts(&key).any(|sort| sort != Sort::Text) || key.is_unknown() {
                        return None;
                    }
                    let is_certain = field.is_certain() && out.count.some && out.ty.objects.len() == 1;
                    building.add(&key, value, is_certain);
                }
            }
            all = shape::union(&all, &building.finish());
        }
        Some(all)
    }
}

/// What `path` gives: names, numbers, and the bounds of slices.
pub(super) fn path_type<'a>() -> Type<'a> {
    let bound = || Type::number().or_null();
    let slice = Type::record([(Rc::from("start"), bound()), (Rc::from("end"), bound())]);
    Type::array_of(shape::union(&shape::union(&Type::text(), &Type::number()), &slice))
}
