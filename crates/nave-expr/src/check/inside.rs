//! Changes inside a type: what becomes of it where one field, one item, or everything in it changes.

use std::rc::Rc;

use nave_model::fault::codes;

use crate::check::change::{After, Changed, Use};
use crate::check::fields;
use crate::check::shape::{self, Sort};
use crate::check::steps::is_all;
use crate::check::walk::{Out, Walk};
use crate::check::{Failure, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::types::{Array, Field, Lazy, Object, Type};

/// A change one step further in.
pub(super) struct Change<'c, 'a> {
    /// What is made of what stands there.
    pub(super) make: &'c dyn Fn(&mut Walk<'a>, &Type<'a>) -> Changed<'a>,
    /// The step.
    pub(super) span: Span,
}

/// Items behind this one are not told apart.
const MOST_ITEMS: usize = 64;

/// `.name`
pub(super) fn field<'a>(
    walk: &mut Walk<'a>,
    ty: &Type<'a>,
    name: &str,
    change: &Change<'_, 'a>,
) -> After<'a> {
    if let Some(after) = unknown(walk, ty, change) {
        return after;
    }
    let wrong = refuse(walk, ty, &[Sort::Null, Sort::Object], "has no fields", change);
    let mut all = Changed::default();
    if ty.null {
        let made = (change.make)(walk, &Type::null());
        all = all.or(&of_null(&made, |value| Type::record([(Rc::from(name), value)])));
    }
    for object in &ty.objects {
        let old = fields::in_object(object, name).unwrap_or_else(Type::null);
        let made = (change.make)(walk, &old);
        if let Some(object) = with_field(object, name, made) {
            all.ty = shape::union(&all.ty, &Type::object(object));
        }
    }
    ended(walk, all, wrong)
}

/// What becomes of null where something is set in it. What takes away or does nothing leaves it null.
fn of_null<'a>(made: &Changed<'a>, around: impl FnOnce(Type<'a>) -> Type<'a>) -> Changed<'a> {
    let stays = made.gone || made.skipped;
    let mut all = if made.ty.is_never() { Type::never() } else { around(made.ty.clone()) };
    all.null = stays;
    Changed { ty: all, gone: false, skipped: stays }
}

fn with_field<'a>(object: &Rc<Object<'a>>, name: &str, made: Changed<'a>) -> Option<Object<'a>> {
    let mut object = (**object).clone();
    if made.ty.is_never() {
        object.fields.shift_remove(name);
        return made.gone.then_some(object);
    }
    let was_certain = object.fields.get(name).is_some_and(Field::is_certain);
    let value = Lazy::known(made.ty);
    let field = object.fields.entry(name.into()).or_insert_with(|| Field::required(value.clone()));
    field.value = value;
    field.required = !made.gone && (was_certain || !made.skipped);
    field.write_only = false;
    Some(object)
}

/// `.[]`
pub(super) fn each<'a>(walk: &mut Walk<'a>, ty: &Type<'a>, change: &Change<'_, 'a>) -> After<'a> {
    if let Some(after) = unknown(walk, ty, change) {
        return after;
    }
    let wrong = refuse(walk, ty, &[Sort::Array, Sort::Object], "has no items", change);
    let mut all = Type::never();
    if let Some(array) = &ty.arrays {
        all = shape::union(&all, &Type::array(all_items(walk, array, change)));
    }
    for object in &ty.objects {
        let mut object = (**object).clone();
        let names: Vec<Rc<str>> = object.fields.keys().cloned().collect();
        for name in names {
            let Some(field) = object.fields.get(&name).cloned() else { continue };
            let made = (change.make)(walk, &field.value.get());
            if made.ty.is_never() {
                object.fields.shift_remove(&name);
                continue;
            }
            let required = field.is_certain() && !made.gone;
            let field = Field { value: Lazy::known(made.ty), required, write_only: false, ..field };
            object.fields.insert(name, field);
        }
        object.rest = object.rest.as_ref().and_then(|rest| {
            let made = (change.make)(walk, &rest.get());
            (!made.ty.is_never()).then(|| Lazy::known(made.ty))
        });
        object.name = None;
        all = shape::union(&all, &Type::object(object));
    }
    ended(walk, Changed::to(all), wrong)
}

fn all_items<'a>(walk: &mut Walk<'a>, array: &Array<'a>, change: &Change<'_, 'a>) -> Array<'a> {
    if array.first.is_empty() || array.first.len() > 16 {
        let made = (change.make)(walk, &fields::items(array));
        let least = if made.gone { 0 } else { array.least };
        return Array { first: Vec::new(), rest: Lazy::known(made.ty), least, most: array.most };
    }
    let mut gone = false;
    let mut first = Vec::new();
    for item in &array.first {
        let made = (change.make)(walk, &item.get());
        gone |= made.gone;
        first.push(Lazy::known(made.ty));
    }
    let known = u64::try_from(array.first.len()).unwrap_or(u64::MAX);
    let rest = if array.most.is_some_and(|most| most <= known) {
        Lazy::known(Type::never())
    } else {
        let made = (change.make)(walk, &array.rest.get());
        gone |= made.gone;
        Lazy::known(made.ty)
    };
    if gone {
        // What goes moves the others up.
        let rest = Lazy::any(first.into_iter().chain([rest]));
        return Array { first: Vec::new(), rest, least: 0, most: array.most };
    }
    Array { first, rest, ..array.clone() }
}

