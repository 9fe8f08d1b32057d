//! Batches: records of a file or an upload as starts of a flow or as events, with their progress.

use std::sync::Arc;

use http::{Method, StatusCode};
use nave_model::Fault;
use nave_model::fault::codes;
use schemars::json_schema;
use serde_json::{Map, Value};

use crate::api::endpoint::Endpoint;
use crate::api::request::{Request, misfit};
use crate::api::{Answer, Group, answer, flows, time};
use crate::batches::upload::Upload;
use crate::batches::{From, plan};
use crate::state::State;
use crate::view::{Batch, BatchFormat, BatchOptions, BatchQuery, BatchState, Listed, NewBatch, part};

/// Media types of uploads that say their format; of any other, `format` must.
const MEDIA: &[&str] =
    &["text/csv", "text/tab-separated-values", "application/x-ndjson", "application/json", "*/*"];

pub(super) fn group() -> Group {
    Group {
        name: "batches",
        about: "Records of a file or an upload, each the start of a flow or an event. A batch goes on where it \
                stopped, whatever stopped it, and no record of it is taken twice.",
        endpoints: vec![
            Endpoint::new(
                ("batches.create", Method::POST, "/batches"),
                "Begins a batch of a file that the hub can read.",
                create,
            )
            .more("After a restart of the hub it goes on by itself.")
            .takes::<NewBatch>()
            .gives::<Batch>(202)
            .faults(&[codes::FILE, codes::FLOW_NAME, codes::ARGUMENT_REQUIRED, codes::CONFLICT]),
            Endpoint::new(
                ("batches.upload", Method::PUT, "/batches/{batch}/records"),
                "Takes the records of a batch as they are sent, and answers when all of them are on disk.",
                upload,
            )
            .more(
                "The body may be as large as it likes, packed with gzip or not; it is read no faster than its \
                 records are taken. Where it broke off, send it again from the beginning under the same id.",
            )
            .query::<BatchOptions>()
            .streams(MEDIA, |_| json_schema!({ "description": "The records." }))
            .gives::<Batch>(200)
            .faults(&[codes::BATCH_INVALID, codes::FLOW_NAME, codes::ARGUMENT_REQUIRED, codes::CONFLICT]),
            Endpoint::new(("batches.list", Method::GET, "/batches"), "Lists batches, the newest first.", list)
                .query::<BatchQuery>()
                .gives::<Listed<Batch>>(200),
            Endpoint::new(("batches.show", Method::GET, "/batches/{batch}"), "Shows how far a batch is.", show)
                .gives::<Batch>(200)
                .faults(&[codes::RUN_UNKNOWN]),
            Endpoint::new(
                ("batches.cancel", Method::POST, "/batches/{batch}/cancel"),
                "Stops a batch where it is.",
                cancel,
            )
            .more("What was handed in stays. It can go on later.")
            .gives_nothing()
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT]),
            Endpoint::new(
                ("batches.resume", Method::POST, "/batches/{batch}/resume"),
                "Lets a batch of a file go on where it stopped, for example when a bad record was mended.",
                resume,
            )
            .gives::<Batch>(202)
            .faults(&[codes::RUN_UNKNOWN, codes::CONFLICT, codes::FILE]),
        ],
    }
}

async fn create(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let NewBatch { id, file, options } = new_batch(request.json()?)?;
    let id = id.unwrap_or_else(|| new_id(&state));
    let planned = plan::batch(&id, &options, plan::of_file(&file))?;
    check_flow(&state, &options)?;
    if state.batches.find(&id).await?.is_some() {
        return Err(Fault::new(codes::CONFLICT, format!("there is a batch `{id}` already"))
            .with_hint("resume it, or give the new one another id"));
    }
    let found = state.batches.file(&file).await?;
    let batch = fresh(&state, &request, id, Some(file), options);
    let (batch, _) = state.batches.begin(planned, batch, From::File(found)).await?;
    state.audit(&request.by, "batch.begun", &batch.id).await?;
    answer::json(StatusCode::ACCEPTED, &batch)
}

