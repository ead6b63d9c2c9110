//! The threads that ask servers for async calls: a request waits for its reply, which would block a thread of a runtime.
//! There is one thread for each server, so a server that stands still delays the calls at no other one.

use crate::error::{Error, Result};
use crate::sync::per_process::PerProcess;
use crate::sync::{Condvar, Mutex, PoisonError, lock};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long a thread stays without a request.
const LINGER: Duration = Duration::from_secs(1);

type Request = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Requests {
    /// The requests for each server that has a thread, by the server's number.
    queues: Mutex<BTreeMap<usize, VecDeque<Request>>>,
    added: Condvar,
}

static REQUESTS: PerProcess<Requests> = PerProcess::new();

/// Has the thread for that server run `request`, after the requests before it.
pub(super) fn send(server: usize, request: Request) -> Result<()> {
    let requests = REQUESTS.get();
    let mut queues = lock(&requests.queues);
    if !queues.contains_key(&server) {
        let thread = std::thread::Builder::new().name("ref-requests".to_owned());
        thread
            .spawn(move || requests.run(server))
            .map_err(|error| Error::io("the thread for requests cannot start", error))?;
    }
    queues.entry(server).or_default().push_back(request);
    drop(queues);
    requests.added.notify_all();
    Ok(())
}

impl Requests {
    /// Runs the requests for the server, until none has come for [`LINGER`].
    fn run(&self, server: usize) {
        loop {
            let is_empty =
                |queues: &mut BTreeMap<usize, VecDeque<Request>>| queues.get(&server).is_none_or(VecDeque::is_empty);
            let waited = self.added.wait_timeout_while(lock(&self.queues), LINGER, is_empty);
            let mut queues = waited.unwrap_or_else(PoisonError::into_inner).0;
            let Some(request) = queues.get_mut(&server).and_then(VecDeque::pop_front) else {
                queues.remove(&server);
                return;
            };
            drop(queues);
            // A request wakes a task, and a waker is code of the runtime.
            let _panicked = catch_unwind(AssertUnwindSafe(request));
        }
    }
}
