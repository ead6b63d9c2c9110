//! Measures stores on this host beside their peers, in one run, and writes a page of the figures with pictures.
//!
//! `cargo xtask bench` runs this program. Its arguments are the folder of the repository, the socket of a Redis server, and
//! the Python that has `ProxyStore`. Without the last one it measures objects by name only, and replaces that part of the
//! page.

mod iceoryx;
mod large;
mod measure;
mod names;
mod page;
mod plot;
mod small;
mod stores;
mod tail;

use std::error::Error;
use std::path::{Path, PathBuf};

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(root), Some(socket)) = (arguments.next(), arguments.next()) else {
        return Err("arguments: the folder of the repository, the socket of a Redis server, and maybe a Python".into());
    };
    let page = root.join("docs/performance.md");
    let folder = tempfile::Builder::new().prefix("ref-peers-").tempdir_in("/dev/shm")?;
    let front = match arguments.next() {
        None => page::front_of(&std::fs::read_to_string(&page)?),
        Some(python) => {
            let proxystore = stores::ProxyStore::start(&python, &folder.path().join("proxystore"))?;
            let proxystore = std::cell::RefCell::new(proxystore);
            let mut rows = small::rows(folder.path(), &proxystore)?;
            rows.extend(large::rows(folder.path(), &proxystore)?);
            draw(&rows, 0, &root)?;
            page::front(&rows)?
        }
    };
    let first = page::pictures(&front);
    let (rows, tails) = (names::rows(folder.path(), &socket)?, names::tails(folder.path())?);
    draw(&rows, first, &root)?;
    Ok(std::fs::write(page, front + &page::names(&rows, first, &tails)?)?)
}

/// Draws the rows. The first one has this number.
fn draw(rows: &[measure::Row], first: usize, root: &Path) -> Done {
    (first..).zip(rows).try_for_each(|(number, row)| plot::draw(row, &root.join(plot::path(number))))
}
