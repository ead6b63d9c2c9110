//! A proxy that makes a bad connection to a server: it drops requests, delays them, delivers them twice, loses answers,
//! and breaks connections after any byte.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many of 10,000 requests go wrong on average, in each way. For `cut`, also how many of 10,000 pieces of answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The connection breaks off within the request or the answer.
    pub cut: u64,
    /// The request never arrives.
    pub drop: u64,
    /// The request arrives late.
    pub delay: u64,
    /// The request arrives again, some time later.
    pub twice: u64,
}

/// How many requests were seen, and how often each of the [`Faults`] happened. Cuts and losses that a method of
/// [`Proxy`] asked for are not counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests that were seen.
    pub requests: AtomicU64,
    /// Connections that were cut within a request or an answer.
    pub cut: AtomicU64,
    /// Requests that were dropped.
    pub dropped: AtomicU64,
    /// Requests that were delayed.
    pub delayed: AtomicU64,
    /// Requests that were delivered once more on another connection.
    pub twice: AtomicU64,
}

/// On which connections answers are lost. The first connection is number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// On none.
    Nowhere,
    /// On all.
    Everywhere,
    /// On this one.
    Only(i64),
    /// On all but this one.
    AllBut(i64),
}

/// Decides by the name of a request whether the request arrives.
struct Filter(Box<dyn FnMut(&str) -> bool + Send>);

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Connection {
    client: UnixStream,
    server: UnixStream,
    /// Reports that no request of the client is left to deliver, by the end of the thread that has the sender.
    delivered: Receiver<()>,
}

#[derive(Debug)]
struct State {
    upstream: Mutex<PathBuf>,
    faults: Mutex<Faults>,
    seed: AtomicU64,
    counts: Counts,
    silence: Mutex<Silence>,
    /// How many connections were tried, and how many were made.
    tried: AtomicI64,
    made: AtomicI64,
    /// How many bytes of requests still pass before a connection breaks; negative: no limit. `answers_left` is the same
    /// for answers.
    requests_left: AtomicI64,
    answers_left: AtomicI64,
    /// How many requests still arrive before one is lost; negative: all.
    arriving: AtomicI64,
    filter: Mutex<Option<Filter>>,
    /// The connections that go on, by their numbers.
    open: Mutex<HashMap<i64, Connection>>,
    closed: AtomicBool,
}

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    socket: PathBuf,
    _folder: tempfile::TempDir,
    state: Arc<State>,
}

