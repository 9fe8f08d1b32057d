//! Taking possibilities away from types: what remains of a value that is known to be a text, not null, or
//! equal to something. Making types and comparing them with a target is left to `types`.

use std::rc::Rc;

use nave_model::Decimal;

use crate::types::algebra::double;
use crate::types::{Array, Booleans, Numbers, Object, Texts, Type};

/// The sorts of values, in jq's order (jq's manual, "sort").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// `null`
    Null,
    /// `false`
    False,
    /// `true`
    True,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Sort {
    /// Every sort.
    pub(super) const ALL: [Sort; 7] =
        [Sort::Null, Sort::False, Sort::True, Sort::Number, Sort::Text, Sort::Array, Sort::Object];

    /// What jq's `type` calls it.
    pub(super) fn jq_name(self) -> &'static str {
        match self {
            Sort::Null => "null",
            Sort::False | Sort::True => "boolean",
            Sort::Number => "number",
            Sort::Text => "string",
            Sort::Array => "array",
            Sort::Object => "object",
        }
    }

    /// What it is called in a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Sort::Null => "null",
            Sort::False | Sort::True => "a boolean",
            Sort::Number => "a number",
            Sort::Text => "a string",
            Sort::Array => "a list",
            Sort::Object => "an object",
        }
    }
}

/// Whether a value of this type may be of this sort.
pub(super) fn has(ty: &Type<'_>, sort: Sort) -> bool {
    ty.unknown.is_some()
        || match sort {
            Sort::Null => ty.null,
            Sort::False => ty.booleans.no,
            Sort::True => ty.booleans.yes,
            Sort::Number => ty.numbers.is_some(),
            Sort::Text => ty.texts.is_some(),
            Sort::Array => ty.arrays.is_some(),
            Sort::Object => !ty.objects.is_empty(),
        }
}

/// The sorts a value of this type may be of.
pub(super) fn sorts(ty: &Type<'_>) -> impl Iterator<Item = Sort> {
    Sort::ALL.into_iter().filter(|sort| has(ty, *sort))
}

/// The same without the sorts that are not kept. What is unknown stays so where only `null` and booleans
/// are taken away, because no type says "anything but".
pub(super) fn keep<'a>(ty: &Type<'a>, keeps: impl Fn(Sort) -> bool) -> Type<'a> {
    let mut kept = Type {
        null: ty.null && keeps(Sort::Null),
        booleans: Booleans {
            yes: ty.booleans.yes && keeps(Sort::True),
            no: ty.booleans.no && keeps(Sort::False),
        },
        numbers: ty.numbers.clone().filter(|_| keeps(Sort::Number)),
        texts: ty.texts.clone().filter(|_| keeps(Sort::Text)),
        arrays: ty.arrays.clone().filter(|_| keeps(Sort::Array)),
        objects: if keeps(Sort::Object) { ty.objects.clone() } else { Vec::new() },
        unknown: None,
    };
    let Some(unknown) = &ty.unknown else { return kept };
    if [Sort::Number, Sort::Text, Sort::Array, Sort::Object].into_iter().all(&keeps) {
        kept.unknown = Some(unknown.clone());
        return kept;
    }
    let anything = Type::anything(unknown.why.clone());
    for sort in Sort::ALL.into_iter().filter(|sort| keeps(*sort)) {
        match sort {
            Sort::Null => kept.null = true,
            Sort::False => kept.booleans.no = true,
            Sort::True => kept.booleans.yes = true,
            Sort::Number => kept.numbers = Some(Numbers::default()),
            Sort::Text => kept.texts = Some(Texts::default()),
            Sort::Array => kept.arrays = Type::array_of(anything.clone()).arrays,
            Sort::Object => kept.objects = Type::object(open(anything.clone())).objects,
        }
    }
    kept
}

/// Either of two.
pub(super) fn union<'a>(a: &Type<'a>, b: &Type<'a>) -> Type<'a> {
    a.union(b)
}

/// Exactly `true`, or exactly `false`.
pub(super) fn bool_constant<'a>(value: bool) -> Type<'a> {
    Type { booleans: Booleans { yes: value, no: !value }, ..Type::default() }
}

