//! A test of calls that are made again, with threads in the place of workers.

use super::again::Again;
use super::job::{Job, Sending};
use super::running::{Reported, RunningCall};
use crate::error::{Error, ErrorKind};
use crate::remote::protocol::function::FunctionKey;
use crate::remote::protocol::wire::Message;
use crate::sync::{Arc, Mutex, interrupt, lock};

struct NoWorker;

impl RunningCall for NoWorker {
    fn kill(&self) {}

    fn request_cancel(&self) {}

    fn reported(&self) -> Option<Reported> {
        None
    }
}

fn job() -> Arc<Job> {
    let name = String::new;
    let key = FunctionKey { name: name(), package: name(), line_column: (0, 0), signature: name() };
    let job = Job::new(Box::leak(Box::new(key)), Message::default(), Sending::WhenIdle, None, Some(Again::default()));
    let _begun = job.begin(Some(1), NoWorker, |_| None);
    job
}

/// A thread that sends the request still has it when the worker's death is noted.
#[test]
fn a_call_whose_request_is_being_sent_is_made_again() {
    let job = job();
    let is_queued = job.retries(1);
    let sent = job.request();
    assert_eq!((is_queued, job.retry_or_finish(Error::new(ErrorKind::WorkerDied, "it died"))), (false, true));
    assert!(!job.is_over() && !Arc::ptr_eq(&sent, &job.request()));
}

/// A run is told of its retries when the thread that talks to its worker has found that there are none, and has not ended
/// the call yet.
#[test]
fn retries_that_come_while_a_death_is_noted_count() {
    let job = job();
    let tells = Arc::<Mutex<Option<std::thread::JoinHandle<bool>>>>::default();
    let (told, telling) = (Arc::clone(&job), Arc::clone(&tells));
    let tell = move || {
        let (start, started) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            start.send(std::fs::read_link("/proc/thread-self").unwrap()).unwrap();
            told.retries(1)
        });
        let stat = std::path::Path::new("/proc").join(started.recv().unwrap()).join("stat");
        while !thread.is_finished() && ref_test_kit::state(&stat) != Some('S') {
            std::thread::yield_now();
        }
        *lock(&telling) = Some(thread);
    };
    let death = Error::new(ErrorKind::WorkerDied, "it died");
    let (is_queued, was_told) = interrupt(0, Box::new(tell), || job.retry_or_finish(death));
    let is_made_again = lock(&tells).take().unwrap().join().unwrap();
    assert_eq!((is_queued, was_told, is_made_again, job.is_over()), (false, true, true, false));
}
