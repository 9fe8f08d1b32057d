//! What every command starts from: the options of all commands, the ways out, and the project.

use std::path::PathBuf;
use std::sync::Arc;

use nave_model::fault::codes;
use nave_model::{Fault, Problem};
use nave_project::Project;
use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tracing_subscriber::EnvFilter;

use crate::cli::Options;
use crate::folder::Folder;
use crate::output::{Output, Style};

/// What every command starts from.
pub(crate) struct Context {
    pub(crate) output: Output,
    folder: PathBuf,
    log: Option<String>,
}

impl Context {
    /// Settles the options once.
    pub(crate) fn new(options: Options) -> Self {
        let output = Output::new(options.json, options.color, !options.no_color.is_empty());
        Context { output, folder: options.project.unwrap_or_else(|| PathBuf::from(".")), log: options.log }
    }

    /// The project's folder.
    ///
    /// # Errors
    /// The folder named by `--project` is none.
    pub(crate) fn folder(&self) -> Result<Folder, Fault> {
        let start = self.start()?;
        Ok(Folder::find(&start))
    }

    /// The folder the command runs in or for.
    pub(crate) fn start(&self) -> Result<PathBuf, Fault> {
        std::path::absolute(&self.folder)
            .ok()
            .filter(|start| start.is_dir())
            .ok_or_else(|| Fault::new(codes::FILE, format!("`{}` is not a folder", self.folder.display())))
    }

    /// The project with what was wrong while loading it.
    ///
    /// # Errors
    /// The folder named by `--project` is none.
    pub(crate) fn load(&self) -> Result<(Project, Vec<Problem>), Fault> {
        let loaded = Project::load(Arc::new(self.folder()?));
        self.start_log(&loaded.0.settings().log)?;
        Ok(loaded)
    }

    /// The project; what is wrong with documents that are not needed now is a warning.
    ///
    /// # Errors
    /// The folder named by `--project` is none.
    pub(crate) fn project(&self) -> Result<Project, Fault> {
        let (project, problems) = self.load()?;
        let paint = |style: Style, text: &str| self.output.err(style, text);
        for problem in &problems {
            self.output.say(crate::problems::one(&paint, (Style::Warning, "warning"), problem).trim_end());
        }
        Ok(project)
    }

    /// The runtime of commands that wait.
    ///
    /// # Errors
    /// The operating system gives no threads.
    pub(crate) fn runtime(&self) -> Result<Runtime, Fault> {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::new(codes::INTERNAL, format!("no threads can be started: {error}")))
    }

    /// Waits until the process is asked to stop: Ctrl-C, or SIGTERM from whoever supervises it.
    pub(crate) async fn interrupted(&self) {
        let interrupt = tokio::signal::ctrl_c();
        match tokio::signal::unix::signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => {
                let _interrupted = interrupt.await;
            }
        }
    }

    /// What `--log` says, as a setting of the hub.
    pub(crate) fn log_setting(&self) -> Vec<(&str, &str)> {
        self.log.iter().map(|filter| ("log.filter", filter.as_str())).collect()
    }

    fn start_log(&self, setting: &str) -> Result<(), Fault> {
        let filter = self.log.as_deref().unwrap_or(setting);
        let parsed = EnvFilter::builder().parse(filter).map_err(|error| {
            Fault::new(codes::SETTING_INVALID, format!("`{filter}` is not a log filter: {error}"))
                .with_hint("for example `warn`, `info` or `nave_call=debug`")
        })?;
        // A second project in one process keeps the first one's log.
        let _already = tracing_subscriber::fmt()
            .with_env_filter(parsed)
            .with_writer(std::io::stderr)
            .with_ansi(self.output.colours_errors())
            .with_target(false)
            .compact()
            .try_init();
        Ok(())
    }
}
