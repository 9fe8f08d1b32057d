//! The hub as a whole: started, kept up to date with its project's files, and stopped so that nothing is
//! lost. The order of [`Hub::start`] is the order in which a hub can fail to start.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use nave_call::{Clock, SystemClock, Transport, TransportOptions, task};
use nave_engine::Engine;
use nave_engine::deliveries::Deliveries;
use nave_engine::engine::Parts;
use nave_engine::sources::{Door, Sources};
use nave_model::Fault;
use nave_model::fault::codes;
use nave_store::Store;
use nave_store::sqlite::{self, Sqlite};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::batches::{Batches, Ground as BatchGround};
use crate::client::Client;
use crate::config::Config;
use crate::feed::Feed;
use crate::folder::{self, Folder};
use crate::http::{self, Front};
use crate::metrics::HttpMetrics;
use crate::places::{Places, Running};
use crate::projects::{Ground, Mode, Projects};
use crate::state::{Stage, State, hooks, now_ms};
use crate::token::{self, Token};
use crate::view;

mod upkeep;

/// What a hub is started with.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// The project's folder.
    pub folder: PathBuf,
    /// How it runs.
    pub mode: Mode,
    /// Its settings.
    pub config: Config,
}

/// A hub that runs.
pub struct Hub {
    address: SocketAddr,
    state: Arc<State>,
    socket: JoinHandle<()>,
    upkeep: Vec<JoinHandle<()>>,
}

impl Hub {
    /// Starts a hub: it is ready when this returns.
    ///
    /// # Errors
    /// The project has errors (serving), the address is taken, the token or the store cannot be used, or
    /// what a stop interrupted cannot be recovered.
    pub async fn start(options: HubOptions) -> Result<Hub, Fault> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let HubOptions { folder, mode, mut config } = options;
        let folder = Folder::at(&folder);
        let places = Places::of(folder.root(), Some(&config.store.folder));
        let started_ms = now_ms(&*clock);
        folder.ignore_own()?;
        let token = Token::open(&places.token)?;
        // Before the project: a second hub of the same project is told so at once.
        let store = open(&config, &places).await.map_err(|fault| beside(fault, &places))?;
        let ground = Ground { folder, mode, clock: Arc::clone(&clock), store: Arc::clone(&store) };
        let (projects, first) = Projects::open(ground, started_ms).await?;
        let listener = http::listen(config.listen).map_err(|error| taken(config.listen, &error))?;
        let address = listener.local_addr().map_err(|error| taken(config.listen, &error))?;
        // The port that was taken, where any was to be.
        config.listen = address;
        let front = Arc::new(Front {
            state: OnceLock::new(),
            stage: watch::channel(Stage::Starting).0,
            metrics: HttpMetrics::new(),
            clock: Arc::clone(&clock),
        });
        let socket = task::spawn("socket", http::serve(listener, Arc::clone(&front)));
        let parts = Parts {
            store,
            caller: first.caller,
            flows: first.flows,
            clock: Arc::clone(&clock),
            options: config.engine.clone(),
        };
        let (engine, sources, deliveries) = match begin(parts).await {
            Ok(begun) => begun,
            Err(fault) => {
                front.stage.send_replace(Stage::Stopped);
                // It panicked or ended; either way nothing listens any more.
                socket.await.ok();
                return Err(fault);
            }
        };
        let feed = Feed::new(started_ms);
        let ground = BatchGround {
            root: projects.root().to_path_buf(),
            below: projects.root().join(&config.batches),
            own: places.own.clone(),
        };
        let batches = Batches::new(Arc::clone(&engine), Arc::clone(&feed), Arc::clone(&clock), ground);
        let state = Arc::new(State {
            hooks: RwLock::new(hooks(&engine, &config).await),
            batches,
            engine,
            sources,
            deliveries,
            projects,
            config,
            places,
            token,
            feed,
            stage: front.stage.clone(),
            started_ms,
            ready_after_ms: watch::channel(None).0,
            clock,
        });
        let upkeep = upkeep::start(&state);
        state.batches.resume_all().await?;
        // Nobody else sets it.
        front.state.set(Arc::clone(&state)).ok();
        announce(&state, address, mode)?;
        let took = now_ms(&*state.clock).saturating_sub(started_ms);
        state.ready_after_ms.send_replace(Some(took));
        state.stage.send_replace(Stage::Ready);
        tracing::info!(%address, mode = mode.word(), ready_after_ms = took, "the hub is ready");
        Ok(Hub { address, state, socket, upkeep })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client of it.
    ///
    /// # Errors
    /// Its token cannot be read.
    pub fn client(&self) -> Result<Client, Fault> {
        Ok(Client::new(self.address, token::read(&self.state.places.token)?))
    }

    /// What it is.
    pub fn info(&self) -> view::Info {
        self.state.info()
    }

