//! A client that sends orders while it kills servers and the indexer. At the end, every cart has exactly what was ordered.

use crate::shop::{Made, Order, Receipt, Shop, now};
use crate::start::{SERVERS, child};
use anyhow::{Context as _, Result, bail, ensure};
use reqwest::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;

pub const ORDERS: u64 = 20_000;

/// How many clients send at the same time; each has a cart.
const CLIENTS: u64 = 16;

/// How often a server is killed in a run.
const KILLS: u64 = 20;

struct Run {
    shop: Shop,
    http: Client,
    /// Tells the orders and carts of this run from those of others.
    number: u64,
    orders: u64,
    received: AtomicU64,
    /// Attempts without a response, each of which was sent again.
    lost: AtomicU64,
    /// The ids of the processes that were killed.
    killed: Mutex<BTreeSet<u32>>,
    /// How long after the making of an index a client that waited at a server was told, in microseconds.
    told: Mutex<Vec<u64>>,
    is_over: AtomicBool,
}

/// Starts all processes, drives them, and ends them.
pub async fn try_all(address: &str, orders: u64) -> Result<()> {
    // Keeps the store until the orders are checked.
    let shop = Shop::open(address)?;
    let mut started = child(&["start-for-parent", address])?;
    let driven = run(address, orders).await;
    started.kill()?;
    started.wait()?;
    shop.clear()?;
    driven
}

pub async fn run(address: &str, orders: u64) -> Result<()> {
    let run = Arc::new(Run {
        shop: Shop::open(address)?,
        http: Client::new(),
        number: now(),
        orders,
        received: AtomicU64::new(0),
        lost: AtomicU64::new(0),
        killed: Mutex::default(),
        told: Mutex::default(),
        is_over: AtomicBool::new(false),
    });
    run.wait_for_all().await?;
    let since = Instant::now();
    let watch = tokio::spawn(watch_index(Arc::clone(&run)));
    let waits = SERVERS.map(|server| tokio::spawn(wait_for_indexes(Arc::clone(&run), server)));
    let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(send_all(Arc::clone(&run), client))).collect();
    let mut sent = Vec::new();
    for client in clients {
        sent.push(client.await??);
    }
    let took = since.elapsed();
    run.is_over.store(true, Relaxed);
    waits.iter().for_each(JoinHandle::abort);
    let (delays, kills) = (watch.await??, lock(&run.killed).len());
    for (client, orders) in (0..).zip(&sent) {
        run.check(client, orders)?;
    }
    println!("{orders} orders in {took:.1?}, each counted once; {kills} processes killed");
    println!("{} attempts without a response, sent again; no response of 5xx", run.lost.load(Relaxed));
    println!("{} indexes; everywhere after {}", delays.len(), median_and_most(delays)?);
    println!("a client that waits is told after {}", median_and_most(std::mem::take(&mut *lock(&run.told)))?);
    Ok(())
}

/// Returns the median and the longest of some times in microseconds, as text.
fn median_and_most(mut times: Vec<u64>) -> Result<String> {
    ensure!(!times.is_empty(), "no new index was seen");
    times.sort_unstable();
    let [median, most] = [times.len() / 2, times.len() - 1].map(|nth| times[nth] as f64 / 1000.0);
    Ok(format!("{median:.1} ms (median), {most:.1} ms (the longest)"))
}

/// One client: sends its orders one after the other, each until it has a receipt. Returns the orders.
async fn send_all(run: Arc<Run>, client: u64) -> Result<Vec<Order>> {
    let customer = run.customer(client);
    let mut sent = Vec::new();
    for nth in (client..run.orders).step_by(CLIENTS as usize) {
        let order = Order { id: run.number + nth, article: (nth % 7) as u32, count: 1 + nth % 3 };
        for server in SERVERS.iter().cycle().skip(nth as usize % SERVERS.len()) {
            let url = format!("{}/cart/{customer}", run.url(server)?);
            let Ok(response) = run.http.post(url).json(&order).send().await else {
                // The server is gone, and may have taken the order. The next one gets it with the same id.
                run.lost.fetch_add(1, Relaxed);
                continue;
            };
            if !response.status().is_success() {
                bail!("{}: {}", response.status(), response.text().await?);
            }
            if response.json::<Receipt>().await.is_ok() {
                break;
            }
            run.lost.fetch_add(1, Relaxed);
        }
        sent.push(order);
        let received = run.received.fetch_add(1, Relaxed) + 1;
        let period = run.orders.div_ceil(KILLS);
        if received % period == 0 {
            run.kill_some(received / period)?;
        }
    }
    Ok(sent)
}