/// `.[index]`
pub(super) fn index<'a>(
    walk: &mut Walk<'a>,
    ty: &Type<'a>,
    by: &Type<'a>,
    change: &Change<'_, 'a>,
) -> After<'a> {
    if let Some(after) = unknown(walk, ty, change) {
        let is_plain = shape::sorts(by).all(|sort| sort == Sort::Text) && !by.is_unknown();
        if !is_plain && shape::one_number(by).is_none_or(|number| number < 0.0) {
            walk.cannot_set(after.1.clone());
        }
        return after;
    }
    if by.is_unknown() {
        let fails = walk.matters(by, change.span);
        walk.cannot_set(fails.clone());
        return (Changed::not(&Type::anything("a computed index may lead anywhere")), fails);
    }
    let mut all = Changed::default();
    let mut fails = None;
    for sort in shape::sorts(by) {
        let (after, failed) = match sort {
            Sort::Text => match shape::one_text(by) {
                Some(name) => field(walk, ty, name, change),
                None => some_field(walk, ty, change),
            },
            Sort::Number => item(walk, ty, shape::one_number(by), change),
            Sort::Object => slice(walk, ty, change),
            Sort::Null | Sort::False | Sort::True | Sort::Array => {
                let message = format!("an index may be {}, where nothing can be set", sort.words());
                let error = Diagnostic::error(codes::EXPRESSION_TYPE, change.span, message);
                (Changed::default(), Some(walk.may_not_set(error)))
            }
        };
        all = all.or(&after);
        fails = fails.or(failed);
    }
    if all.ty.is_never() && fails.is_some() && !walk.is_guarded() {
        return (Changed::to(Out::broken(None).ty), fails);
    }
    (all, fails)
}

/// `.[name]`, where the name may be any.
fn some_field<'a>(walk: &mut Walk<'a>, ty: &Type<'a>, change: &Change<'_, 'a>) -> After<'a> {
    let wrong = refuse(walk, ty, &[Sort::Null, Sort::Object], "has no fields", change);
    let mut all = Changed::default();
    if ty.null {
        let made = (change.make)(walk, &Type::null());
        all = all.or(&of_null(&made, Type::map_of));
    }
    for object in &ty.objects {
        let alone = Type { objects: vec![Rc::clone(object)], ..Type::default() };
        let old = fields::any_field(&alone).ty;
        let made = (change.make)(walk, &old);
        let made_lazy = Lazy::known(made.ty);
        let mut object = (**object).clone();
        for field in object.fields.values_mut() {
            field.required &= !made.gone;
            field.value = Lazy::any([field.value.clone(), made_lazy.clone()]);
        }
        object.rest = Some(Lazy::any(object.rest.clone().into_iter().chain([made_lazy])));
        (object.closed, object.name) = (false, None);
        all.ty = shape::union(&all.ty, &Type::object(object));
    }
    ended(walk, all, wrong)
}

/// `.[number]`
fn item<'a>(walk: &mut Walk<'a>, ty: &Type<'a>, index: Option<f64>, change: &Change<'_, 'a>) -> After<'a> {
    let wrong = refuse(walk, ty, &[Sort::Null, Sort::Array], "has no numbered items", change);
    let mut fails = None;
    let mut all = Changed::default();
    let empty =
        Rc::new(Array { first: Vec::new(), rest: Lazy::known(Type::never()), least: 0, most: Some(0) });
    let arrays = ty.null.then_some((empty, true)).into_iter();
    for (array, is_null) in arrays.chain(ty.arrays.iter().map(|array| (Rc::clone(array), false))) {
        let alone = Type { arrays: Some(Rc::clone(&array)), ..Type::default() };
        let old = fields::item(&alone, index).ty;
        let made = (change.make)(walk, &old);
        if is_null && (made.gone || made.skipped) {
            all = all.or(&Changed::not(&Type::null()));
        }
        let position = index.and_then(fields::whole);
        let is_inside = match position {
            Some(position) if position < 0 => position.unsigned_abs() <= array.least,
            Some(_) => true,
            None => false,
        };
        if !is_inside && matches!(walk.used(), Use::Set | Use::Read) {
            let reason = Rc::from("an item before the first cannot be set");
            let failure = Failure { span: change.span, reason };
            walk.cannot_set(Some(failure.clone()));
            fails = fails.or(Some(failure));
        }
        if made.ty.is_never() && !made.gone {
            continue;
        }
        all.ty = shape::union(&all.ty, &Type::array(with_item(&array, position, made)));
    }
    let (all, wrong) = ended(walk, all, wrong);
    (all, wrong.or(fails))
}