    /// The project as it was last loaded, with what is wrong with its files.
    pub fn project(&self) -> view::Project {
        self.state.project()
    }

    /// Takes in the project's files as they are now.
    ///
    /// # Errors
    /// The engine cannot take them. Mistakes in the files are shown by [`Hub::project`].
    pub async fn reload(&self, by: &str) -> Result<view::Project, Fault> {
        self.state.reload(by).await
    }

    /// Runs until the process is asked to stop (SIGTERM, Ctrl-C), taking in the project's files anew on
    /// SIGHUP; then drains. Asked a second time, it stops at once.
    ///
    /// # Errors
    /// Signals cannot be waited for.
    pub async fn run(self) -> Result<(), Fault> {
        let mut asked = upkeep::Signals::new()?;
        while let upkeep::Signal::Reload = asked.next().await {
            if let Err(fault) = self.state.reload("SIGHUP").await {
                tracing::error!(code = fault.code.name, %fault, "the project was not taken in");
            }
        }
        tokio::select! {
            () = self.stop() => {}
            () = asked.stop_at_once() => tracing::warn!("asked twice to stop: what was under way is recovered at the next start"),
        }
        Ok(())
    }

    /// Takes nothing new, lets what is under way end for as long as the settings say, and stops.
    pub async fn stop(self) {
        let State { engine, sources, deliveries, batches, config, stage, places, .. } = &*self.state;
        stage.send_replace(Stage::Draining);
        tracing::info!("the hub drains");
        // No new client finds it from here on.
        std::fs::remove_file(&places.hub).ok();
        let drained = async {
            tokio::join!(sources.stop(), deliveries.stop(), batches.stop());
            engine.drain(config.drain).await;
        };
        let answered = async {
            let socket = self.socket;
            let abort = socket.abort_handle();
            tokio::select! {
                // A panic of it was logged.
                ended = socket => drop(ended),
                () = self.state.clock.sleep(config.drain.saturating_add(Duration::from_secs(1))) => abort.abort(),
            }
        };
        tokio::join!(drained, answered);
        for task in self.upkeep {
            task.abort();
            // Whether it was aborted or had panicked, it holds the store no longer.
            task.await.ok();
        }
        stage.send_replace(Stage::Stopped);
        tracing::info!("the hub stopped");
    }
}

async fn open(config: &Config, places: &Places) -> Result<Arc<dyn Store>, Fault> {
    let options = sqlite::Options { lanes: config.store.lanes, ..sqlite::Options::default() };
    let folder = places.store.clone();
    let opened = tokio::task::spawn_blocking(move || Sqlite::open(&folder, options)).await;
    let store = opened.map_err(|error| {
        Fault::new(codes::INTERNAL, "opening the store failed").with_detail(error.to_string())
    })??;
    Ok(store)
}

/// How long a hub on this machine may take to take a connection.
const LOOK: Duration = Duration::from_millis(200);

/// A store that cannot be opened, with the hub of this project that answers: it is that one's. What a hub
/// that was killed left behind names nobody.
fn beside(fault: Fault, places: &Places) -> Fault {
    let running = std::fs::read(&places.hub).ok();
    let running = running.and_then(|bytes| serde_json::from_slice::<Running>(&bytes).ok());
    let answers = |running: &Running| TcpStream::connect_timeout(&running.address, LOOK).is_ok();
    match running.filter(|running| fault.code == codes::STORE_FAILED && answers(running)) {
        Some(Running { address, pid, mode, .. }) => fault.with_hint(format!(
            "`nave {mode}` of this project listens at http://{address} as process {pid}; stop it first, or use it"
        )),
        None => fault,
    }
}

/// The engine first, for sources start runs, and deliveries are made of its events.
async fn begin(parts: Parts) -> Result<(Arc<Engine>, Arc<Sources>, Arc<Deliveries>), Fault> {
    let transport = Transport::new(TransportOptions::default())?;
    let engine = Engine::start(parts).await?;
    let door: Arc<dyn Door> = Arc::<Engine>::clone(&engine);
    let sources = Sources::start(door).await?;
    let deliveries = Deliveries::start(Arc::clone(&engine), transport).await;
    Ok((engine, sources, deliveries))
}

fn taken(address: SocketAddr, error: &std::io::Error) -> Fault {
    let why = folder::reason(error);
    Fault::new(codes::LISTEN, format!("{address} cannot be listened on: {why}"))
        .with_hint("another hub may run; choose another address with `hub.listen` or `--set listen=…`")
}

/// Writes down where the hub is, for its clients.
fn announce(state: &State, address: SocketAddr, mode: Mode) -> Result<(), Fault> {
    let running = Running {
        address,
        pid: std::process::id(),
        mode: mode.word().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let text = serde_json::to_vec_pretty(&running).unwrap_or_default();
    folder::write(&state.places.hub, &text)
}
