//! References that lead nowhere or round in a circle: which they are, and which operations need them.
//! An optional field behind one is left out; an operation whose request needs one is refused; in
//! answers it is taken as anything.

use std::collections::{BTreeMap, BTreeSet};

use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{Fault, Problem};
use serde_json::{Map, Value};

use super::paths::Found;
use super::walk::{self, Step};
use crate::documents::parts::is_container;
use crate::documents::{Documents, Place, reference};

/// What is wrong with references, by the place of the object each stands in.
pub(super) type Broken = BTreeMap<Place, Fault>;

/// Takes optional fields whose schema is a broken reference out of their objects: nobody can say what
/// would be sent in them, and the rest of the object is as good as before. Each becomes a finding.
pub(super) fn leave_out_fields(documents: &mut Documents, broken: &mut Broken, findings: &mut Vec<Problem>) {
    broken.retain(|place, fault| {
        let tree = documents.all_mut().get_mut(place.document).and_then(|document| document.tree_mut());
        let left_out = tree.is_some_and(|tree| leave_out(tree, &place.pointer));
        if left_out {
            findings.push(finding(fault).hint("the field is left out"));
        }
        !left_out
    });
}

fn leave_out(tree: &mut Value, pointer: &str) -> bool {
    let Some((fields, name)) = pointer.rsplit_once('/') else { return false };
    let Some(owner) = fields.strip_suffix("/properties") else { return false };
    let name = crate::documents::unescape(name);
    let Some(Value::Object(schema)) = tree.pointer_mut(owner) else { return false };
    let required = schema.get("required").and_then(Value::as_array);
    if required.is_some_and(|required| required.iter().any(|field| *field == name)) {
        return false;
    }
    let Some(Value::Object(fields)) = schema.get_mut("properties") else { return false };
    // An object that declares no fields at all would take anything.
    fields.len() > 1 && fields.shift_remove(&name).is_some()
}

fn finding(fault: &Fault) -> Problem {
    let mut problem = Problem::new(fault.code, fault.at.clone().unwrap_or_default(), fault.message.clone());
    problem.hint.clone_from(&fault.hint);
    problem
}

/// Every reference that leads nowhere, outside, or round in a circle, schemas that contain
/// themselves through composition included.
pub(super) fn broken(documents: &Documents) -> Broken {
    let mut broken = Broken::new();
    let mut composed: BTreeMap<Place, Vec<(Place, Place)>> = BTreeMap::new();
    for (document, content) in documents.all().iter().enumerate() {
        let Some(tree) = content.tree() else { continue };
        walk::references(tree, &mut |path, _, text| {
            let site = || Place { document, pointer: walk::pointer("", path) };
            match leads_to(documents, document, text) {
                Err(fault) => {
                    let site = site();
                    let fault = said_better(documents, document, text, fault);
                    let fault = fault.with_at(documents.at(&site));
                    broken.insert(site, fault);
                }
                Ok(target) => {
                    if let Some(owner) = composition_owner(document, path) {
                        composed.entry(owner).or_default().push((site(), target));
                    }
                }
            }
        });
    }
    circles(documents, &composed, &mut broken);
    broken
}

fn leads_somewhere(documents: &Documents, document: usize, text: &str) -> bool {
    documents.target(document, text).is_ok_and(|target| documents.get(&target).is_some())
}

/// Where a reference leads, if following it and what is behind it ends at one thing.
fn leads_to(documents: &Documents, document: usize, text: &str) -> Result<Place, Fault> {
    let target = documents.target(document, text)?;
    let (end, _) = documents.follow(&target)?;
    if is_container(&end.pointer) {
        let message = format!("the reference `{text}` leads to a whole list of things, not to one");
        return Err(Fault::new(codes::REFERENCE_BROKEN, message));
    }
    Ok(target)
}

/// The fault of a reference that leads nowhere, with its text and the nearest right one.
fn said_better(documents: &Documents, document: usize, text: &str, fault: Fault) -> Fault {
    if fault.code != codes::REFERENCE_BROKEN || leads_somewhere(documents, document, text) {
        return fault;
    }
    let fault = Fault::new(fault.code, format!("the reference `{text}` leads nowhere"));
    let Ok(target) = documents.target(document, text) else { return fault };
    let Some((container, name)) = target.pointer.rsplit_once('/') else { return fault };
    let container = Place { document: target.document, pointer: container.to_owned() };
    let Some(Value::Object(members)) = documents.get(&container) else { return fault };
    match did_you_mean(&crate::documents::unescape(name), members.keys().map(String::as_str)) {
        Some(hint) => fault.with_hint(hint),
        None => fault,
    }
}

/// The schema a reference is composed into, by `allOf`, `oneOf` and so on or by standing there alone:
/// the nearest place above from which more than composition leads to the reference.
fn composition_owner(document: usize, path: &[Step<'_>]) -> Option<Place> {
    const COMPOSING: [&str; 7] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];
    let mut end = path.len();
    loop {
        match path.get(..end)? {
            [.., Step::Key(key), Step::Index(_)] if COMPOSING.contains(key) => end -= 2,
            [.., Step::Key(key)] if COMPOSING.contains(key) => end -= 1,
            owner => return Some(Place { document, pointer: walk::pointer("", owner) }),
        }
    }
}

