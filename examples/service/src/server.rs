//! A server: HTTP requests to the shop. Several of them run at once, and each serves every request.

use crate::shop::{Order, Receipt, Shop};
use anyhow::Result;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::task::spawn_blocking;

pub async fn run(name: String, address: String) -> Result<()> {
    let shop = Arc::new(spawn_blocking(move || Shop::open(&address)).await??);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let announced = Arc::clone(&shop);
    spawn_blocking(move || announced.announce(&name, port)).await??;
    let routes = Router::new().route("/index", get(index)).route("/cart/{customer}", post(order)).with_state(shop);
    Ok(axum::serve(listener, routes).await?)
}

/// Returns the number of the newest index.
async fn index(State(shop): State<Arc<Shop>>) -> Result<Json<u64>, Failure> {
    blocking(move || Ok(shop.index()?.number)).await
}

async fn order(
    State(shop): State<Arc<Shop>>,
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