impl Proxy {
    /// Starts a proxy before the server at the socket `upstream`. `seed` is the seed of its random numbers. Nothing
    /// goes wrong yet.
    ///
    /// # Panics
    /// If the proxy's socket cannot be made.
    #[must_use]
    pub fn before(upstream: &Path, seed: u64) -> Self {
        let folder = tempfile::Builder::new().prefix("ref-proxy-").tempdir().expect("a folder for the proxy");
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let state = Arc::new(State {
            upstream: Mutex::new(upstream.to_owned()),
            faults: Mutex::default(),
            seed: AtomicU64::new(seed),
            counts: Counts::default(),
            silence: Mutex::new(Silence::Nowhere),
            tried: AtomicI64::new(0),
            made: AtomicI64::new(0),
            requests_left: AtomicI64::new(-1),
            answers_left: AtomicI64::new(-1),
            arriving: AtomicI64::new(-1),
            filter: Mutex::default(),
            open: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if serving.closed.load(Ordering::SeqCst) {
                    break;
                }
                serving.serve(client);
            }
        });
        Self { socket, _folder: folder, state }
    }

    /// Returns the address of a store behind the proxy.
    #[must_use]
    pub fn address(&self, store: &str) -> String {
        format!("redis+unix://{}?store={store}", self.socket.display())
    }

    /// Sets how often each fault happens from now on.
    pub fn go_wrong(&self, faults: Faults) {
        *lock(&self.state.faults) = faults;
    }

    /// Sets whether the answers of all connections are lost from now on. Requests still arrive. `false` also breaks all
    /// connections, when all that the clients have sent so far is delivered.
    pub fn mute(&self, mute: bool) {
        self.silence(if mute { Silence::Everywhere } else { Silence::Nowhere });
    }

    /// Sets on which connections answers are lost from now on. Requests still arrive. [`Silence::Nowhere`] also breaks
    /// all connections, when all that the clients have sent so far is delivered.
    pub fn silence(&self, silence: Silence) {
        if silence == Silence::Nowhere {
            self.deliver();
        }
        *lock(&self.state.silence) = silence;
        if silence == Silence::Nowhere {
            // The lost answers never come, so their connections cannot be used any more.
            self.break_all();
        }
    }

    /// Delivers what the clients have sent, and breaks their connections. A slow machine may not have delivered a
    /// request yet that its client has given up.
    fn deliver(&self) {
        let open: Vec<Connection> = lock(&self.state.open).drain().map(|(_, connection)| connection).collect();
        for Connection { client, .. } in &open {
            let _broken_already = client.shutdown(Shutdown::Both); // What was sent can still be read.
        }
        for Connection { delivered, .. } in open {
            let _all_delivered = delivered.recv();
        }
    }

    /// Returns how many connections were tried so far, also while the server was not there.
    #[must_use]
    pub fn tried(&self) -> i64 {
        self.state.tried.load(Ordering::SeqCst)
    }

    /// Breaks a connection after `bytes` more bytes of requests, counted over all connections.
    pub fn cut_requests_after(&self, bytes: i64) {
        self.state.requests_left.store(bytes, Ordering::SeqCst);
    }

    /// Breaks a connection after `bytes` more bytes of answers, counted over all connections.
    pub fn cut_answers_after(&self, bytes: i64) {
        self.state.answers_left.store(bytes, Ordering::SeqCst);
    }

    /// Loses one request, after `requests` more have arrived. The connection goes on.
    pub fn lose_request_after(&self, requests: i64) {
        self.state.arriving.store(requests, Ordering::SeqCst);
    }

    /// Loses each request for which `arrives` returns false, until [`pass_all`](Self::pass_all). The connections go on.
    /// `arrives` gets the first two words of a request, such as `FCALL ref_0123456789ab_put` or `FUNCTION LOAD`, when
    /// the requests before this one on the connection were passed on to the server. Other requests through the proxy
    /// wait until `arrives` returns.
    pub fn pass_only(&self, arrives: impl FnMut(&str) -> bool + Send + 'static) {
        *lock(&self.state.filter) = Some(Filter(Box::new(arrives)));
    }

    /// Undoes [`pass_only`](Self::pass_only).
    pub fn pass_all(&self) {
        *lock(&self.state.filter) = None;
    }

    /// Returns whether every cut that `cut_requests_after` or `cut_answers_after` has asked for was made.
    #[must_use]
    pub fn has_cut(&self) -> bool {
        self.state.requests_left.load(Ordering::SeqCst) < 0 && self.state.answers_left.load(Ordering::SeqCst) < 0
    }

    /// Breaks all connections, and passes new ones on to the server at the socket `upstream`.
    pub fn lead_to(&self, upstream: &Path) {
        *lock(&self.state.upstream) = upstream.to_owned();
        self.break_all();
    }

    /// Breaks all connections.
    pub fn break_all(&self) {
        for (_, Connection { client, server, .. }) in lock(&self.state.open).drain() {
            let _broken_already = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        }
    }

    /// Returns how many requests were seen so far, and how often each fault happened.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.state.counts
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        self.break_all();
        let _wakes_it = UnixStream::connect(&self.socket);
    }
}

