//! What arithmetic makes of two types (jq's manual, "Builtin operators and functions"): numbers are
//! calculated, texts and lists joined, objects merged.

use std::rc::Rc;

use indexmap::IndexMap;

use crate::ast::Operator;
use crate::check::fields;
use crate::check::shape::{self, Sort};
use crate::types::algebra::double;
use crate::types::{Array, Field, Lazy, Numbers, Object, Texts, Type};

/// What comes out of two types.
#[derive(Debug, Default)]
pub(super) struct Combined<'a> {
    /// What comes out where it works.
    pub(super) ty: Type<'a>,
    /// Pairs of sorts on which it does not.
    pub(super) wrong: Vec<(Sort, Sort)>,
    /// It may divide by zero.
    pub(super) zero: bool,
}

/// More joined constants than this are just any text.
const MOST_CONSTANTS: usize = 32;
/// More pairs of object alternatives than this are merged into one.
const MOST_ALTERNATIVES: usize = 16;
/// How deep `*` merges objects before nothing is known of the result.
const MOST_DEPTH: usize = 6;

/// What an arithmetic operator makes of two types.
pub(super) fn combine<'a>(operator: Operator, left: &Type<'a>, right: &Type<'a>) -> Combined<'a> {
    if left.is_unknown() || right.is_unknown() {
        return Combined { ty: of_unknown(operator, left, right), ..Combined::default() };
    }
    let mut combined = Combined::default();
    for one in shape::sorts(left) {
        for other in shape::sorts(right) {
            match pair(operator, left, right, (one, other)) {
                Some(ty) => combined.ty = shape::union(&combined.ty, &ty),
                None => combined.wrong.push((one, other)),
            }
        }
    }
    let divides = matches!(operator, Operator::Divide | Operator::Remainder);
    combined.zero = divides
        && left.numbers.is_some()
        && right.numbers.as_ref().is_some_and(|numbers| may_be_zero(operator, numbers));
    combined
}

fn pair<'a>(operator: Operator, left: &Type<'a>, right: &Type<'a>, sorts: (Sort, Sort)) -> Option<Type<'a>> {
    let numbers = || left.numbers.as_ref().zip(right.numbers.as_ref());
    let arrays = || left.arrays.as_ref().zip(right.arrays.as_ref());
    Some(match (operator, sorts.0, sorts.1) {
        (Operator::Add, Sort::Null, other) => shape::keep(right, |sort| sort == other),
        (Operator::Add, one, Sort::Null) => shape::keep(left, |sort| sort == one),
        (Operator::Add, Sort::Text, Sort::Text) => {
            let (one, other) = left.texts.as_ref().zip(right.texts.as_ref())?;
            Type { texts: Some(joined(one, other)), ..Type::default() }
        }
        (Operator::Add, Sort::Array, Sort::Array) => {
            let (one, other) = arrays()?;
            Type { arrays: Some(Rc::new(appended(one, other))), ..Type::default() }
        }
        (Operator::Add, Sort::Object, Sort::Object) => {
            merged(left, right, &|left, right| shallow(left, right))
        }
        (Operator::Multiply, Sort::Object, Sort::Object) => {
            merged(left, right, &|left, right| deep(left, right, 0))
        }
        (Operator::Subtract, Sort::Array, Sort::Array) => {
            let (one, _) = arrays()?;
            let left =
                Array { first: Vec::new(), rest: Lazy::known(fields::items(one)), least: 0, most: one.most };
            Type::array(left)
        }
        (Operator::Multiply, Sort::Text, Sort::Number) | (Operator::Multiply, Sort::Number, Sort::Text) => {
            Type::text().or_null()
        }
        (Operator::Divide, Sort::Text, Sort::Text) => Type::array_of(Type::text()),
        (_, Sort::Number, Sort::Number) => {
            let (one, other) = numbers()?;
            Type { numbers: Some(calculated(operator, one, other)), ..Type::default() }
        }
        _ => return None,
    })
}