fn with_item<'a>(array: &Array<'a>, position: Option<i64>, made: Changed<'a>) -> Array<'a> {
    let at = position.and_then(|position| usize::try_from(position).ok()).filter(|at| *at < MOST_ITEMS);
    let count = at.and_then(|at| u64::try_from(at).ok());
    let may_stay = made.gone || made.skipped;
    if let (Some(at), Some(count), false) = (at, count, may_stay)
        && array.least >= count
    {
        // No gap is filled with nulls.
        let mut known = array.clone();
        while known.first.len() <= at {
            known.first.push(known.rest.clone());
        }
        if let Some(slot) = known.first.get_mut(at) {
            *slot = Lazy::known(made.ty);
        }
        known.least = known.least.max(count + 1);
        known.most = known.most.map(|most| most.max(count + 1));
        return known;
    }
    let null = Lazy::known(Type::null());
    let rest = Lazy::any([array.items(), Lazy::known(made.ty), null]);
    let least = match (made.gone, count) {
        (true, _) => array.least.saturating_sub(1),
        (false, Some(count)) if !made.skipped => array.least.max(count + 1),
        (false, _) => array.least,
    };
    let most = match count {
        Some(count) => array.most.map(|most| most.max(count + 1)),
        None => None,
    };
    Array { first: Vec::new(), rest, least, most }
}

/// `.[from:to]`
pub(super) fn slice<'a>(walk: &mut Walk<'a>, ty: &Type<'a>, change: &Change<'_, 'a>) -> After<'a> {
    if let Some(after) = unknown(walk, ty, change) {
        walk.cannot_set(after.1.clone());
        return after;
    }
    if ty.texts.is_some() && walk.may_miss() && walk.used() != Use::Look {
        // A part of a text is found, and yet cannot be set.
        let message = "this may be a string, and no part of a string can be set";
        walk.may_not_set(Diagnostic::error(codes::EXPRESSION_TYPE, change.span, message));
    }
    let wrong = refuse(walk, ty, &[Sort::Null, Sort::Array], "cannot be cut", change);
    let old = fields::slice(&shape::keep(ty, |sort| matches!(sort, Sort::Null | Sort::Array))).ty;
    let made = (change.make)(walk, &old);
    let mut fails = wrong;
    let mut others = shape::keep(&made.ty, |sort| sort != Sort::Array);
    if made.skipped && others.null && matches!(walk.used(), Use::Set | Use::Read) {
        // It may be the null that is left alone, and is not set then.
        let reason = Rc::from("a part of a list can only become a list, and this may be null");
        walk.cannot_set(Some(Failure { span: change.span, reason }));
        others.null = false;
    }
    if !others.is_never() && matches!(walk.used(), Use::Set | Use::Read) {
        let message =
            format!("a part of a list can only become a list, and this may be {}", words::kinds(&others));
        let error = Diagnostic::error(codes::EXPRESSION_TYPE, change.span, message);
        let failed = walk.may_not_set(error);
        fails = fails.or(Some(failed));
    }
    let before = ty.arrays.as_ref().map(|array| array.items());
    let new = made.ty.arrays.as_ref().map(|array| array.items());
    let rest = Lazy::any(before.into_iter().chain(new));
    let mut all = Changed::to(Type::array(Array { first: Vec::new(), rest, least: 0, most: None }));
    if ty.null && (made.gone || made.skipped) {
        all = all.or(&Changed::not(&Type::null()));
    }
    (all, fails)
}

/// A change somewhere in what nothing is known of.
fn unknown<'a>(walk: &mut Walk<'a>, ty: &Type<'a>, change: &Change<'_, 'a>) -> Option<After<'a>> {
    if !ty.is_unknown() {
        return ty.is_never().then(|| (Changed::default(), None));
    }
    let fails = walk.matters(ty, change.span);
    let _looked_at = (change.make)(walk, ty);
    Some((Changed::not(ty), fails))
}

/// Reports sorts in which nothing can be changed.
fn refuse<'a>(
    walk: &mut Walk<'a>,
    ty: &Type<'a>,
    takes: &[Sort],
    lack: &str,
    change: &Change<'_, 'a>,
) -> Option<Failure> {
    let wrong = shape::keep(ty, |sort| !takes.contains(&sort));
    if wrong.is_never() {
        return None;
    }
    let kinds = words::kinds(&wrong);
    if is_all(&wrong, ty) {
        let message = format!("this is {kinds} and {lack}");
        return Some(walk.always_fails(Diagnostic::error(codes::EXPRESSION_TYPE, change.span, message)));
    }
    let is_null = is_all(&Type::null(), &wrong);
    let code = if is_null { codes::MAPPING_NULL } else { codes::EXPRESSION_TYPE };
    let hint = is_null.then(|| "`?` behind it leaves null alone".to_owned());
    let message = format!("this may be {kinds}, which {lack}");
    Some(walk.may_fail(Diagnostic::error(code, change.span, message).hint(hint)))
}

/// What is left: where everything was refused nothing is known any more, unless that is caught.
fn ended<'a>(walk: &Walk<'a>, all: Changed<'a>, wrong: Option<Failure>) -> After<'a> {
    if all.ty.is_never() && wrong.is_some() && !walk.is_guarded() {
        return (Changed::to(Out::broken(None).ty), wrong);
    }
    (all, wrong)
}