impl State {
    fn serve(self: &Arc<Self>, client: UnixStream) {
        self.tried.fetch_add(1, Ordering::SeqCst);
        let Ok(server) = UnixStream::connect(&*lock(&self.upstream)) else { return };
        let copy = |stream: &UnixStream| stream.try_clone().expect("a descriptor");
        let nth = self.made.fetch_add(1, Ordering::SeqCst);
        let (delivering, delivered) = mpsc::channel::<()>();
        lock(&self.open).insert(nth, Connection { client: copy(&client), server: copy(&server), delivered });
        let (there, back) = (Arc::clone(self), Arc::clone(self));
        let (from, to) = (copy(&client), copy(&server));
        std::thread::spawn(move || {
            there.requests(&from, &to);
            drop(delivering);
            let _broken = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
        std::thread::spawn(move || {
            back.answers(nth, &server, &client);
            let _broken = (server.shutdown(Shutdown::Both), client.shutdown(Shutdown::Both));
            drop(lock(&back.open).remove(&nth));
        });
    }

    fn requests(&self, mut from: &UnixStream, mut to: &UnixStream) {
        let (mut pending, mut buffer) = (Vec::new(), [0; 1 << 16]);
        loop {
            let Ok(read @ 1..) = from.read(&mut buffer) else { return };
            pending.extend_from_slice(&buffer[..read]);
            while let Some(length) = whole(&pending) {
                let request: Vec<u8> = pending.drain(..length).collect();
                if !self.request(&request, &mut to) {
                    return;
                }
            }
        }
    }

    /// Delivers a request, unless something goes wrong with it. Returns whether the connection goes on.
    fn request(&self, request: &[u8], to: &mut &UnixStream) -> bool {
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        let faults = *lock(&self.faults);
        if self.hits(faults.delay, &self.counts.delayed) {
            std::thread::sleep(Duration::from_millis(self.random() % 20));
        }
        if self.hits(faults.twice, &self.counts.twice) {
            self.again(request.to_vec());
        }
        if self.is_lost() || self.is_filtered(request) || self.hits(faults.drop, &self.counts.dropped) {
            return true;
        }
        if self.hits(faults.cut, &self.counts.cut) {
            let _broken = to.write_all(&request[..self.random() as usize % request.len()]);
            return false;
        }
        pass(&self.requests_left, request, to)
    }

    /// Delivers the request once more, on another connection, a little later.
    fn again(&self, request: Vec<u8>) {
        let (upstream, wait) = (lock(&self.upstream).clone(), self.random() % 30);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(wait));
            let Ok(mut server) = UnixStream::connect(upstream) else { return };
            let _unheard = (server.write_all(&request), server.read(&mut [0; 64]));
        });
    }

    fn answers(&self, nth: i64, mut from: &UnixStream, mut to: &UnixStream) {
        let mut buffer = [0; 1 << 16];
        loop {
            let Ok(read @ 1..) = from.read(&mut buffer) else { return };
            let is_lost = match *lock(&self.silence) {
                Silence::Nowhere => false,
                Silence::Everywhere => true,
                Silence::Only(connection) => connection == nth,
                Silence::AllBut(connection) => connection != nth,
            };
            if is_lost {
                continue;
            }
            let faults = *lock(&self.faults);
            if self.hits(faults.cut, &self.counts.cut) {
                let _broken = to.write_all(&buffer[..self.random() as usize % read]);
                return;
            }
            if !pass(&self.answers_left, &buffer[..read], &mut to) {
                return;
            }
        }
    }

    /// Counts down to the request that `lose_request_after` has asked to lose. Returns whether this is that request.
    fn is_lost(&self) -> bool {
        let down = |left| (left >= 0).then_some(left - 1);
        self.arriving.fetch_update(Ordering::SeqCst, Ordering::SeqCst, down) == Ok(0)
    }

    fn is_filtered(&self, request: &[u8]) -> bool {
        lock(&self.filter).as_mut().is_some_and(|filter| !filter.0(&name(request)))
    }

    fn hits(&self, of_ten_thousand: u64, count: &AtomicU64) -> bool {
        let hit = of_ten_thousand > 0 && self.random() % 10_000 < of_ten_thousand;
        count.fetch_add(u64::from(hit), Ordering::Relaxed);
        hit
    }

    /// Returns the next random number (splitmix64).
    fn random(&self) -> u64 {
        let mut z = self.seed.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Passes bytes on, as many as `left` permits. Returns whether the connection goes on.
fn pass(left: &AtomicI64, bytes: &[u8], to: &mut &UnixStream) -> bool {
    let before = left.load(Ordering::SeqCst);
    if before < 0 {
        return to.write_all(bytes).is_ok();
    }
    let length = bytes.len() as i64;
    if length <= before {
        left.store(before - length, Ordering::SeqCst);
        return to.write_all(bytes).is_ok();
    }
    let _broken = to.write_all(&bytes[..before as usize]);
    left.store(-1, Ordering::SeqCst);
    false
}

/// Returns the length of the first request, or `None` if a part of the request is missing. A request is `*COUNT`, and
/// then for each of its COUNT parts `$LENGTH` and LENGTH bytes.
fn whole(bytes: &[u8]) -> Option<usize> {
    let number = |from: usize| {
        let end = from + bytes.get(from..)?.windows(2).position(|pair| pair == b"\r\n")?;
        let number = std::str::from_utf8(&bytes[from + 1..end]).ok()?.parse::<usize>().ok()?;
        Some((number, end + 2))
    };
    let (count, mut at) = number(0)?;
    for _ in 0..count {
        let (length, next) = number(at)?;
        at = next + length + 2;
    }
    (at <= bytes.len()).then_some(at)
}

/// Returns the first two words of a whole request.
fn name(request: &[u8]) -> String {
    let lines = request.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line.trim_ascii_end()));
    let words: Vec<_> = lines.skip(2).step_by(2).take(2).collect();
    words.join(" ")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