/// What comes out where nothing is known of a side.
fn of_unknown<'a>(operator: Operator, left: &Type<'a>, right: &Type<'a>) -> Type<'a> {
    let unknown = if left.is_unknown() { left } else { right };
    let known = if left.is_unknown() { right } else { left };
    let why = unknown.unknown.as_ref().map_or_else(|| Rc::from(""), |unknown| Rc::clone(&unknown.why));
    let anything = Type::anything(why);
    match operator {
        Operator::Remainder => Type::integer(),
        Operator::Divide => shape::union(&Type::number(), &Type::array_of(Type::text())),
        Operator::Subtract => shape::union(&Type::number(), &Type::array_of(anything)),
        // Only its own sort, or null, can be added to it.
        Operator::Add if !known.is_unknown() && !known.null => {
            let mut sum = Type::never();
            for sort in shape::sorts(known) {
                sum = shape::union(
                    &sum,
                    &match sort {
                        Sort::Number => Type::number(),
                        Sort::Text => Type::text(),
                        Sort::Array => Type::array_of(anything.clone()),
                        Sort::Object => Type::map_of(anything.clone()),
                        Sort::Null | Sort::False | Sort::True => shape::keep(known, |other| other == sort),
                    },
                );
            }
            sum
        }
        _ => anything,
    }
}

/// `-numbers`
pub(super) fn negated<'a>(ty: &Type<'a>) -> Type<'a> {
    let numbers = ty.numbers.as_ref().map(|numbers| {
        let flip = |constant: &String| match constant.strip_prefix('-') {
            Some(positive) => positive.to_owned(),
            None if constant == "0" => constant.clone(),
            None => format!("-{constant}"),
        };
        Numbers {
            integer: numbers.integer,
            constants: numbers.constants.as_ref().map(|constants| constants.iter().map(flip).collect()),
            least: numbers.highest().map(|bound| -bound),
            most: numbers.lowest().map(|bound| -bound),
        }
    });
    Type { numbers, ..Type::default() }
}

fn calculated(operator: Operator, one: &Numbers, other: &Numbers) -> Numbers {
    let both = |a: Option<f64>, b: Option<f64>, calculate: fn(f64, f64) -> f64| {
        a.zip(b).map(|(a, b)| calculate(a, b)).filter(|bound| bound.is_finite())
    };
    let (least, most) = match operator {
        Operator::Add => (
            both(one.lowest(), other.lowest(), |a, b| a + b),
            both(one.highest(), other.highest(), |a, b| a + b),
        ),
        Operator::Subtract => (
            both(one.lowest(), other.highest(), |a, b| a - b),
            both(one.highest(), other.lowest(), |a, b| a - b),
        ),
        Operator::Multiply => {
            let not_negative = one.lowest().zip(other.lowest()).is_some_and(|(a, b)| a >= 0.0 && b >= 0.0);
            (
                both(one.lowest(), other.lowest(), |a, b| a * b).filter(|_| not_negative),
                both(one.highest(), other.highest(), |a, b| a * b).filter(|_| not_negative),
            )
        }
        _ => (None, None),
    };
    let integer = match operator {
        Operator::Divide => false,
        Operator::Remainder => true,
        _ => one.integer && other.integer,
    };
    Numbers { integer, constants: None, least, most }
}

fn may_be_zero(operator: Operator, numbers: &Numbers) -> bool {
    // `%` cuts its sides down to whole numbers first.
    let smallest = if operator == Operator::Remainder { 1.0 } else { f64::MIN_POSITIVE };
    let is_small = |constant: &String| double(constant).is_some_and(|number| number.abs() < smallest);
    match &numbers.constants {
        Some(constants) => constants.iter().any(is_small),
        None => {
            numbers.least.is_none_or(|least| least < smallest)
                && numbers.most.is_none_or(|most| most > -smallest)
        }
    }
}

fn joined(one: &Texts, other: &Texts) -> Texts {
    let constants = one.constants.as_ref().zip(other.constants.as_ref());
    let constants = constants.filter(|(a, b)| a.len().saturating_mul(b.len()) <= MOST_CONSTANTS);
    let constants = constants.map(|(a, b)| {
        let mut all: Vec<String> = Vec::new();
        for text in a.iter().flat_map(|a| b.iter().map(move |b| format!("{a}{b}"))) {
            if !all.contains(&text) {
                all.push(text);
            }
        }
        Rc::from(all)
    });
    Texts {
        constants,
        format: None,
        least: one.shortest().saturating_add(other.shortest()),
        most: one.longest().zip(other.longest()).map(|(a, b)| a.saturating_add(b)),
        pattern: None,
    }
}

