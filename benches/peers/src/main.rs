//! Measures stores on this host beside their peers, in one run, and writes a page of the figures with pictures.
//!
//! `cargo xtask bench` runs this program. Its arguments are the folder of the repository, and the Python that has
//! `ProxyStore`.

mod iceoryx;
mod large;
mod measure;
mod page;
mod plot;
mod small;
mod stores;

use std::error::Error;
use std::path::PathBuf;

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(root), Some(python)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments: the folder of the repository, and the Python that has ProxyStore".into());
    };
    let folder = tempfile::Builder::new().prefix("ref-peers-").tempdir_in("/dev/shm")?;
    let proxystore = std::cell::RefCell::new(stores::ProxyStore::start(&python, &folder.path().join("proxystore"))?);
    let mut rows = small::rows(folder.path(), &proxystore)?;
    rows.extend(large::rows(folder.path(), &proxystore)?);
    for (number, row) in rows.iter().enumerate() {
        plot::draw(row, &root.join(plot::path(number)))?;
    }
    Ok(std::fs::write(root.join("docs/performance.md"), page::text(&rows)?)?)
}
