//! A server: HTTP requests to the shop. Several of them run at once, and each serves every request.
//!
//! What waits for other processes is async: a stream of versions waits for the next index, without a thread. What changes
//! an object runs on a thread that may block, since its commit writes the value.

use crate::shop::{Made, Order, Receipt, Shop};
use anyhow::{Context as _, Result};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_stream::StreamExt as _;

/// What the requests share.
#[derive(Clone)]
struct Server {
    shop: Arc<Shop>,
    /// The newest index that this process has been told of.
    newest: watch::Receiver<Made>,
}

pub async fn run(name: String, address: String) -> Result<()> {
    let shop = Arc::new(spawn_blocking(move || Shop::open(&address)).await??);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let announced = Arc::clone(&shop);
    spawn_blocking(move || announced.announce(&name, port)).await??;
    let (tell, newest) = watch::channel(Made::default());
    let routes = Router::new()
        .route("/index", get(index))
        .route("/index/after/{number}", get(next_index))
        .route("/cart/{customer}", post(order))
        .with_state(Server { shop: Arc::clone(&shop), newest });
    tokio::select! {
        served = axum::serve(listener, routes) => Ok(served?),
        followed = follow(shop, tell) => followed,
    }
}

/// Tells the requests that wait of each new index. Returns with an error only: then this process ends, and `start` starts
/// the server again.
async fn follow(shop: Arc<Shop>, tell: watch::Sender<Made>) -> Result<()> {
    let watcher = spawn_blocking(move || shop.watch_index()).await??;
    let mut versions = watcher.versions();
    while let Some(version) = versions.next().await {
        tell.send_replace(version?.made());
    }
    Ok(())
}

/// Returns the number of the newest index.
async fn index(State(Server { shop, .. }): State<Server>) -> Result<Json<u64>, Failure> {
    blocking(move || Ok(shop.index()?.number)).await
}

/// Waits for an index after the one with this number. Any number of requests wait here, and one stream wakes them.
async fn next_index(State(mut server): State<Server>, Path(number): Path<u64>) -> Result<Json<Made>, Failure> {
    let made = server.newest.wait_for(|newest| newest.number > number).await.context("the server ends")?;
    Ok(Json(*made))
}

async fn order(
    State(Server { shop, .. }): State<Server>,
    Path(customer): Path<String>,
    Json(order): Json<Order>,
) -> Result<Json<Receipt>, Failure> {
    blocking(move || shop.order(&customer, &order)).await
}

/// Runs `work` on a thread that may block. No borrow of an object is alive at an `.await`: each begins and ends in `work`.
async fn blocking<R: Send + 'static>(work: impl FnOnce() -> Result<R> + Send + 'static) -> Result<Json<R>, Failure> {
    let done = spawn_blocking(work).await.map_err(|panic| Failure(panic.into()))?;
    done.map(Json).map_err(Failure)
}

/// An error of the shop, as a response.
struct Failure(anyhow::Error);

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        // A customer's name that is not allowed in a store is the client's mistake.
        let kind = self.0.downcast_ref::<ref_core::Error>().map(ref_core::Error::kind);
        let status = match kind {
            Some(ref_core::ErrorKind::MalformedName) => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, format!("{:#}", self.0)).into_response()
    }
}
