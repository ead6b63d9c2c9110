//! A service of several processes that share named objects: three servers take orders, and an indexer makes the prices.
//! Any of them may be killed at any moment.
//!
//! ```console
//! $ cargo run --release -- start shm://shop    # until Ctrl-C
//! $ cargo run --release -- drive shm://shop    # in another terminal: 20,000 orders, while processes are killed
//! $ cargo run --release -- try                 # both, in a store of its own
//! ```
//!
//! `shop` has the objects and what is done with them, `server` the HTTP in front of it, `start` the processes, and
//! `drive` the client with the check at its end.

mod drive;
mod server;
mod shop;
mod start;

use anyhow::Result;

const HELP: &str = "\
service start ADDRESS            three servers and an indexer, which are started again when they end
service drive ADDRESS [ORDERS]   sends orders and kills processes meanwhile, then checks every cart
service try [ADDRESS [ORDERS]]   both
";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["start", address] => start::all(address),
        ["start-for-parent", address] => {
            start::end_with_parent();
            start::all(address)
        }
        ["server", address, name] => {
            start::end_with_parent();
            server::run(name.to_owned(), address.to_owned()).await
        }
        ["indexer", address] => {
            start::end_with_parent();
            start::indexer(address)
        }
        ["drive", address] => drive::run(address, drive::ORDERS).await,
        ["drive", address, orders] => drive::run(address, orders.parse()?).await,
        ["try", ref more @ ..] if more.len() < 3 => {
            let own = format!("shm://service-{}", std::process::id());
            let address = more.first().copied().unwrap_or(&own);
            let orders = more.get(1).map_or(Ok(drive::ORDERS), |orders| orders.parse())?;
            drive::try_all(address, orders).await
        }
        _ => {
            eprint!("{HELP}");
            std::process::exit(2)
        }
    }
}