/// The items of one list behind those of another.
pub(super) fn appended<'a>(one: &Array<'a>, other: &Array<'a>) -> Array<'a> {
    let least = one.least.saturating_add(other.least);
    let most = one.most.zip(other.most).map(|(a, b)| a.saturating_add(b));
    let known = u64::try_from(one.first.len()).unwrap_or(u64::MAX);
    // Where the first list has a known length, the items of the second stand at known places.
    if one.most == Some(one.least) && known == one.least && one.first.len() + other.first.len() <= 64 {
        let first = one.first.iter().chain(&other.first).cloned().collect();
        return Array { first, rest: other.rest.clone(), least, most };
    }
    let rest = Lazy::any([one.items(), other.items()]);
    Array { first: Vec::new(), rest, least, most }
}

type Merge<'m, 'a> = &'m dyn Fn(&Object<'a>, &Object<'a>) -> Object<'a>;

fn merged<'a>(left: &Type<'a>, right: &Type<'a>, merge: Merge<'_, 'a>) -> Type<'a> {
    if left.objects.len().saturating_mul(right.objects.len()) > MOST_ALTERNATIVES {
        let values = |ty: &Type<'a>| {
            ty.objects
                .iter()
                .fold(Type::never(), |all, object| shape::union(&all, &fields::values_of(object)))
        };
        return Type::map_of(shape::union(&values(left), &values(right)));
    }
    let mut all = Type::never();
    for one in &left.objects {
        for other in &right.objects {
            all = shape::union(&all, &Type::object(merge(one, other)));
        }
    }
    all
}

/// `left + right`: the right one's fields win.
pub(super) fn shallow<'a>(left: &Object<'a>, right: &Object<'a>) -> Object<'a> {
    merge_fields(left, right, &|_, right| right.clone())
}

/// `left * right`: where both have an object, those are merged too.
fn deep<'a>(left: &Object<'a>, right: &Object<'a>, depth: usize) -> Object<'a> {
    merge_fields(left, right, &|one, other| {
        let (old, new) = (one.get(), other.get());
        let is_none = |ty: &Type<'_>| ty.objects.is_empty() && !ty.is_unknown();
        if is_none(&old) || is_none(&new) {
            return other.clone();
        }
        if depth >= MOST_DEPTH || old.is_unknown() || new.is_unknown() {
            return Lazy::known(Type::anything("`*` merges objects too deeply to follow"));
        }
        let inner = merged(&old, &new, &|old, new| deep(old, new, depth + 1));
        Lazy::known(shape::union(&new, &inner))
    })
}

type Both<'m, 'a> = &'m dyn Fn(&Lazy<'a>, &Lazy<'a>) -> Lazy<'a>;

fn merge_fields<'a>(left: &Object<'a>, right: &Object<'a>, both: Both<'_, 'a>) -> Object<'a> {
    let mut all: IndexMap<Rc<str>, Field<'a>> = IndexMap::new();
    for (name, field) in &left.fields {
        let mut field = Field { required: field.is_certain(), write_only: false, ..field.clone() };
        if !right.fields.contains_key(name)
            && let Some(rest) = &right.rest
        {
            field.value = Lazy::any([field.value.clone(), both(&field.value, rest)]);
        }
        all.insert(Rc::clone(name), field);
    }
    for (name, field) in &right.fields {
        let is_certain = field.is_certain();
        let under = all.get(name).cloned();
        let behind = under.as_ref().map(|under| under.value.clone()).or_else(|| left.rest.clone());
        let value = match &behind {
            None => field.value.clone(),
            // Where the left has it for certain, it is merged; else it may as well be the right's own.
            Some(old) if under.as_ref().is_some_and(|under| under.required) && is_certain => {
                both(old, &field.value)
            }
            Some(old) if is_certain => Lazy::any([field.value.clone(), both(old, &field.value)]),
            Some(old) => Lazy::any([old.clone(), field.value.clone(), both(old, &field.value)]),
        };
        let required = is_certain || under.is_some_and(|under| under.required);
        all.insert(Rc::clone(name), Field { value, required, write_only: false, ..field.clone() });
    }
    let rest = match (&left.rest, &right.rest) {
        (None, None) => None,
        (Some(one), Some(other)) => Some(Lazy::any([one.clone(), other.clone(), both(one, other)])),
        (Some(rest), None) | (None, Some(rest)) => Some(rest.clone()),
    };
    Object { name: None, fields: all, rest, closed: left.closed && right.closed }
}
