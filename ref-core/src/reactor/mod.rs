//! Waiting without a thread: one thread of this process, the reactor, waits for all async calls.
//!
//! * `waiters`: the calls that wait, and the thread that wakes their tasks
//! * `requests`: the threads that ask servers for async calls, one for each server
//! * `attempt`: a call that is tried until it need not wait, as a future
//!
//! A poll tries the call. If the call has to wait, the poll notes in the store that this session waits
//! (`Backend::arm`), and registers the task's waker. The reactor sleeps on the bell of this process and on the doorbell
//! of every store that is waited for, all at once. When it is woken, it looks at the words of the calls that wait for a
//! store whose doorbell was rung, and of new ones, which is a load for each, and wakes the tasks whose words have
//! changed. It runs no command and no user code but wakers.

mod attempt;
mod requests;
mod waiters;

pub(crate) use attempt::{Attempt, PolledCall, WaitingCall};
