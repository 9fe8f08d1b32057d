//! The MCP server around the [`Door`]: protocol 2026-07-28 (stateless) and 2025-11-25, over standard
//! input and output, or over streamable HTTP on a loopback address.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use nave_model::Fault;
use nave_model::fault::codes;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation,
    InitializeResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerCapabilities, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServerInitializeError, ServiceExt};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, transport};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::door::{Door, Reply};
use crate::tools;

/// The protocol versions served.
const VERSIONS: [ProtocolVersion; 2] = [ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// One client's handler; all of them share the door.
#[derive(Clone)]
struct Handler {
    door: Arc<Door>,
}

impl ServerHandler for Handler {
    fn get_info(&self) -> InitializeResult {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let implementation = Implementation::new("nave", env!("CARGO_PKG_VERSION")).with_title("Nave");
        InitializeResult::new(capabilities)
            .with_server_info(implementation)
            .with_instructions(tools::INSTRUCTIONS)
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Owned(VERSIONS.to_vec())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let Reply { text, is_error } = self.door.answer(&request.name, arguments).await;
        let content = vec![ContentBlock::text(text)];
        let result = if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
        Ok(result.into())
    }
}

/// Serves one client on standard input and output until it goes away.
///
/// # Errors
/// The client does not speak the protocol.
pub async fn serve_stdio(door: Arc<Door>) -> Result<(), Fault> {
    let (input, output) = transport::stdio();
    serve_streams(door, input, output).await
}

/// Serves one client on a pair of streams, a JSON-RPC message a line, until it goes away.
///
/// # Errors
/// The client does not speak the protocol.
pub async fn serve_streams<R, W>(door: Arc<Door>, input: R, output: W) -> Result<(), Fault>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let running = match (Handler { door }).serve((input, output)).await {
        Ok(running) => running,
        // Nobody said anything: a client that was started and stopped again.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            let fault = Fault::new(codes::SETTING_INVALID, "the MCP client did not begin as it must");
            return Err(fault.with_detail(error.to_string()));
        }
    };
    match running.waiting().await {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(Fault::new(codes::INTERNAL, "the MCP server ended early").with_detail(error.to_string()))
        }
    }
}

/// A streamable HTTP server under way.
pub struct Http {
    /// Where it listens; the path is `/mcp`.
    pub address: SocketAddr,
    listener: TcpListener,
    door: Arc<Door>,
}

impl Http {
    /// Listens on a loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is not a loopback one, or is taken.
    pub async fn bind(door: Arc<Door>, address: SocketAddr) -> Result<Http, Fault> {
        if !address.ip().is_loopback() {
            let message = format!("`{address}` is not a loopback address");
            return Err(Fault::new(codes::LISTEN, message)
                .with_hint("the MCP server listens on 127.0.0.1 or ::1 only"));
        }
        let taken = |error: std::io::Error| {
            Fault::new(codes::LISTEN, format!("`{address}` cannot be listened on: {error}"))
                .with_hint("choose another port, or 0 for any free one")
        };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Http { address, listener, door })
    }
}

/// Serves clients over streamable HTTP until `stop` is cancelled. Requests with a foreign `Host` or
/// any `Origin` are refused, so that no web page can reach the server through a browser.
///
/// # Errors
/// The listener broke.
pub async fn serve_http(http: Http, stop: CancellationToken) -> Result<(), Fault> {
    let Http { listener, door, .. } = http;
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_legacy_session_mode(false)
        .enforce_origin_validation()
        .with_cancellation_token(stop.clone());
    let sessions = Arc::new(LocalSessionManager::default());
    let service =
        StreamableHttpService::new(move || Ok(Handler { door: Arc::clone(&door) }), sessions, config);
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file handles and the like pass; the next accept tells.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(service.clone());
        let stop = stop.clone();
        nave_call::task::spawn("mcp-connection", async move {
            let server = auto::Builder::new(TokioExecutor::new());
            let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
            tokio::select! {
                () = stop.cancelled() => {}
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "an MCP connection ended early");
                    }
                }
            }
        });
    }
}
