//! Measures workflows with `ProxyStore` and with this crate, in one run, and writes a page of the figures with a
//! picture.
//!
//! `cargo xtask workflows` runs this program. Its arguments are the folder of the repository, the Python that has
//! `ProxyStore`, the program of a Redis server, and for how many seconds each case is measured.

mod case;
mod memory;
mod ours;
mod page;
mod picture;
mod server;
mod side;

use case::{Place, SIZES, Setting, Workload, measure};
use ref_peers::Done;
use std::path::Path;
use std::time::Duration;

fn main() -> Done {
    ref_core::remote::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [side::SIDE, address] => ours::serve(address),
        [root, python, redis, seconds] => compare(Path::new(root), python, redis, seconds.parse()?),
        _ => Err("four arguments: the repository, the Python that has ProxyStore, a Redis server, seconds".into()),
    }
}

fn compare(root: &Path, python: &str, redis: &str, seconds: u64) -> Done {
    let folder = tempfile::Builder::new().prefix("ref-workflows-").tempdir_in("/dev/shm")?;
    let (python, redis) = (python.into(), redis.into());
    let setting = Setting { python, redis, folder: folder.path().into(), time: Duration::from_secs(seconds) };
    let mut rows = Vec::new();
    for workload in Workload::ALL {
        for place in Place::ALL {
            for (size, goal) in SIZES {
                let measured = measure(&setting, workload, place, size)?;
                let row = page::Row { workload, place, size, goal, measured };
                eprintln!("{}", row.said());
                rows.push(row);
            }
        }
    }
    picture::draw(&rows, &root.join(page::PICTURE))?;
    Ok(std::fs::write(root.join("docs/workflows.md"), page::text(&rows)?)?)
}
