//! What a call needs to be made again after its worker has died.
//!
//! Only a call of a function that is `#[remote(idempotent)]` has this. Nothing of such a call has moved to the worker,
//! so its request can be sent again, with other tickets where a ticket can be used once.

use crate::error::Result;

/// The types of functions whose calls may be made again: those with `#[remote(idempotent)]`.
///
/// It is a bound of [`Run::retries`](super::Run::retries) and [`Mapped::retries`](super::Mapped::retries).
#[diagnostic::on_unimplemented(
    message = "a call of this function is made once, since the function is not `idempotent`",
    label = "write `#[remote(idempotent)]` on the function, if it may run twice where once was asked for"
)]
pub trait MayRunAgain: sealed::RunKind {}

/// The calls of a function are made once.
#[derive(Debug)]
pub enum Once {}

/// A call of the function may be made again: the function is `#[remote(idempotent)]`.
#[derive(Debug)]
pub enum Idempotent {}

#[diagnostic::do_not_recommend]
impl MayRunAgain for Idempotent {}

mod sealed {
    /// The supertrait of `MayRunAgain`, which other crates cannot implement.
    pub trait RunKind {}

    impl RunKind for super::Idempotent {}
}

/// Makes an argument's bytes anew, with other tickets: the borrower of the earlier ones is dead.
pub(super) type Renewal = Box<dyn Fn() -> Result<Vec<u8>> + Send + Sync>;

/// How often a call may be made again, and what has to be made anew then.
#[derive(Default)]
pub(super) struct Again {
    /// How many more times the call may be made.
    pub(super) left: usize,
    /// How many times the worker has died.
    pub(super) deaths: usize,
    /// Whether the call is over by the death of its worker, which no retry has followed.
    pub(super) has_died: bool,
    /// The index of each argument that has tickets for one borrower, and how it is made anew.
    pub(super) renewals: Vec<(usize, Renewal)>,
}

impl Again {
    /// Makes the bytes anew of each argument that has tickets for one borrower.
    ///
    /// # Errors
    /// The errors of the store. Then the call cannot be made again.
    pub(super) fn renewed(&self) -> Result<Vec<(usize, Vec<u8>)>> {
        self.renewals.iter().map(|(index, renew)| Ok((*index, renew()?))).collect()
    }
}

/// A run is told of its retries when the thread that talks to its worker has found that there are none, and has not ended
/// the call yet.
#[test]
#[cfg(not(loom))]
fn retries_that_come_while_a_death_is_noted_count() {
    use super::job::{Job, RunsAt, Sending};
    use crate::error::{Error, ErrorKind};
    use crate::remote::protocol::function::FunctionKey;
    use crate::remote::protocol::{progress::ProgressFile, wire::Message};
    use crate::sync::{Arc, Mutex, interrupt, lock};
    use rustix::process::{PidfdFlags, getpid, pidfd_open};

    let name = String::new;
    let key = FunctionKey { name: name(), package: name(), line_column: (0, 0), signature: name() };
    let job = Job::new(Box::leak(Box::new(key)), Message::default(), Sending::WhenIdle, None, Some(Again::default()));
    let process = Arc::new(pidfd_open(getpid(), PidfdFlags::empty()).unwrap());
    let progress = Arc::new(ProgressFile::new().unwrap());
    let _begun = job.begin(1, RunsAt { process, progress, call: 1, recorded: None }, None);
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
