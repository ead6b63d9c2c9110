//! Waiting for changes of objects and of names, by publish and subscribe.
//!
//! A process has one connection for each store for this, however many of its threads wait. A waiting call notes in the
//! object's hash that this process waits; the function that changes the object next publishes the object's name and
//! removes the note. In the same way a call notes that this process waits for an object of a name, and the function that
//! publishes an object under the name sends `/` and the name. So no message is sent for what is not waited for. A message may be lost with its
//! connection, so a wait ends after [`LONGEST_WAIT`] at the latest, and its caller looks at the object again.

use super::connect::{Connector, ServerStatus};
use super::fault::ServerFault;
use super::server::Server;
use super::text::hex;
use crate::error::{Error, Result};
use crate::event;
use crate::id::Nonce;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, Weak, bell, deadline, lock};
use std::collections::HashMap;
use std::time::Duration;

/// The longest time between two looks at an object that is waited for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// The longest time between two looks while the process has no connection for messages.
const WITHOUT_MESSAGES: Duration = Duration::from_millis(50);
/// How long the connection is kept after the last wait.
const LINGER: Duration = Duration::from_secs(5);
/// The most objects and names whose last message is remembered.
const REMEMBERED: usize = 1024;

/// The messages to one process about the objects of one store.
pub(super) struct Listener {
    connector: Connector,
    /// How long to wait for a connection.
    answer: Duration,
    /// The channel of this process, and the one for objects that very many processes wait for.
    pub(super) channels: [String; 2],
    /// The beginning of the two channels' names in the server.
    prefix: String,
    heard: Mutex<Heard>,
    changed: Condvar,
}

#[derive(Default)]
struct Heard {
    thread: ThreadState,
    /// How many messages have come.
    count: u32,
    /// The number of each message that came last with its text.
    last: HashMap<String, u32>,
    /// The number of the last message that is forgotten. It may have had any text.
    forgotten: u32,
    /// When a call waited last.
    used: Option<Instant>,
    /// When the thread failed last. The next thread begins [`LONGEST_WAIT`] later at the earliest.
    failed: Option<Instant>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum ThreadState {
    #[default]
    None,
    Connecting,
    Listening,
}

/// The listeners of this process. A forked child makes its own: it must not read from its parent's connections.
static LISTENERS: Mutex<Vec<(u32, Server, Weak<Listener>)>> = Mutex::new(Vec::new());

/// Returns the listener of this process for the store at that address.
pub(super) fn listener(server: &Server, prefix: String, answer: Duration) -> Result<Arc<Listener>> {
    let pid = std::process::id();
    let mut listeners = lock(&LISTENERS);
    listeners.retain(|(_, _, listener)| listener.strong_count() > 0);
    let known = listeners.iter().find(|(of, at, _)| (*of, at) == (pid, server));
    if let Some(listener) = known.and_then(|(_, _, listener)| listener.upgrade()) {
        return Ok(listener);
    }
    let listener = Arc::new(Listener {
        connector: Connector::new(server)?,
        answer,
        channels: [format!("w:{}", hex(&Nonce::random()?.0[..4])), "w:*".to_owned()],
        prefix,
        heard: Mutex::default(),
        changed: Condvar::new(),
    });
    listeners.push((pid, server.clone(), Arc::downgrade(&listener)));
    Ok(listener)
}

impl Listener {
    /// Sees to it that messages come, and returns how many have come. Starts the thread that reads them if none runs.
    pub(super) fn listen(self: &Arc<Self>) -> u32 {
        let mut heard = lock(&self.heard);
        heard.used = Some(Instant::now());
        let is_barred = heard.failed.is_some_and(|failed| failed.elapsed() < LONGEST_WAIT);
        if heard.thread == ThreadState::None && !is_barred {
            heard.thread = ThreadState::Connecting;
            let thread = std::thread::Builder::new().name("ref-redis-waits".to_owned());
            let listener = Arc::downgrade(self);
            if let Err(error) = thread.spawn(move || run(&listener)) {
                heard.fail(&Error::io("the thread for messages cannot start", error));
            }
        }
        // Waits for the subscription: a message that is sent before it would be missed.
        let connecting = |heard: &mut Heard| heard.thread == ThreadState::Connecting;
        let waited = self.changed.wait_timeout_while(heard, LONGEST_WAIT, connecting);
        waited.unwrap_or_else(PoisonError::into_inner).0.count
    }

    /// Returns how many messages have come; `None` if the process has no connection for them. Sends nothing.
    pub(super) fn count(&self) -> Option<u32> {
        let heard = lock(&self.heard);
        (heard.thread == ThreadState::Listening).then_some(heard.count)
    }

