//! Remote calls that lend objects in a Redis server.

use super::failures::kill;
use super::functions::{Grid, add, grow, hold, hold_all, leave, reduce, total, watch_and_leave};
use super::scopes::{begun, text};
use ref_core::{ErrorKind, Store, Workers};
use ref_tests::RedisServer;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

#[test]
fn owners_in_a_redis_server_are_lent_changed_and_moved() {
    let server = RedisServer::start();
    let address = server.address("lab");
    let store = Store::open(&address).unwrap();
    let workers = Workers::start(2).unwrap();
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    assert_eq!(add::call(&workers, &from, &mut to, 2).unwrap(), Ok(3));
    assert_eq!(leave::call(&workers, &mut to, 3).unwrap_err().kind(), ErrorKind::WorkerDied);
    assert_eq!(add::call(&workers, &from, &mut to, 2).unwrap(), Ok(5));
    assert_eq!(total::call(&workers, &to).unwrap(), 5);
    // The worker dies while it reads. The next writer does not wait until the worker's lease runs out.
    let mut from = from;
    assert_eq!(watch_and_leave::call(&workers, &from).unwrap_err().kind(), ErrorKind::WorkerDied);
    from.borrow_mut().unwrap().step += 1;
    let to = grow::call(&workers, to, 7).unwrap().unwrap();
    assert_eq!(to.into_inner().unwrap().cells, [5, 7]);
}

/// The worker is killed while it reads a list, half of which is in a server. The next writer of each element does not
/// wait until the worker's lease runs out.
#[test]
fn a_list_of_owners_in_a_redis_server_and_elsewhere_is_lent() {
    let server = RedisServer::start();
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, never] = ["begun", "never"].map(|name| folder.path().join(name));
    let stores = [server.address("lab"), "file:{}/lab".replace("{}", text(folder.path()))];
    let stores = stores.map(|address| Store::open(&address).unwrap());
    let workers = Workers::start(1).unwrap();
    let put = |n: usize| stores[n % 2].put(Grid::of(&[n as u64])).unwrap();
    let (mut parts, mut into) = ((0..6).map(put).collect::<Vec<_>>(), Grid::of(&[0]));
    assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 6);
    assert_eq!(into.cells, [15]);
    let error = workers.scope(|s| {
        let run = hold_all::spawn(s, &parts, text(&begun_at), text(&never))?;
        kill(begun(&begun_at));
        run.join()
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::WorkerDied);
    for part in &mut parts {
        assert_eq!(part.lent_as(), None);
        part.borrow_mut().unwrap().cells[0] += 1;
    }
    assert_eq!(reduce::call(&workers, &parts, &mut into).unwrap(), 6);
    assert_eq!(into.cells, [36]);
}

/// The store's data are removed while a call that lends from the store is queued. The worker makes no new store.
#[test]
fn a_worker_makes_no_store_in_a_server_in_the_place_of_one_that_is_gone() {
    let server = RedisServer::start();
    let folder = tempfile::tempdir().unwrap();
    let [begun_at, go] = ["begun", "go"].map(|name| folder.path().join(name));
    let store = Store::open(&server.address("lab")).unwrap();
    let workers = Workers::start(1).unwrap();
    let (from, mut busy) = (store.put(Grid::of(&[1])).unwrap(), Grid::default());
    let client = redis::Client::open(redis::ConnectionAddr::Unix(server.socket())).unwrap();
    let mut connection = client.get_connection().unwrap();
    let error = workers.scope(|s| {
        let running = hold::spawn(s, &mut busy, text(&begun_at), text(&go))?;
        begun(&begun_at);
        let run = total::spawn(s, &from)?;
        redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
        std::fs::write(&go, "").unwrap();
        running.join()?;
        run.join()
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::StoreRemoved);
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    assert!(keys.is_empty(), "{keys:?}");
}

/// The worker is stopped until its session is lost, as when a laptop sleeps.
#[test]
fn a_worker_whose_session_has_run_out_opens_another() {
    let server = RedisServer::start();
    let store = Store::open(&server.address("lab")).unwrap();
    let workers = Workers::start(1).unwrap();
    let (from, mut to) = (store.put(Grid::of(&[1])).unwrap(), store.put(Grid::of(&[1])).unwrap());
    assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap(), Ok(2));
    let pid = workers.idle()[0];
    let worker = pidfd_open(Pid::from_raw(pid as i32).unwrap(), PidfdFlags::empty()).unwrap();
    for sum in [3, 4] {
        pidfd_send_signal(&worker, Signal::STOP).unwrap();
        // Either this call or the thread that renews this process's session removes the worker's session.
        while store.stats().unwrap().sessions > 1 {
            let _removed_here = store.reap().unwrap();
            std::thread::yield_now();
        }
        pidfd_send_signal(&worker, Signal::CONT).unwrap();
        assert_eq!(add::call(&workers, &from, &mut to, 1).unwrap(), Ok(sum));
        let moved = grow::call(&workers, store.put(Grid::of(&[2])).unwrap(), 7).unwrap().unwrap();
        assert_eq!(moved.into_inner().unwrap().cells, [2, 7]);
    }
    assert_eq!(workers.idle(), [pid]);
}
