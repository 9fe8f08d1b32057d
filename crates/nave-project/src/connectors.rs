//! The connectors of a project: its own folders first, then the built-in catalogue. Each is imported
//! when first used, or recalled as it was imported before.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use nave_connector::case::Case;
use nave_connector::manifest::Manifest;
use nave_connector::openapi::{self, Input, Report, Resolver};
use nave_connector::template::{self, Template};
use nave_connector::{Connector, cache, source};
use nave_model::fault::codes;
use nave_model::similar::did_you_mean;
use nave_model::{At, Fault, Problem};

use crate::catalogue;
use crate::names::{check_name, problem};
use crate::{Files, Settings};

/// The folder of the project's own connectors.
pub const FOLDER: &str = "connectors";
/// The manifest's file in a connector's folder.
pub const MANIFEST: &str = "connector.yaml";
/// The folder of cases in a connector's folder.
pub const CASES: &str = "cases";
/// The folder of message templates in a connector's folder.
pub const TEMPLATES: &str = "templates";

/// Where a connector comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A folder of the project.
    Project,
    /// The catalogue that ships with Nave.
    Catalogue,
}

/// A connector that was imported.
#[derive(Debug)]
pub struct Loaded {
    /// The connector.
    pub connector: Arc<Connector>,
    /// What was found while importing.
    pub report: Report,
}

/// All connectors of a project.
pub struct Connectors {
    files: Arc<dyn Files>,
    cache: bool,
    known: BTreeMap<String, Known>,
}

struct Known {
    origin: Origin,
    /// Paths of the folder's files, cases left out.
    paths: Vec<String>,
    /// Different whenever a file of it may be; `None`: unknown.
    stamp: Option<String>,
    loaded: OnceLock<Result<Arc<Loaded>, Fault>>,
}

impl Connectors {
    /// Finds the connectors; none is read yet.
    pub(crate) fn find(files: Arc<dyn Files>, settings: &Settings, problems: &mut Vec<Problem>) -> Self {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        let mut add = |origin: Origin, paths: Vec<String>| {
            for path in paths {
                let Some((name, file)) = parts(&path) else { continue };
                let is_new = |known: &Known| known.origin == origin;
                if file.starts_with("cases/") || !known.get(name).is_none_or(is_new) {
                    continue;
                }
                let loaded = OnceLock::new();
                let stamp = Some(String::new());
                let entry = known.entry(name.to_owned());
                let entry = entry.or_insert(Known { origin, paths: Vec::new(), stamp, loaded });
                entry.paths.push(path);
            }
        };
        let own = files.list(FOLDER).unwrap_or_else(|fault| {
            problems.push(problem(&fault, FOLDER));
            Vec::new()
        });
        add(Origin::Project, own.clone());
        if settings.catalogue {
            add(Origin::Catalogue, catalogue::list());
        }
        known.retain(|name, found| keep_folder(name, found, problems));
        for path in &own {
            if let Some(known) = parts(path).and_then(|(name, _)| known.get_mut(name)) {
                // Taken before anything is read, so that a later change is never taken for what was read.
                let stamp = files.stamp(path);
                known.stamp = known.stamp.take().zip(stamp).map(|(all, one)| format!("{all}{path} {one}\n"));
            }
        }
        Connectors { files, cache: settings.cache, known }
    }

    /// Takes over what was imported before of connectors whose files are all as they were: they stay the
    /// same ones for everybody who holds them.
    pub(crate) fn take_over(&mut self, before: &Connectors) {
        for (name, known) in &mut self.known {
            let same =
                |old: &&Known| old.origin == known.origin && old.stamp.is_some() && old.stamp == known.stamp;
            if let Some(Ok(loaded)) = before.known.get(name).filter(same).and_then(|old| old.loaded.get()) {
                known.loaded = OnceLock::from(Ok(Arc::clone(loaded)));
            }
        }
    }

    /// The names of all connectors.
    pub fn names(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// Where a connector comes from.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        self.known.get(name).map(|known| known.origin)
    }

