//! Finds operations by words, over any number of connectors. Ranks by the rarity of the words an
//! operation shares with the question (BM25), weighed by where they stand. No meaning is guessed:
//! the only equal words are the plain synonyms of [`words`].

use std::collections::BTreeMap;
use std::sync::Arc;

use nave_model::{Effect, similar};
use serde::Serialize;

use crate::Connector;
use crate::connector::Entry;

mod words;

/// One operation found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// `connector.operation`, or `connection.operation` where connections were indexed.
    pub operation: String,
    /// What it does, in one sentence, or method and path where nobody wrote one.
    pub summary: String,
    /// What it does to the system.
    pub effect: Effect,
    /// The vendor says not to use it any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Rank value; comparable only within one search.
    #[serde(skip)]
    pub score: f32,
}

/// An index over the operations of several connectors.
pub struct Index {
    owners: Vec<(String, Arc<Connector>)>,
    operations: Vec<Indexed>,
    /// Word → operations that have it, with the weight of the place it stands in.
    postings: BTreeMap<String, Vec<(u32, f32)>>,
    average_length: f32,
}

struct Indexed {
    owner: usize,
    entry: usize,
    length: f32,
}

/// How much a word counts by where it stands.
mod weight {
    pub(super) const NAME: f32 = 3.0;
    pub(super) const WORDS: f32 = 3.0;
    pub(super) const SUMMARY: f32 = 2.0;
    pub(super) const PATH: f32 = 1.5;
    pub(super) const METHOD: f32 = 1.5;
    pub(super) const TAG: f32 = 0.7;
    pub(super) const CONNECTOR: f32 = 0.5;
}

/// BM25's saturation: how soon repeating a word stops counting.
const SATURATION: f32 = 1.2;
/// BM25's length normalisation: how much a long text is held against an operation.
const LENGTH: f32 = 0.6;
/// What a word that was misspelt in the question counts, compared with one that was not.
const MISSPELT: f32 = 0.7;

impl Index {
    /// Indexes all operations of connectors, each under the name its operations are called by: the
    /// connector's own, or a connection's.
    pub fn new(owners: Vec<(String, Arc<Connector>)>) -> Self {
        let mut index = Index {
            owners: Vec::new(),
            operations: Vec::new(),
            postings: BTreeMap::new(),
            average_length: 1.0,
        };
        for (position, (_, connector)) in owners.iter().enumerate() {
            for (entry_position, entry) in connector.entries().iter().enumerate() {
                index.add(position, entry_position, connector, entry);
            }
        }
        let total: f32 = index.operations.iter().map(|operation| operation.length).sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of operations; exactness does not matter")]
        let count = index.operations.len().max(1) as f32;
        index.average_length = (total / count).max(1.0);
        index.owners = owners;
        index
    }

    /// The names operations are indexed under.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        self.owners.iter().map(|(name, _)| name.as_str())
    }

    fn add(&mut self, owner: usize, entry_position: usize, connector: &Connector, entry: &Entry) {
        let Ok(id) = u32::try_from(self.operations.len()) else { return };
        let notes = connector.manifest.operations.get(&entry.name);
        let mut weights: BTreeMap<String, f32> = BTreeMap::new();
        let mut put = |text: &str, weight: f32| {
            let mut words = words::split(text);
            words.sort_unstable();
            words.dedup();
            for word in words {
                *weights.entry(word).or_insert(0.0) += weight;
            }
        };
        put(&entry.name, weight::NAME);
        put(entry.summary.as_deref().unwrap_or_default(), weight::SUMMARY);
        put(&entry.path, weight::PATH);
        put(words::of_method(&entry.method, &entry.path), weight::METHOD);
        put(&connector.name, weight::CONNECTOR);
        put(&connector.title, weight::CONNECTOR);
        for tag in &entry.tags {
            put(tag, weight::TAG);
        }
        for word in notes.into_iter().flat_map(|notes| &notes.words) {
            put(word, weight::WORDS);
        }
        let length = weights.values().sum();
        for (word, weight) in weights {
            self.postings.entry(word).or_default().push((id, weight));
        }
        self.operations.push(Indexed { owner, entry: entry_position, length });
    }

    /// The operations that fit the words best, best first. A whole name finds itself first.
    pub fn search(&self, question: &str, most: usize) -> Vec<Hit> {
        let mut scores: BTreeMap<u32, f32> = BTreeMap::new();
        let mut seen: Vec<String> = Vec::new();
        for word in words::split(question) {
            if seen.contains(&word) {
                continue;
            }
            self.score_word(&word, &mut scores);
            seen.push(word);
        }
        let mut hits: Vec<Hit> =
            scores.into_iter().filter_map(|(id, score)| self.hit(id, score, question)).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.operation.cmp(&b.operation)));
        hits.truncate(most);
        hits
    }

    fn score_word(&self, word: &str, scores: &mut BTreeMap<u32, f32>) {
        let mut best = BTreeMap::new();
        self.score_exact(word, 1.0, &mut best);
        for synonym in words::synonyms(word) {
            self.score_exact(&synonym, words::SYNONYM, &mut best);
        }
        if best.is_empty() && word.len() > 3 {
            for near in similar::nearest(word, self.postings.keys().map(String::as_str), 2) {
                self.score_exact(near, MISSPELT, &mut best);
            }
        }
        for (id, score) in best {
            *scores.entry(id).or_insert(0.0) += score;
        }
    }

    /// Keeps each operation's best score for a word and its synonyms.
    fn score_exact(&self, word: &str, factor: f32, best: &mut BTreeMap<u32, f32>) {
        let Some(postings) = self.postings.get(word) else { return };
        let rarity = self.rarity(postings.len());
        for &(id, weight) in postings {
            let slot = best.entry(id).or_insert(0.0);
            *slot = slot.max(factor * rarity * self.saturate(id, weight));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of operations; exactness does not matter")]
    fn rarity(&self, having: usize) -> f32 {
        let (all, having) = (self.operations.len() as f32, having as f32);
        ((all - having + 0.5) / (having + 0.5)).ln_1p()
    }

    fn saturate(&self, id: u32, weight: f32) -> f32 {
        let length = self.operation(id).map_or(1.0, |operation| operation.length);
        let norm = 1.0 - LENGTH + LENGTH * length / self.average_length;
        weight * (SATURATION + 1.0) / (weight + SATURATION * norm)
    }

    fn operation(&self, id: u32) -> Option<&Indexed> {
        self.operations.get(usize::try_from(id).ok()?)
    }

    fn hit(&self, id: u32, score: f32, question: &str) -> Option<Hit> {
        let indexed = self.operation(id)?;
        let (owner, connector) = self.owners.get(indexed.owner)?;
        let entry = connector.entries().get(indexed.entry)?;
        let operation = format!("{owner}.{}", entry.name);
        let mut score = score;
        if entry.curated {
            score *= 1.25;
        }
        if entry.deprecated {
            score *= 0.5;
        }
        if question.trim() == operation || question.trim() == entry.name {
            score += 1000.0;
        }
        Some(Hit {
            operation,
            summary: summary(entry),
            effect: entry.effect,
            deprecated: entry.deprecated,
            score,
        })
    }
}

/// The first sentence of what an operation does, at most 120 characters.
pub(crate) fn summary(entry: &Entry) -> String {
    match entry.summary.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => first_sentence(text, 120),
        None => format!("{} {}", entry.method, entry.path),
    }
}

pub(crate) use words::first_sentence;

#[cfg(test)]
mod tests;