async fn upload(state: Arc<State>, mut request: Request) -> Result<Answer, Fault> {
    let (id, options): (String, BatchOptions) = (request.parameter("batch").to_owned(), request.query()?);
    let named: Option<BatchFormat> = plan::of_media(request.media().as_deref());
    let planned = plan::batch(&id, &options, named)?;
    check_flow(&state, &options)?;
    let Some(body) = request.stream.take() else {
        return Err(Fault::new(codes::INTERNAL, "the body of an upload was read before"));
    };
    let batch = match state.batches.find(&id).await? {
        Some(known) if known.file.is_some() || known.options != options => {
            return Err(Fault::new(codes::CONFLICT, format!("there is another batch `{id}`"))
                .with_hint("send it with the options it began with, or give it another id"));
        }
        Some(known) => known,
        None => fresh(&state, &request, id, None, options),
    };
    let (upload, pass_on) = Upload::of(body);
    let (batch, ended) = state.batches.begin(planned, batch, From::Upload(upload)).await?;
    state.audit(&request.by, "batch.begun", &batch.id).await?;
    let (no_more, over) = tokio::sync::oneshot::channel::<()>();
    nave_call::task::spawn("upload", pass_on.run(over, Arc::clone(&state.clock)));
    let ended = ended.await;
    drop(no_more);
    let over = |why: &str| Fault::new(codes::CONFLICT, format!("the batch `{}` {why}", batch.id));
    match ended {
        Ok((batch, None)) if batch.state == BatchState::Done => answer::ok(&batch),
        Ok((_, Some(fault))) => Err(fault),
        Ok((ended, None)) if ended.state == BatchState::Cancelled => Err(over("was cancelled")),
        Ok((_, None)) | Err(_) => {
            Err(Fault::new(codes::HUB_BUSY, format!("the hub stops; the batch `{}` can go on", batch.id)))
        }
    }
}

async fn list(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let query: BatchQuery = request.query()?;
    let most = time::part(query.limit)?;
    let fits = |batch: &Batch| query.state.is_none_or(|wanted| wanted == batch.state);
    let all = state.batches.list().await?;
    let behind = match &query.after {
        None => 0,
        Some(after) => {
            let place = all.iter().position(|batch| batch.id == *after);
            place.ok_or_else(|| unknown(after))?.saturating_add(1)
        }
    };
    answer::ok(&part(all.into_iter().skip(behind).filter(fits).take(most).collect(), most))
}

async fn show(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    answer::ok(&one(&state, &request).await?)
}

async fn cancel(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let batch = one(&state, &request).await?;
    state.batches.cancel(&batch.id)?;
    state.audit(&request.by, "batch.cancelled", &batch.id).await?;
    Ok(answer::done())
}

async fn resume(state: Arc<State>, request: Request) -> Result<Answer, Fault> {
    let batch = one(&state, &request).await?;
    check_flow(&state, &batch.options)?;
    let batch = state.batches.resume(batch).await?;
    state.audit(&request.by, "batch.resumed", &batch.id).await?;
    answer::json(StatusCode::ACCEPTED, &batch)
}

async fn one(state: &State, request: &Request) -> Result<Batch, Fault> {
    let id = request.parameter("batch");
    state.batches.find(id).await?.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Fault {
    Fault::new(codes::RUN_UNKNOWN, format!("there is no batch `{id}`"))
        .with_hint("it was never begun here, or ended longer ago than runs are kept")
}

/// What is asked for: the id and the file, and everything else as the options, whose names are checked.
fn new_batch(mut asked: Map<String, Value>) -> Result<NewBatch, Fault> {
    let mut text = |name: &str| match asked.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::new(codes::ARGUMENT_VALUE, format!("`{name}` must be a text"))),
    };
    let (id, file) = (text("id")?, text("file")?);
    let file = file.ok_or_else(|| {
        Fault::new(codes::ARGUMENT_REQUIRED, "the file is missing")
            .with_hint("records are uploaded with `PUT /batches/{batch}/records`")
    })?;
    let options = serde_json::from_value(Value::Object(asked)).map_err(|error| misfit(&error.to_string()))?;
    Ok(NewBatch { id, file, options })
}

fn check_flow(state: &State, options: &BatchOptions) -> Result<(), Fault> {
    options.flow.as_ref().map_or(Ok(()), |flow| flows::one(&state.engine.flows(), flow).map(drop))
}

fn fresh(state: &State, request: &Request, id: String, file: Option<String>, options: BatchOptions) -> Batch {
    Batch {
        id,
        state: BatchState::Running,
        file,
        options,
        by: request.by.clone(),
        records: 0,
        rejected: 0,
        bytes: 0,
        total_bytes: None,
        per_second: 0.0,
        created_ms: state.now_ms(),
        ended_ms: None,
        why: None,
        bad: Vec::new(),
    }
}

/// The time, and what tells two of the same moment apart.
fn new_id(state: &State) -> String {
    format!("{}-{:04x}", state.clock.wall().strftime("%Y%m%d-%H%M%S"), fastrand::u16(..))
}
