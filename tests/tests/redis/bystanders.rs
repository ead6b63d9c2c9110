//! Tests that a session does not suffer from silent connections, from dead sessions, or from another server that stands
//! still.

use crate::{LONG, open, until};
use ref_core::{ErrorKind, Store, StoreOptions};
use ref_tests::proxy::{Proxy, Silence};
use ref_tests::{Actor, RedisServer};
use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A lease that a test waits out, and that a loaded machine renews in time.
const SHORT: Duration = Duration::from_secs(2);

/// A connection of no session, to look at the store `a` and to change it.
struct Observer(redis::Connection);

impl Observer {
    fn of(server: &RedisServer) -> Self {
        let socket = redis::ConnectionAddr::Unix(server.socket());
        Self(redis::Client::open(socket).unwrap().get_connection().unwrap())
    }

    fn ask<T: redis::FromRedisValue>(&mut self, line: &str) -> T {
        let mut words = line.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        command.query(&mut self.0).unwrap()
    }

    /// Returns the server's time in milliseconds, and when each session's lease ends.
    ///
    /// # Panics
    /// If a lease has run out.
    fn leases(&mut self) -> (u64, HashMap<String, u64>) {
        let (seconds, micros): (u64, u64) = self.ask("TIME");
        let now = seconds * 1000 + micros / 1000;
        let ends: HashMap<String, u64> = self.ask("ZRANGE {ref:a}:sessions 0 -1 WITHSCORES");
        assert!(ends.values().all(|end| *end > now), "a lease has run out: {ends:?} at {now}");
        (now, ends)
    }

    /// Waits until each session with a short lease was renewed after the time at which its present lease ends.
    fn wait_renewed(&mut self) {
        let lease = SHORT.as_millis() as u64;
        let (began, before) = self.leases();
        until("the leases are renewed", || {
            let (_, now) = self.leases();
            assert_eq!(now.len(), before.len(), "a session is gone");
            before.iter().all(|(session, end)| *end > began + 2 * lease || now[session] > end + lease)
        });
    }

    /// Gives the store's only session `times` more objects, copies of the one that it has. Returns the session's name.
    fn multiply(&mut self, times: u64) -> String {
        let [session]: [String; 1] = self.ask("ZRANGE {ref:a}:sessions 0 -1");
        let script = "local a, session = '{ref:a}:', ARGV[1]
            local claims = a .. 'claims:' .. session
            local from = redis.call('HRANDFIELD', claims)
            for n = 1, tonumber(ARGV[2]) do
              local id = string.format('%024x', n)
              redis.call('COPY', a .. 'object:' .. from, a .. 'object:' .. id)
              redis.call('HSET', claims, id, '')
            end";
        let () = redis::cmd("EVAL").arg(script).arg(0).arg(&session).arg(times).query(&mut self.0).unwrap();
        session
    }

    /// Declares a session dead.
    fn lose(&mut self, session: &str) {
        let () = self.ask(&format!("HSET {{ref:a}}:dead {session} lost"));
        let () = self.ask(&format!("ZREM {{ref:a}}:sessions {session}"));
    }

    /// Returns how many objects of a dead session are not recovered yet.
    fn left(&mut self, session: &str) -> u64 {
        self.ask(&format!("HLEN {{ref:a}}:claims:{session}"))
    }
}

fn options() -> StoreOptions {
    StoreOptions::new().session_timeout(SHORT)
}

/// Starts a process that owns an object in the store `a`, and kills it. Its lease lasts for longer than the test.
fn killed_owner(server: &RedisServer) {
    let mut owner = Actor::at(&server.address("a"), LONG, LONG);
    owner.ask("put a 1 100").ok();
    owner.kill();
}

/// The background thread waits for the reply to the release, on one silent connection after another.
#[test]
fn silent_request_connections_do_not_starve_the_lease() {
    let server = RedisServer::start();
    let proxy = Proxy::before(&server.socket(), 1);
    let lender = open(&server.address("a"));
    let borrower = options().server_timeout(SHORT * 10).open(&proxy.address("a")).unwrap();
    let owned = lender.put(3_u64).unwrap();
    let loan = owned.lend().unwrap();
    let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
    proxy.silence(Silence::AllBut(0)); // The connection for renewals is the first one.
    drop(lease);
    Observer::of(&server).wait_renewed();
    proxy.mute(false);
    assert_eq!(borrower.put(4_u64).unwrap().into_inner().unwrap(), 4);
    let _ = loan.end().unwrap();
}

/// A renewal needs no library: the server has no memory to load it.
#[test]
fn a_full_server_that_has_lost_the_library_loses_no_session() {
    let server = RedisServer::start();
    let mut observer = Observer::of(&server);
    let stores = [(); 2].map(|()| options().open(&server.address("a")).unwrap());
    let owned = stores.each_ref().map(|store| store.put(1_u64).unwrap());
    let _full: String = observer.ask("CONFIG SET maxmemory 1");
    let _lost: String = observer.ask("FUNCTION FLUSH");
    observer.wait_renewed();
    assert_eq!(stores[0].put(2_u64).map(drop).unwrap_err().kind(), ErrorKind::StoreFull);
    let _room: String = observer.ask("CONFIG SET maxmemory 0");
    assert!(owned.into_iter().all(|owned| owned.into_inner().unwrap() == 1));
}