    /// Whether there is a connector of this name.
    ///
    /// # Errors
    /// There is none; the hint has the nearest names.
    pub fn known(&self, name: &str) -> Result<(), Fault> {
        if self.known.contains_key(name) {
            return Ok(());
        }
        let fault = Fault::new(codes::CONNECTOR_UNKNOWN, format!("there is no connector `{name}`"));
        let import = format!("import one with `nave import FILE --as {name}`");
        Err(fault.with_hint(did_you_mean(name, self.known.keys().map(String::as_str)).unwrap_or(import)))
    }

    /// A connector, imported on first use.
    ///
    /// # Errors
    /// There is none of this name, or its documents cannot be read.
    pub fn get(&self, name: &str) -> Result<Arc<Loaded>, Fault> {
        self.known(name)?;
        let Some(known) = self.known.get(name) else {
            return Err(Fault::new(codes::INTERNAL, "a known connector is not known"));
        };
        known.loaded.get_or_init(|| self.load(name, known).map(Arc::new)).clone()
    }

    /// The content of one of a connector's files, by its path below `connectors/`.
    pub(crate) fn read(&self, origin: Origin, path: &str) -> Result<Vec<u8>, Fault> {
        match origin {
            Origin::Project => self.files.read(path),
            Origin::Catalogue => catalogue::read(path).map(<[u8]>::to_vec).ok_or_else(|| {
                Fault::new(codes::FILE, format!("`{path}` is not part of the catalogue"))
                    .with_at(At::file(path))
            }),
        }
    }

    /// The paths of a connector's cases.
    pub fn cases(&self, name: &str) -> Result<Vec<String>, Fault> {
        let folder = format!("{FOLDER}/{name}/{CASES}");
        let listed = match self.origin(name) {
            Some(Origin::Project) => self.files.list(&folder)?,
            Some(Origin::Catalogue) => catalogue::list(),
            None => Vec::new(),
        };
        let of_cases = |path: &String| path.starts_with(&format!("{folder}/")) && path.ends_with(".md");
        Ok(listed.into_iter().filter(of_cases).collect())
    }

    /// The text of one of a connector's files.
    ///
    /// # Errors
    /// It is not there, or is not UTF-8.
    pub fn text(&self, name: &str, path: &str) -> Result<String, Fault> {
        let origin = self.origin(name).unwrap_or(Origin::Project);
        String::from_utf8(self.read(origin, path)?).map_err(|_| {
            Fault::new(codes::DOCUMENT_SYNTAX, format!("`{path}` is not UTF-8")).with_at(At::file(path))
        })
    }

    fn load(&self, name: &str, known: &Known) -> Result<Loaded, Fault> {
        let recalled = self.key(known).and_then(|key| self.files.recall(name, &key));
        if let Some((mut connector, report)) = recalled.and_then(|bytes| cache::read(&bytes).ok()) {
            connector.cases = self.read_cases(name);
            connector.templates = self.read_templates(name, known)?;
            return Ok(Loaded { connector: Arc::new(connector), report });
        }
        let loaded = self.import(name, known)?;
        self.keep(name, &loaded.connector, &loaded.report);
        Ok(loaded)
    }

    /// Keeps what was imported for a later run.
    pub fn keep(&self, name: &str, connector: &Connector, report: &Report) {
        if let Some(key) = self.known.get(name).and_then(|known| self.key(known)) {
            self.files.keep(name, &key, &cache::write(connector, report));
        }
    }

    /// What was imported is good for as long as neither Nave nor a file of the connector changes.
    fn key(&self, known: &Known) -> Option<String> {
        if known.origin == Origin::Catalogue || !self.cache {
            return None;
        }
        let mut key = format!("nave {}\n", env!("CARGO_PKG_VERSION"));
        for path in &known.paths {
            key.push_str(&format!("{path} {}\n", self.files.stamp(path)?));
        }
        Some(key)
    }