/// Finds the references that close a circle of compositions, by a depth-first walk without recursion.
fn circles(documents: &Documents, composed: &BTreeMap<Place, Vec<(Place, Place)>>, broken: &mut Broken) {
    let mut done: BTreeSet<&Place> = BTreeSet::new();
    for start in composed.keys() {
        if done.contains(start) {
            continue;
        }
        let mut open: BTreeSet<&Place> = BTreeSet::from([start]);
        let mut stack: Vec<(&Place, usize)> = vec![(start, 0)];
        while let Some((owner, next)) = stack.last_mut() {
            let Some((site, target)) = composed.get(*owner).and_then(|edges| edges.get(*next)) else {
                open.remove(*owner);
                done.insert(owner);
                stack.pop();
                continue;
            };
            *next += 1;
            if open.contains(target) {
                let message = "the schema contains itself through composition, without an end";
                let fault = Fault::new(codes::REFERENCE_CYCLE, message).with_at(documents.at(site));
                broken.insert(site.clone(), fault);
            } else if !done.contains(target) && composed.contains_key(target) {
                open.insert(target);
                stack.push((target, 0));
            }
        }
    }
}

/// For each operation whose request needs a broken reference, by position: the first such reference.
pub(super) fn needing(documents: &Documents, found: &[Found], broken: &Broken) -> BTreeMap<usize, Fault> {
    if broken.is_empty() {
        return BTreeMap::new();
    }
    let addresses: BTreeMap<usize, &Place> = broken
        .keys()
        .filter_map(|place| Some((std::ptr::from_ref(documents.get(place)?).addr(), place)))
        .collect();
    let mut graph =
        Graph { documents, addresses, units: BTreeMap::new(), edges: Vec::new(), bad: Vec::new() };
    let mut requests: Vec<(usize, Vec<usize>)> = Vec::new();
    for (position, operation) in found.iter().enumerate() {
        let roots = request_parts(documents, operation).into_iter().map(|place| graph.unit(place)).collect();
        requests.push((position, roots));
    }
    graph.explore();
    let reaching = graph.reaching_bad();
    requests
        .into_iter()
        .filter_map(|(position, roots)| {
            let bad = roots.iter().find_map(|root| reaching.get(root))?;
            Some((position, broken.get(*bad)?.clone()))
        })
        .collect()
}

/// The places that make up an operation's request.
fn request_parts(documents: &Documents, operation: &Found) -> Vec<Place> {
    let item = Place::new(nave_model::place::child("/paths", &operation.path));
    let items = super::paths::items(documents, &item);
    let mut parts: Vec<Place> = items.iter().map(|(place, _)| place.child("parameters")).collect();
    parts.push(operation.place.child("parameters"));
    parts.push(operation.place.child("requestBody"));
    parts
}

/// Which reference targets lead to which.
struct Graph<'a> {
    documents: &'a Documents,
    /// Addresses of the objects broken references stand in.
    addresses: BTreeMap<usize, &'a Place>,
    units: BTreeMap<Place, usize>,
    edges: Vec<Vec<usize>>,
    bad: Vec<Option<&'a Place>>,
}

impl<'a> Graph<'a> {
    fn unit(&mut self, place: Place) -> usize {
        let next = self.units.len();
        *self.units.entry(place).or_insert(next)
    }

    fn explore(&mut self) {
        let mut waiting: Vec<(Place, usize)> = self.units.iter().map(|(p, u)| (p.clone(), *u)).collect();
        self.edges.resize_with(waiting.len(), Vec::new);
        self.bad.resize(waiting.len(), None);
        while let Some((place, unit)) = waiting.pop() {
            let documents = self.documents;
            let Some(value) = documents.get(&place) else { continue };
            let mut targets: Vec<Place> = Vec::new();
            let mut bad = None;
            walk::references(value, &mut |_, object, text| match self
                .addresses
                .get(&std::ptr::from_ref(object).addr())
            {
                Some(site) => bad = bad.or(Some(*site)),
                None => targets.extend(documents.target(place.document, text)),
            });
            if let Some(slot) = self.bad.get_mut(unit) {
                *slot = bad;
            }
            for target in targets {
                let known = self.units.len();
                let to = self.unit(target.clone());
                if to == known {
                    self.edges.push(Vec::new());
                    self.bad.push(None);
                    waiting.push((target, to));
                }
                if let Some(edges) = self.edges.get_mut(unit) {
                    edges.push(to);
                }
            }
        }
    }

    /// Every unit from which a broken reference can be reached, with one such reference.
    fn reaching_bad(&self) -> BTreeMap<usize, &'a Place> {
        let mut backwards: Vec<Vec<usize>> = vec![Vec::new(); self.edges.len()];
        for (from, targets) in self.edges.iter().enumerate() {
            for to in targets {
                if let Some(sources) = backwards.get_mut(*to) {
                    sources.push(from);
                }
            }
        }
        let mut reaching: BTreeMap<usize, &'a Place> = BTreeMap::new();
        let mut waiting: Vec<(usize, &'a Place)> =
            self.bad.iter().enumerate().filter_map(|(unit, bad)| Some((unit, (*bad)?))).collect();
        while let Some((unit, site)) = waiting.pop() {
            if reaching.contains_key(&unit) {
                continue;
            }
            reaching.insert(unit, site);
            waiting.extend(backwards.get(unit).into_iter().flatten().map(|source| (*source, site)));
        }
        reaching
    }
}

/// Opens broken references: what stood there is taken as anything. Each becomes a finding.
pub(super) fn open(documents: &mut Documents, broken: &Broken, findings: &mut Vec<Problem>) {
    for (place, fault) in broken {
        findings.push(finding(fault));
        let tree = documents.all_mut().get_mut(place.document).and_then(|document| document.tree_mut());
        if let Some(value) = tree.and_then(|tree| tree.pointer_mut(&place.pointer))
            && reference(value).is_some()
        {
            *value = Value::Object(Map::new());
        }
    }
}