/// Exactly this text.
pub(super) fn text_constant<'a>(text: &str) -> Type<'a> {
    Type::one_of(&[text])
}

/// Exactly this number, as it is written in an expression.
pub(super) fn number_constant<'a>(written: &str) -> Type<'a> {
    let Some(decimal) = Decimal::parse(written) else { return Type::number() };
    let constants: Rc<[String]> = [decimal.to_string()].into_iter().collect();
    let numbers = Numbers { integer: decimal.is_whole(), constants: Some(constants), ..Numbers::default() };
    Type { numbers: Some(numbers), ..Type::default() }
}

/// What `$__loc__` gives.
pub(super) fn location<'a>() -> Type<'a> {
    Type::record([(Rc::from("file"), Type::text()), (Rc::from("line"), Type::integer())])
}

/// An object of any fields whose values are all of one type.
pub(super) fn open<'a>(values: Type<'a>) -> Object<'a> {
    Object { rest: Some(crate::types::Lazy::known(values)), ..Object::default() }
}

/// Everything but `null` and `false`.
pub(super) fn truthy<'a>(ty: &Type<'a>) -> Type<'a> {
    keep(ty, |sort| sort > Sort::False)
}

/// `null` and `false` alone.
pub(super) fn falsy<'a>(ty: &Type<'a>) -> Type<'a> {
    keep(ty, |sort| sort <= Sort::False)
}

/// Whether it can be `null` or `false`.
pub(super) fn may_be_falsy(ty: &Type<'_>) -> bool {
    has(ty, Sort::Null) || has(ty, Sort::False)
}

/// Whether it can be anything else.
pub(super) fn may_be_truthy(ty: &Type<'_>) -> bool {
    ty.unknown.is_some() || sorts(ty).any(|sort| sort > Sort::False)
}

/// What a value of `ty` may be that equals a value of `other`.
pub(super) fn equal<'a>(ty: &Type<'a>, other: &Type<'a>) -> Type<'a> {
    if other.unknown.is_some() {
        return ty.clone();
    }
    if ty.unknown.is_some() {
        return other.clone();
    }
    Type {
        null: ty.null && other.null,
        booleans: Booleans {
            yes: ty.booleans.yes && other.booleans.yes,
            no: ty.booleans.no && other.booleans.no,
        },
        numbers: ty.numbers.as_ref().zip(other.numbers.as_ref()).and_then(|(a, b)| equal_numbers(a, b)),
        texts: ty.texts.as_ref().zip(other.texts.as_ref()).and_then(|(a, b)| equal_texts(a, b)),
        arrays: ty.arrays.clone().filter(|_| other.arrays.is_some()),
        objects: if other.objects.is_empty() { Vec::new() } else { ty.objects.clone() },
        unknown: None,
    }
}

fn equal_numbers(a: &Numbers, b: &Numbers) -> Option<Numbers> {
    let Some(constants) = b.constants.as_ref().or(a.constants.as_ref()) else {
        let apart = |below: &Numbers, above: &Numbers| {
            below.most.zip(above.least).is_some_and(|(most, least)| most < least)
        };
        return (!apart(a, b) && !apart(b, a)).then(|| a.clone());
    };
    let fits = |numbers: &Numbers, constant: &String| match &numbers.constants {
        Some(constants) => constants.contains(constant),
        None => double(constant).is_some_and(|value| {
            numbers.least.is_none_or(|least| value >= least) && numbers.most.is_none_or(|most| value <= most)
        }),
    };
    let both: Rc<[String]> =
        constants.iter().filter(|constant| fits(a, constant) && fits(b, constant)).cloned().collect();
    (!both.is_empty()).then(|| Numbers { constants: Some(both), ..a.clone() })
}