    fn import(&self, name: &str, known: &Known) -> Result<Loaded, Fault> {
        let path = |file: &str| format!("{FOLDER}/{name}/{file}");
        let bytes = self.read(known.origin, &path(MANIFEST))?;
        let manifest = Manifest::read(&path(MANIFEST), &bytes)?;
        let within = Within { connectors: self, origin: known.origin, folder: path("") };
        let description = within.join(&manifest.description)?;
        let source = source::read(&description, &self.read(known.origin, &description)?)?;
        let overlay = match &manifest.overlay {
            None => None,
            Some(file) => {
                let overlay = within.join(file)?;
                Some(source::read(&overlay, &self.read(known.origin, &overlay)?)?)
            }
        };
        let input = Input { name, source, manifest: Some(manifest), overlay, resolver: &within };
        let mut imported = openapi::import(input)?;
        imported.connector.cases = self.read_cases(name);
        imported.connector.templates = self.read_templates(name, known)?;
        Ok(Loaded { connector: Arc::new(imported.connector), report: imported.report })
    }

    /// The cases of a connector that can be read; the check reports the others.
    fn read_cases(&self, name: &str) -> Vec<Case> {
        let read = |path: &String| Case::parse(path, &self.text(name, path).ok()?).ok();
        self.cases(name).unwrap_or_default().iter().filter_map(read).flatten().collect()
    }

    /// The templates of a connector.
    fn read_templates(&self, name: &str, known: &Known) -> Result<BTreeMap<String, Template>, Fault> {
        let folder = format!("{FOLDER}/{name}/{TEMPLATES}/");
        let paths = known.paths.iter().filter(|path| path.starts_with(&folder));
        let texts = paths.map(|path| Ok((path, self.text(name, path)?)));
        let texts: Vec<(&String, String)> = texts.collect::<Result<_, Fault>>()?;
        template::read_all(texts.iter().map(|(path, text)| template::File { path, text }))
    }
}

/// References of a description may lead to other files of the connector's folder, and nowhere else.
struct Within<'a> {
    connectors: &'a Connectors,
    origin: Origin,
    /// Ends in `/`.
    folder: String,
}

impl Within<'_> {
    /// The path of a file named in the manifest.
    fn join(&self, file: &str) -> Result<String, Fault> {
        if inside(file) {
            return Ok(format!("{}{file}", self.folder));
        }
        let message = format!("`{file}` is not a file beside the manifest");
        let at = At::file(format!("{}{MANIFEST}", self.folder));
        Err(Fault::new(codes::MANIFEST_INVALID, message).with_at(at))
    }
}

impl Resolver for Within<'_> {
    fn fetch(&self, uri: &str) -> Result<Vec<u8>, Fault> {
        match uri.strip_prefix(&self.folder) {
            Some(file) if inside(file) => self.connectors.read(self.origin, uri),
            _ => Err(Fault::new(
                codes::REFERENCE_OUTSIDE,
                format!("`{uri}` is outside the connector's folder"),
            )
            .with_hint("put the file beside the description and refer to it by its relative path")),
        }
    }
}

/// Whether a relative path stays where it starts.
fn inside(path: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains(['\\', ':', '\0']) && path.split('/').all(plain)
}

/// `connectors/NAME/FILE` → name and file.
fn parts(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('/')
}

/// Reports folders that cannot be connectors.
fn keep_folder(name: &str, known: &Known, problems: &mut Vec<Problem>) -> bool {
    let folder = format!("{FOLDER}/{name}");
    let manifest = format!("{folder}/{MANIFEST}");
    if !known.paths.contains(&manifest) {
        let missing =
            Problem::new(codes::PROJECT_INVALID, At::file(&folder), format!("`{manifest}` is missing"));
        problems.push(
            missing.hint(format!("write one, or import a description: `nave import FILE --as {name}`")),
        );
        return false;
    }
    match check_name("connector", name) {
        Ok(()) => true,
        Err(mut fault) => {
            fault.code = codes::PROJECT_INVALID;
            problems.push(problem(&fault, &folder));
            false
        }
    }
}
