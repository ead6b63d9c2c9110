//! The thread that asks servers for async calls, one request after the other: a request waits for its reply, which would
//! block a thread of a runtime.

use crate::error::{Error, Result};
use crate::sync::{Arc, Condvar, Mutex, PoisonError, lock};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long the thread stays without a request.
const LINGER: Duration = Duration::from_secs(1);

type Request = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Requests {
    queue: Mutex<Queue>,
    added: Condvar,
}

#[derive(Default)]
struct Queue {
    requests: VecDeque<Request>,
    is_running: bool,
}

/// The requests by their process: a forked child makes its own.
static REQUESTS: Mutex<Vec<(u32, Arc<Requests>)>> = Mutex::new(Vec::new());

/// Has the thread for requests run `request`.
pub(super) fn send(request: Request) -> Result<()> {
    let pid = std::process::id();
    let requests = {
        let mut all = lock(&REQUESTS);
        match all.iter().find(|(of, _)| *of == pid) {
            Some((_, requests)) => Arc::clone(requests),
            None => {
                let requests = Arc::<Requests>::default();
                all.push((pid, Arc::clone(&requests)));
                requests
            }
        }
    };
    let mut queue = lock(&requests.queue);
    if !queue.is_running {
        let (thread, run) = (std::thread::Builder::new().name("ref-requests".to_owned()), Arc::clone(&requests));
        thread.spawn(move || run.run()).map_err(|error| Error::io("the thread for requests cannot start", error))?;
        queue.is_running = true;
    }
    queue.requests.push_back(request);
    drop(queue);
    requests.added.notify_one();
    Ok(())
}

impl Requests {
    fn run(&self) {
        loop {
            let waited = self.added.wait_timeout_while(lock(&self.queue), LINGER, |queue| queue.requests.is_empty());
            let mut queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            let Some(request) = queue.requests.pop_front() else {
                queue.is_running = false;
                return;
            };
            drop(queue);
            // A request wakes a task, and a waker is code of the runtime.
            let _panicked = catch_unwind(AssertUnwindSafe(request));
        }
    }
}
