//! Every operation of every real description in the corpus, all the way round: the sandbox makes
//! arguments, the check accepts them, a request is built, the sandbox's server accepts and answers it
//! over HTTP, and the answer passes the check. Prints the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nave_connector::connector::{KeyLocation, Scheme};
use nave_connector::openapi::{self, Input, NoResolver};
use nave_connector::{Connector, Operation, check, request, response, source};
use nave_sandbox::serve::Running;
use nave_sandbox::{Options, Sandbox, generate};

use crate::client::{Client, run};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/specs");

/// How far an operation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Imported,
    Arguments,
    Built,
    Answered,
    Succeeded,
    Decoded,
    Fits,
}

const STAGES: [Stage; 6] =
    [Stage::Arguments, Stage::Built, Stage::Answered, Stage::Succeeded, Stage::Decoded, Stage::Fits];

/// One line of the table.
struct Line {
    document: String,
    operations: usize,
    /// Operations by the last stage they reached.
    reached: BTreeMap<Stage, usize>,
    /// The first reasons for not reaching the end.
    reasons: Vec<String>,
}

#[test]
fn every_operation_of_the_corpus_goes_all_the_way_round() {
    let documents = documents(Path::new(CORPUS));
    if documents.is_empty() {
        println!("the corpus is not here; nothing was tested");
        return;
    }
    let lines: Vec<Line> = documents.iter().map(|path| line(path)).collect();
    let header = STAGES.map(|stage| format!("{:>9}", format!("{stage:?}").to_lowercase())).join(" ");
    println!("{:<44} {:>10} {header}", "document", "operations");
    let (mut operations, mut fitting) = (0, 0);
    for line in &lines {
        let columns = STAGES.map(|stage| format!("{:>9}", line.at_least(stage))).join(" ");
        println!("{:<44} {:>10} {columns}", line.document, line.operations);
        operations += line.operations;
        fitting += line.at_least(Stage::Fits);
    }
    for line in &lines {
        line.reasons.iter().for_each(|reason| println!("{}: {reason}", line.document));
    }
    let per_mille = fitting * 1000 / operations.max(1);
    println!("{fitting} of {operations} operations: {}.{} %", per_mille / 10, per_mille % 10);
    assert!(per_mille >= 990, "fewer than 99 % of the operations went all the way round");
}

impl Line {
    fn at_least(&self, stage: Stage) -> usize {
        self.reached.range(stage..).map(|(_, count)| count).sum()
    }
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        found.into_iter().partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| documents(folder)));
    files
}

fn line(path: &Path) -> Line {
    let document = path.strip_prefix(CORPUS).unwrap_or(path).display().to_string();
    let bytes = std::fs::read(path).expect("the document can be read");
    let source = source::read(&document, &bytes).expect("the document is well-formed");
    let input = Input { name: "corpus", source, manifest: None, overlay: None, resolver: &NoResolver };
    let import = openapi::import(input).expect("the document is a description");
    let mut reached = BTreeMap::from([(Stage::Imported, import.report.refused.len())]);
    let mut reasons: Vec<String> =
        import.report.refused.iter().map(|refused| refused.problem.to_string()).collect();
    let operations = import.report.operations;
    let connector = Arc::new(import.connector);
    let sandbox = Arc::new(Sandbox::new(Arc::clone(&connector), Options::default()));
    let running = Running::start(Arc::clone(&sandbox)).expect("the sandbox is served");
    run(async {
        let mut client = Client::connect(running.address()).await;
        for position in 0..connector.entries().len() {
            let operation = connector.operation_at(position).expect("an imported operation can be used");
            // Each on its own: what an earlier operation removed would rightly be gone.
            sandbox.reset();
            let (stage, reason) = match round(&mut client, &connector, operation).await {
                Ok(()) => (Stage::Fits, None),
                Err((stage, reason)) => (stage, Some(reason)),
            };
            *reached.entry(stage).or_default() += 1;
            reasons.extend(reason.map(|reason| format!("{}: after {stage:?}: {reason}", operation.name)));
        }
    });
    Line { document, operations, reached, reasons }
}

/// One operation all the way round, or the last stage it reached and why it came no further.
async fn round(
    client: &mut Client,
    connector: &Connector,
    operation: &Operation,
) -> Result<(), (Stage, String)> {
    let stuck =
        |stage: Stage| move |fault: nave_model::Fault| (stage, format!("{fault} {:?}", fault.problems));
    let (_, checked) =
        generate::checked_arguments(connector, operation, 7).map_err(stuck(Stage::Imported))?;
    let built = request::build(connector, operation, &checked).map_err(stuck(Stage::Arguments))?;
    let (headers, query) = with_credential(connector, operation, built.headers, built.query);
    let target = if query.is_empty() { built.path } else { format!("{}?{query}", built.path) };
    let body = built.body.unwrap_or_default();
    let answer = client.send(&built.method, &target, &headers, body).await;
    let answer = answer.map_err(|error| (Stage::Built, error.to_string()))?;
    if answer.status >= 400 {
        let body = String::from_utf8_lossy(&answer.body).chars().take(400).collect::<String>();
        return Err((Stage::Answered, format!("{} {} {body}", answer.status, target)));
    }
    let content_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    let value = response::decode(connector, operation, answer.status, content_type, &answer.body)
        .map_err(stuck(Stage::Succeeded))?;
    let problems = match answer.body.is_empty()
        && operation.response(answer.status).is_none_or(|r| r.media.is_empty())
    {
        true => Vec::new(),
        false => check::response(connector, operation, answer.status, &value),
    };
    match problems.first() {
        Some(problem) => Err((Stage::Decoded, format!("{} {problem}", answer.status))),
        None => Ok(()),
    }
}

/// The request with a credential for the first alternative of the operation's security.
fn with_credential(
    connector: &Connector,
    operation: &Operation,
    mut headers: Vec<(String, String)>,
    mut query: String,
) -> (Vec<(String, String)>, String) {
    let schemes = operation.security.first().into_iter().flat_map(|alternative| alternative.keys());
    for scheme in schemes.filter_map(|name| connector.schemes.get(name)) {
        match scheme {
            Scheme::ApiKey { location: KeyLocation::Query, name } => {
                let separator = if query.is_empty() { "" } else { "&" };
                query.push_str(&format!("{separator}{name}=key"));
            }
            Scheme::ApiKey { location: KeyLocation::Header, name } => {
                headers.push((name.clone(), "key".into()));
            }
            Scheme::ApiKey { location: KeyLocation::Cookie, name } => {
                headers.push(("cookie".into(), format!("{name}=key")));
            }
            Scheme::Basic => headers.push(("authorization".into(), "Basic dXNlcjpwYXNz".into())),
            Scheme::Bearer | Scheme::OAuth2 { .. } | Scheme::OpenIdConnect { .. } => {
                headers.push(("authorization".into(), "Bearer token".into()));
            }
            Scheme::MutualTls | Scheme::Other { .. } => {
                headers.push(("authorization".into(), "Other x".into()));
            }
        }
    }
    (headers, query)
}