fn equal_texts(a: &Texts, b: &Texts) -> Option<Texts> {
    let Some(constants) = b.constants.as_ref().or(a.constants.as_ref()) else { return Some(a.clone()) };
    let fits = |texts: &Texts, constant: &String| match &texts.constants {
        Some(constants) => constants.contains(constant),
        None => {
            let length = u64::try_from(constant.chars().count()).unwrap_or(u64::MAX);
            length >= texts.least && texts.most.is_none_or(|most| length <= most)
        }
    };
    let both: Rc<[String]> =
        constants.iter().filter(|constant| fits(a, constant) && fits(b, constant)).cloned().collect();
    (!both.is_empty()).then(|| Texts { constants: Some(both), ..a.clone() })
}

/// Whether exactly one value is of this type.
pub(super) fn is_one_value(ty: &Type<'_>) -> bool {
    let one = |constants: Option<&Rc<[String]>>| match constants {
        Some(constants) => constants.len(),
        None => 2,
    };
    let numbers = ty.numbers.as_ref().map_or(0, |numbers| one(numbers.constants.as_ref()));
    let texts = ty.texts.as_ref().map_or(0, |texts| one(texts.constants.as_ref()));
    let booleans = usize::from(ty.booleans.yes) + usize::from(ty.booleans.no);
    ty.unknown.is_none()
        && ty.arrays.is_none()
        && ty.objects.is_empty()
        && usize::from(ty.null) + booleans + numbers + texts == 1
}

/// What a value of `ty` may be that differs from the one value of `other`.
pub(super) fn different<'a>(ty: &Type<'a>, other: &Type<'a>) -> Type<'a> {
    if !is_one_value(other) {
        return ty.clone();
    }
    let without = |constants: &Rc<[String]>, gone: Option<&Rc<[String]>>| -> Rc<[String]> {
        let gone = gone.and_then(|gone| gone.first());
        constants.iter().filter(|constant| Some(*constant) != gone).cloned().collect()
    };
    let gone_numbers = other.numbers.as_ref().and_then(|numbers| numbers.constants.as_ref());
    let gone_texts = other.texts.as_ref().and_then(|texts| texts.constants.as_ref());
    let mut left = ty.clone();
    left.null &= !other.null;
    left.booleans.yes &= !other.booleans.yes;
    left.booleans.no &= !other.booleans.no;
    if let Some(Numbers { constants: Some(constants), .. }) = &mut left.numbers {
        *constants = without(constants, gone_numbers);
    }
    if let Some(Texts { constants: Some(constants), .. }) = &mut left.texts {
        *constants = without(constants, gone_texts);
    }
    let some = |constants: Option<&Rc<[String]>>| constants.is_none_or(|constants| !constants.is_empty());
    left.numbers = left.numbers.filter(|numbers| some(numbers.constants.as_ref()));
    left.texts = left.texts.filter(|texts| some(texts.constants.as_ref()));
    left
}

/// The same without texts and lists that are empty, and without `null`: what has a length above 0.
pub(super) fn not_empty<'a>(ty: &Type<'a>) -> Type<'a> {
    let mut left = keep(ty, |sort| sort != Sort::Null);
    if let Some(texts) = &mut left.texts {
        texts.least = texts.least.max(1);
    }
    if let Some(array) = &left.arrays
        && array.least == 0
    {
        left.arrays = Some(Rc::new(Array { least: 1, ..(**array).clone() }));
    }
    left.arrays = left.arrays.filter(|array| array.most != Some(0));
    left
}

/// The texts a value may be, where they are all known.
pub(super) fn text_constants<'t>(ty: &'t Type<'_>) -> Option<&'t [String]> {
    ty.texts.as_ref().and_then(|texts| texts.constants.as_deref())
}

/// The one text it is, where nothing else is possible.
pub(super) fn one_text<'t>(ty: &'t Type<'_>) -> Option<&'t str> {
    if !is_one_value(ty) {
        return None;
    }
    text_constants(ty).and_then(|texts| texts.first()).map(String::as_str)
}

/// The one number it is, where nothing else is possible.
pub(super) fn one_number(ty: &Type<'_>) -> Option<f64> {
    if !is_one_value(ty) {
        return None;
    }
    ty.numbers
        .as_ref()
        .and_then(|numbers| numbers.constants.as_deref())?
        .first()
        .and_then(|text| double(text))
}
