//! Workers of a pool on other hosts. A host is a network namespace, whose virtual cable is cut and healed.

use super::functions::{Grid, hold, process, total};
use super::pooled::{Joined, Lab, until};
use super::scopes::{begun, text};
use ref_core::{ErrorKind, Workers};
use ref_tests::RedisServer;
use ref_tests::cables::{cut, heal, in_namespaces, lay_cables, on_host};

#[test]
#[ignore = "run it by its name after a change of pools"]
fn workers_on_hosts_that_are_cut_off_and_healed() {
    in_namespaces("pooled_hosts::inside");
}

#[test]
#[ignore = "run by `workers_on_hosts_that_are_cut_off_and_healed`, in namespaces of its own"]
fn inside() {
    lay_cables();
    let options = ["--port", "7000", "--bind", "10.77.0.1", "--protected-mode", "no"];
    let mut lab = Lab::on(RedisServer::start_with(&options));
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, never, again, go] = ["begun", "never", "again", "go"].map(|name| folder.path().join(name));
    let program = std::env::current_exe().unwrap();
    let join = |host: &str| Joined::by(on_host(host, &program), "redis://10.77.0.1:7000/lab");
    let workers = Workers::on("redis://10.77.0.1:7000/lab").unwrap();
    let mut grid = Grid::default();

    // A host that is cut off for longer than a lease: its call has failed, and another host goes on.
    let _first = join("a");
    until(|| workers.count() == 1);
    let old = lab.members('w').remove(0);
    let (error, running) = workers
        .scope(|s| {
            let run = hold::spawn(s, &mut grid, text(&begun_at), text(&never))?;
            let running = begun(&begun_at);
            cut("a");
            lab.declare_dead(&old);
            Ok((run.join().unwrap_err(), running))
        })
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::WorkerDied, "{error}");
    let _second = join("b");
    assert_eq!(total::call(&workers, &Grid::of(&[1, 2])).unwrap(), 3);
    // It learns that it has lost its lease, kills the function, and joins again.
    heal("a");
    until(|| workers.count() == 2);
    until(|| !std::path::Path::new(&format!("/proc/{running}")).exists());
    assert!(!lab.members('w').contains(&old) && grid.step == 0);

    // A cut that is shorter than the lease changes nothing.
    let step = workers.scope(|s| {
        let run = hold::spawn(s, &mut grid, text(&again), text(&go))?;
        begun(&again);
        ["a", "b"].into_iter().for_each(cut);
        std::fs::write(&go, "").unwrap();
        ["a", "b"].into_iter().for_each(heal);
        run.join()
    });
    assert_eq!((step.unwrap(), grid.step), (1, 1));
    assert_ne!(process::call(&workers).unwrap(), running);
}
