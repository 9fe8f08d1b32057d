//! What agents are told of real descriptions: that `search` finds what a task in words needs, and that
//! `search` and `describe` together cost an agent little for any operation.

use std::path::Path;
use std::sync::Arc;

use nave_connector::Connector;
use nave_connector::describe::{self, Request};
use nave_connector::search::{Hit, Index};
use serde_json::Value;

use crate::corpus::{corpus, import_file};

/// The connectors of one folder beside the repository, each under its file's name.
fn connectors(folder: &str) -> Vec<(String, Arc<Connector>)> {
    corpus()
        .iter()
        .filter(|path| path.parent().is_some_and(|parent| parent.ends_with(folder)))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            (name, Arc::new(import_file(path).connector))
        })
        .collect()
}

/// Tokens of a text by a rule that, over these texts, counts a quarter more than the tokenizers of
/// current models do: a word costs one for every five letters begun, a number one for every two digits
/// begun, a sign one; spaces and quotes go with their word.
fn tokens(text: &str) -> usize {
    let mut count = 0;
    let (mut letters, mut digits) = (0_usize, 0_usize);
    for c in text.chars().chain(['\n']) {
        if c.is_alphabetic() {
            letters += 1;
            continue;
        }
        count += std::mem::take(&mut letters).div_ceil(5);
        if c.is_ascii_digit() {
            digits += 1;
            continue;
        }
        count += std::mem::take(&mut digits).div_ceil(2);
        count += usize::from(!matches!(c, ' ' | '"'));
    }
    count
}

#[test]
fn search_and_describe_cost_under_1500_tokens_for_any_operation() {
    let connectors = connectors("specs");
    if connectors.is_empty() {
        println!("skipped: there are no descriptions in ../shared/specs");
        return;
    }
    let index = Index::new(connectors.clone());
    let (mut found, mut told, mut worst) = (0, 0, String::new());
    for (owner, connector) in &connectors {
        for (position, entry) in connector.entries().iter().enumerate() {
            let operation = connector.operation(&entry.name).unwrap();
            let request = Request { owner, part: None, budget: 2_800, example: None };
            let cost = tokens(&describe::text(connector, operation, &request).unwrap());
            if cost > told {
                (told, worst) = (cost, entry.name.clone());
            }
            // What a search costs depends little on what it is for: a sample shows it.
            if position % 16 == 0 {
                let words = format!("{} {}", entry.path, entry.summary.as_deref().unwrap_or_default());
                let line =
                    |hit: &Hit| format!("{} [{}] {}\n", hit.operation, hit.effect.as_str(), hit.summary);
                found = found.max(tokens(&index.search(&words, 8).iter().map(line).collect::<String>()));
            }
        }
    }
    println!("a search costs at most {found} tokens, a description {told}, for {worst}");
    assert!(found + told < 1_500, "{found} and {told}, for {worst}");
}

/// The operation a task's gold request calls: the template with the most literal segments that fits
/// the end of its path.
fn gold(connectors: &[(String, Arc<Connector>)], task: &Value) -> Option<String> {
    let method = task.pointer("/config/method")?.as_str()?.to_uppercase();
    let url = task.pointer("/config/url")?.as_str()?;
    let (_, path) = url.split_once("://")?.1.split_once('/')?;
    let given: Vec<&str> = path.split('?').next()?.trim_matches('/').split('/').collect();
    let mut best = None;
    for (owner, connector) in connectors {
        for entry in connector.entries().iter().filter(|entry| entry.method == method) {
            let template: Vec<&str> = entry.path.trim_matches('/').split('/').collect();
            let Some(start) = given.len().checked_sub(template.len()).filter(|start| *start <= 2) else {
                continue;
            };
            let fits = |(wanted, given): (&&str, &&str)| match wanted.split_once('}') {
                Some((open, suffix)) => open.starts_with('{') && given.ends_with(suffix),
                None => wanted == given,
            };
            let literals = template.iter().filter(|segment| !segment.starts_with('{')).count();
            let better = best.as_ref().is_none_or(|(_, most)| literals > *most);
            if better && template.iter().zip(&given[start..]).all(fits) {
                best = Some((format!("{owner}.{}", entry.name), literals));
            }
        }
    }
    best.map(|(name, _)| name)
}

#[test]
fn tasks_in_words_find_their_operation() {
    let connectors = connectors("agents");
    let file =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/agents/wapiibench-tasks.json"));
    let Ok(bytes) = std::fs::read(file) else {
        println!("skipped: there are no tasks in ../shared/agents");
        return;
    };
    let tasks: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let index = Index::new(connectors.clone());
    let (mut first, mut shown) = (0, 0);
    for task in &tasks {
        let gold = gold(&connectors, task).unwrap();
        let words = format!("{} {}", task["api"].as_str().unwrap(), task["task"].as_str().unwrap());
        let hits = index.search(&words, 8);
        first += usize::from(hits.first().is_some_and(|hit| hit.operation == gold));
        shown += usize::from(hits.iter().any(|hit| hit.operation == gold));
    }
    println!(
        "of {} tasks over four systems, {first} find their operation first, {shown} among eight",
        tasks.len()
    );
    assert!(first * 100 >= tasks.len() * 70, "{first} first");
    assert!(shown * 100 >= tasks.len() * 93, "{shown} among eight");
}