    /// Forgets messages with these texts: no call waits for them any more.
    pub(super) fn forget(&self, texts: &[&str]) {
        let mut heard = lock(&self.heard);
        for text in texts {
            heard.last.remove(*text);
        }
    }

    /// Waits for a message with the text `awaited` after the first `count` messages, but not longer than `slice` or
    /// `LONGEST_WAIT`. Without a connection for messages, waits for at most `WITHOUT_MESSAGES`.
    pub(super) fn wait(&self, awaited: &str, count: u32, slice: Duration) {
        self.wait_for_one_of(&[awaited], count, slice);
    }

    /// Does what [`wait`](Self::wait) does, for a message with one of these texts.
    pub(super) fn wait_for_one_of(&self, awaited: &[&str], count: u32, slice: Duration) {
        let until = deadline(slice.min(LONGEST_WAIT));
        let mut heard = lock(&self.heard);
        let began = Instant::now();
        while !awaited.iter().any(|text| heard.has_come(text, count)) {
            let listening = heard.thread == ThreadState::Listening;
            let left = until.map_or(LONGEST_WAIT, |until| until.saturating_duration_since(Instant::now()));
            let left = if listening { left } else { left.min(WITHOUT_MESSAGES.saturating_sub(began.elapsed())) };
            if left.is_zero() {
                break;
            }
            heard = self.changed.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        heard.used = Some(Instant::now());
    }

    /// Returns whether a message with the text `awaited` has come after the first `count` messages. Counts as a wait.
    pub(super) fn has_heard(&self, awaited: &str, count: u32) -> bool {
        let mut heard = lock(&self.heard);
        heard.used = Some(Instant::now());
        heard.has_come(awaited, count)
    }

    /// Reads messages. Returns when no call has waited for longer than `LINGER`, when the listener is dropped, or when
    /// the connection fails.
    fn serve(listener: &Weak<Self>) -> Result<(), ServerFault> {
        let fault = |error: redis::RedisError| ServerFault::of(&error);
        let Some(this) = listener.upgrade() else { return Ok(()) };
        let mut connection = this.connector.for_messages(this.answer)?;
        connection.set_read_timeout(Some(this.answer)).map_err(fault)?;
        connection.set_write_timeout(Some(this.answer)).map_err(fault)?;
        ServerStatus::ask(&mut connection)?;
        let mut messages = connection.as_pubsub();
        messages.set_read_timeout(Some(LONGEST_WAIT)).map_err(fault)?;
        for channel in &this.channels {
            messages.subscribe(format!("{}{channel}", this.prefix)).map_err(fault)?;
        }
        lock(&this.heard).thread = ThreadState::Listening;
        this.changed.notify_all();
        drop(this);
        loop {
            let message = messages.get_message();
            let Some(this) = listener.upgrade() else { return Ok(()) };
            match message {
                Ok(message) => this.hear(&message),
                Err(error) if error.is_timeout() => {}
                Err(error) => return Err(fault(error)),
            }
            if this.is_idle() {
                return Ok(());
            }
        }
    }

    fn hear(&self, message: &redis::Msg) {
        let Ok(text) = std::str::from_utf8(message.get_payload_bytes()) else { return };
        lock(&self.heard).add(text.to_owned());
        self.changed.notify_all();
        bell::ring();
    }

    /// Returns whether no call has waited for longer than `LINGER`. If so, notes that no thread reads messages: this
    /// thread ends, and the next wait starts another one.
    fn is_idle(&self) -> bool {
        let mut heard = lock(&self.heard);
        let idle = heard.used.is_none_or(|used| used.elapsed() > LINGER);
        if idle {
            heard.thread = ThreadState::None;
        }
        idle
    }
}

impl Heard {
    /// Notes that no thread reads messages, since there was a failure.
    fn fail(&mut self, error: &Error) {
        self.thread = ThreadState::None;
        self.failed = Some(Instant::now());
        event::not_listening(error);
    }

    fn add(&mut self, text: String) {
        self.count = self.count.wrapping_add(1);
        if self.last.len() >= REMEMBERED {
            self.last.clear();
            self.forgotten = self.count;
        }
        self.last.insert(text, self.count);
    }

    /// Returns whether a message with this text has come after the first `count` messages, or may have come and was
    /// forgotten.
    fn has_come(&self, awaited: &str, count: u32) -> bool {
        let is_later = |number: u32| number.wrapping_sub(count).cast_signed() > 0;
        is_later(self.forgotten) || self.last.get(awaited).is_some_and(|number| is_later(*number))
    }
}

/// Reads the messages, on the thread for them. After a failure, calls wait without messages.
fn run(listener: &Weak<Listener>) {
    let served = Listener::serve(listener);
    if let (Err(fault), Some(listener)) = (served, listener.upgrade()) {
        lock(&listener.heard).fail(&fault.error());
        listener.changed.notify_all();
    }
}