/// Fills the server with connections of strangers.
fn crowd(server: &RedisServer) -> Vec<UnixStream> {
    let connect = || UnixStream::connect(server.socket()).unwrap();
    let is_served = |stream: &mut UnixStream| {
        let mut reply = [0; 7];
        let asked = stream.write_all(b"PING\r\n").and_then(|()| stream.read_exact(&mut reply));
        asked.is_ok() && reply == *b"+PONG\r\n"
    };
    std::iter::repeat_with(connect).map_while(|mut stream| is_served(&mut stream).then_some(stream)).collect()
}

/// The sessions of a process share the connection for renewals, which is made before the first session begins.
#[test]
fn a_server_that_takes_no_more_clients_refuses_a_session_and_loses_none() {
    let server = RedisServer::start_with(&["--maxclients", "20"]);
    let mut observer = Observer::of(&server);
    let stores: Vec<Store> = (0..18).map(|_| options().open(&server.address("a")).unwrap()).collect();
    let strangers = crowd(&server);
    let elsewhere = format!("{}&database=1", server.address("a"));
    let error = options().open(&elsewhere).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "another database has connections of its own: {error}");
    observer.wait_renewed();
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(store.put(1_u64).map(|owned| *owned.borrow().unwrap()).unwrap(), 1);
                    assert_eq!(store.stats().unwrap().sessions, 18);
                }
            });
        }
    });
    assert_eq!(options().open(&server.address("a")).unwrap().put(2_u64).unwrap().into_inner().unwrap(), 2);
    drop((stores, strangers));
}

/// The close needs no connection besides those that the process has.
#[test]
fn a_session_is_closed_where_the_server_takes_no_more_clients() {
    let server = RedisServer::start_with(&["--maxclients", "10"]);
    let mut observer = Observer::of(&server);
    let options = StoreOptions::new().session_timeout(Duration::from_millis(LONG));
    let stores: Vec<Store> = (0..5).map(|_| options.open(&server.address("a")).unwrap()).collect();
    let strangers = crowd(&server);
    drop(stores);
    assert_eq!(observer.ask::<Vec<String>>("KEYS *"), Vec::<String>::new());
    drop(strangers);
}

#[test]
fn an_open_does_not_wait_for_the_recovery_of_the_dead() {
    let server = RedisServer::start();
    killed_owner(&server);
    let mut observer = Observer::of(&server);
    let dead = observer.multiply(20_000);
    observer.lose(&dead);
    let store = options().open(&server.address("a")).unwrap();
    assert!(observer.left(&dead) > 0, "the call has waited for the recovery");
    assert_eq!(store.put(4_u64).unwrap().into_inner().unwrap(), 4);
    until("the dead session is recovered", || {
        assert_eq!(observer.leases().1.len(), 1);
        observer.left(&dead) == 0
    });
}

#[test]
fn a_death_of_many_objects_takes_no_bystander_along() {
    let server = RedisServer::start();
    killed_owner(&server);
    let mut observer = Observer::of(&server);
    let dead = observer.multiply(60_000);
    let bystanders: Vec<Store> = (0..3).map(|_| options().open(&server.address("a")).unwrap()).collect();
    observer.lose(&dead);
    until("the dead session is recovered", || {
        assert_eq!(observer.leases().1.len(), bystanders.len());
        observer.left(&dead) == 0
    });
    for store in &bystanders {
        assert_eq!(store.put(1_u64).unwrap().into_inner().unwrap(), 1);
    }
}

/// A flush, a drop that nothing waits for, and a close at one server are done while a call waits for the other server,
/// which stands still.
#[test]
fn a_server_that_stands_still_delays_no_call_at_another() {
    let (still, healthy) = (RedisServer::start(), RedisServer::start());
    let options =
        StoreOptions::new().session_timeout(Duration::from_millis(LONG)).server_timeout(Duration::from_millis(LONG));
    let [at_still, at_healthy] = [&still, &healthy].map(|server| {
        let [lender, borrower] = [0; 2].map(|_| options.open(&server.address("a")).unwrap());
        (lender, borrower)
    });
    let (owned, other) = (at_still.0.put(1_u64).unwrap(), at_healthy.0.put(1_u64).unwrap());
    let (loan, other_loan) = (owned.lend().unwrap(), other.lend().unwrap());
    let lease = at_still.1.redeem(loan.ticket().unwrap()).unwrap();
    let other_lease = at_healthy.1.redeem(other_loan.ticket().unwrap()).unwrap();
    let mut counter = at_healthy.0.put(1_u64).unwrap();
    still.signal("STOP");
    drop(lease);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| at_still.1.put(2_u64).map(drop));
        *counter.borrow_mut().unwrap() += 1;
        counter.flush().unwrap();
        let mut observer = Observer::of(&healthy);
        let mut readers = || observer.ask::<Vec<String>>("KEYS {ref:a}:readers:*").len();
        assert_eq!(readers(), 1);
        // No request follows the release in its process, so the background thread reads the reply.
        drop(other_lease);
        until("the release arrives", || readers() == 0);
        let _ = other_loan.end().unwrap();
        drop(at_healthy.1);
        assert!(!waiting.is_finished(), "the calls have waited for the other server");
        still.signal("CONT");
        waiting.join().unwrap().unwrap();
    });
    let _ = loan.end().unwrap();
}
