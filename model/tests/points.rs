//! The model has the crash points of the ledger's code, except those in `LEFT_OUT`.

use ref_model::state::At;
use std::collections::BTreeSet;
use std::path::Path;

/// The ledger's points that the model leaves out: those of making, opening, closing and removing a store, of another
/// boot, of a half-written file, of a look that changes nothing, of the names of objects, at which
/// `tests/tests/named.rs` kills processes, of the queues of writers, likewise, since a queue decides nothing, of
/// cells, at each of which the library's own crash tests kill processes and recoverers, of retired files and of files
/// without a name, likewise, and of times. In the model a version in cells is a file. The end of a time is the model's
/// eviction, and an extension its adoption that is taken back.
const LEFT_OUT: &[&str] = &[
    "create.marked",
    "create.filled",
    "create.linked",
    "claim.introduced",
    "close.released",
    "remove.renamed",
    "boot.noted",
    "boot.unclocked",
    "version.made",
    "unnamed.written",
    "unnamed.linked",
    "cells.reserved",
    "cell.taken",
    "cell.written",
    "cell.whole",
    "cell.looked",
    "cell.freed",
    "recover.cell",
    "commit.placed",
    "commit.freed",
    "get.looked",
    "read.opened",
    "expire.looked",
    "expire.doomed",
    "extend.noted",
    "retire.renamed",
    "reuse.sole",
    "reuse.named",
    "inspect.state",
    "name.counted",
    "name.linked",
    "name.published",
    "name.unlinked",
    "queue.joining",
    "queue.counted",
    "queue.joined",
    "queue.left",
    "recover.queue",
];

#[test]
fn the_model_stands_at_every_crash_point_of_the_ledger_and_at_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref-core/src/backend/shm");
    let mut code = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(path).unwrap();
            code.extend(text.split("point(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    let model: BTreeSet<String> = At::ALL.iter().filter_map(|at| at.point()).map(str::to_owned).collect();
    let stale: Vec<&&str> = LEFT_OUT.iter().filter(|name| !code.contains(**name)).collect();
    assert!(stale.is_empty(), "the ledger has no such points any more: {stale:?}");
    let expected: BTreeSet<String> = code.into_iter().filter(|name| !LEFT_OUT.contains(&name.as_str())).collect();
    assert_eq!(model, expected);
}
