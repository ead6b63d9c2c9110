//! Measures stores on this host beside their peers, and writes a page of the figures with pictures.
//!
//! `cargo xtask bench` runs this program. Its arguments are the folder of the repository, the socket of a Redis server,
//! the Python that has `ProxyStore`, the Python that has numpy, and the names of the parts to measure, or none for all.

mod columns;
mod encoding;
mod iceoryx;
mod large;
mod measure;
mod memory;
mod names;
mod page;
mod part;
mod peers;
mod plot;
mod python;
mod section;
mod small;
mod stores;
mod tail;

use page::Page;
use part::Part;
use ref_peers::{Done, machine};
use section::Section;
use std::path::Path;

fn main() -> Done {
    ref_core::remote::init(); // the workers of `columns` go no further
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, socket, proxystore, numpy, parts @ ..] = arguments.as_slice() else {
        return Err("arguments: a repository, a socket of Redis, two Pythons, parts".into());
    };
    let named = parts.iter().map(|name| Part::named(name)).collect::<Result<Vec<_>, _>>()?;
    let parts = if named.is_empty() { Part::ALL.to_vec() } else { named };
    let folder = tempfile::Builder::new().prefix("ref-peers-").tempdir_in("/dev/shm")?;
    let folder = folder.path();
    let [root, socket, proxystore, numpy] = [root, socket, proxystore, numpy].map(Path::new);
    let peers = peers::Peers::start(proxystore, numpy, socket, folder)?;
    let path = root.join("docs/performance.md");
    for part in parts {
        let mut section = Section::new(part);
        match part {
            Part::Small => section.rows(&small::rows(folder, &peers)?, root)?,
            Part::Large => section.rows(&large::rows(folder, &peers)?, root)?,
            Part::Encoding => section.rows(&encoding::rows()?, root)?,
            Part::Names => {
                section.rows(&names::rows(folder, &peers.redis)?, root)?;
                section.tails(&names::tails(folder)?);
            }
            Part::Columns => {
                section.rows(&columns::rows(folder, &peers.numpy)?, root)?;
                section.memory(&columns::memory(folder, &peers.numpy)?);
            }
        }
        let mut page = Page::read(&std::fs::read_to_string(&path)?);
        page.put(section, &format!("| {} |", machine()?.join(" | ")));
        std::fs::write(&path, page.text())?;
    }
    Ok(())
}