/// Asks all servers for each new index. Fails if a server has an older one than there was when it was asked. Returns how
/// long each index took from its making until every server had it, in microseconds.
async fn watch_index(run: Arc<Run>) -> Result<Vec<u64>> {
    let mut delays = Vec::new();
    let mut versions = run.shop.watch_index()?.versions();
    while !run.is_over.load(Relaxed) {
        let newest = versions.next().await.context("the stream of versions has ended")??.made();
        let asked = SERVERS.map(|server| tokio::spawn(has_index(Arc::clone(&run), server, newest.number)));
        for server in asked {
            server.await??;
        }
        delays.push(now() - newest.made_at);
    }
    Ok(delays)
}

/// Waits at a server for one index after the other.
async fn wait_for_indexes(run: Arc<Run>, server: &str) {
    let mut last = 0;
    loop {
        match run.next_index(server, last).await {
            // The first response may be an index that was there before.
            Ok(made) => {
                if last > 0 {
                    lock(&run.told).push(now() - made.made_at);
                }
                last = made.number;
            }
            // The server was killed, and its successor has not announced itself yet.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Asks a server for its index, which must not be older than `newest`. A server that was killed has none, and its
/// successor begins with the newest.
async fn has_index(run: Arc<Run>, server: &str, newest: u64) -> Result<()> {
    let Ok(response) = run.http.get(format!("{}/index", run.url(server)?)).send().await else { return Ok(()) };
    let Ok(number) = response.json::<u64>().await else { return Ok(()) };
    ensure!(number >= newest, "server {server} has index {number}, and {newest} is newer");
    Ok(())
}

impl Run {
    fn customer(&self, client: u64) -> String {
        format!("{}-{client}", self.number)
    }

    /// Returns where a server is, by what it has announced.
    fn url(&self, server: &str) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}", self.shop.process(server)?.snapshot()?.port))
    }

    async fn next_index(&self, server: &str, last: u64) -> Result<Made> {
        let url = format!("{}/index/after/{last}", self.url(server)?);
        Ok(self.http.get(url).send().await?.json().await?)
    }

    /// Waits until every server responds.
    async fn wait_for_all(&self) -> Result<()> {
        let since = Instant::now();
        for server in SERVERS {
            loop {
                if let Ok(url) = self.url(server)
                    && self.http.get(format!("{url}/index")).send().await.is_ok()
                {
                    break;
                }
                ensure!(since.elapsed().as_secs() < 60, "server {server} does not respond; is `start` running?");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    /// Kills a server, each in turn, and the indexer with every second one.
    fn kill_some(&self, round: u64) -> Result<()> {
        let victims = [Some(SERVERS[round as usize % SERVERS.len()]), (round % 2 == 0).then_some("indexer")];
        for victim in victims.into_iter().flatten() {
            let id = self.shop.process(victim)?.snapshot()?.id;
            // An id that was killed before may be another process's by now: the successor has not announced itself yet.
            if lock(&self.killed).insert(id) {
                Command::new("kill").args(["-9", &id.to_string()]).status()?;
            }
        }
        Ok(())
    }

    /// Compares a cart with the orders that have a receipt.
    fn check(&self, client: u64, orders: &[Order]) -> Result<()> {
        let customer = self.customer(client);
        let cart = self.shop.cart(&customer)?.snapshot().with_context(|| format!("cart of {customer}"))?;
        let ids: BTreeSet<u64> = orders.iter().map(|order| order.id).collect();
        ensure!(cart.requests == ids, "cart of {customer}: the requests differ from those with a receipt");
        let mut articles = BTreeMap::new();
        orders.iter().for_each(|order| *articles.entry(order.article).or_default() += order.count);
        ensure!(cart.articles == articles, "cart of {customer}: {:?} instead of {articles:?}", cart.articles);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
