//! A pool of workers at a server, which workers of any host have joined.
//!
//! `pool` is the transport, `session` has this process as a caller in the pool, `outbox` what it sends, `answers` what it
//! reads, and `threads` what runs beside the calls; `due` says what they have to do.

mod answers;
mod due;
mod outbox;
mod pool;
mod session;
mod threads;

use super::workers::Workers;
use crate::backend::call_server;
use crate::error::Result;
use crate::sync::Arc;
use pool::ServerPool;

impl Workers {
    /// Sends calls to the workers that have joined a pool at a Redis server, on this host or on others.
    ///
    /// The address is `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]/POOL`, the same with `rediss://` for TLS, or
    /// `redis+unix:///PATH?pool=POOL`. A program joins by its arguments: `my-program --worker redis://HOST/POOL`, if
    /// [`remote::init`](crate::remote::init) stands in the first line of its `main`. Workers join and leave while calls
    /// run. A call waits while all of them are busy, and while there is none.
    ///
    /// Everything else is as with workers of this host: `call`, `call_async`, `spawn` and `map`, one fate,
    /// [`scope`](Workers::scope). The differences:
    ///
    /// * What is lent by ticket has to be in a store on a server, since workers may be on other hosts. Plain values are
    ///   copied. So is `&owned` of a store of this host not possible, and `&*owned.borrow()?` is.
    /// * The server cannot see a process die. A worker that the server has not heard of for ten seconds is dead. If it has
    ///   begun a call, the call fails with `WorkerDied`; if not, another worker runs the call. What the worker says
    ///   later, such as after it was cut off, changes nothing. (If the process that runs the function dies, and the
    ///   process that has joined does not, the call fails at once.)
    /// * If the server has not heard of this process for ten seconds, the calls that wait or run fail with `SessionLost`,
    ///   and their workers end them.
    /// * [`count`](Workers::count) is how many workers of this program's build have joined now, and
    ///   [`idle`](Workers::idle) is empty, since process numbers mean nothing on other hosts.
    /// * [`Run::progress`](crate::remote::Run::progress) is up to a second late, and so is a function told that it is to
    ///   end, or killed.
    ///
    /// Whatever can write to the server can call every remote function of the workers, with any arguments: see
    /// [what a failure does](crate::guide::failure).
    ///
    /// # Errors
    /// * `Unsupported` if the address cannot be read, or not by this build;
    /// * `Unreachable`, `NotPermitted`, `UnsafeConfiguration` or `Io` if the server cannot be used;
    /// * `UnknownFunction` or `OtherProgram` if the pool has workers, and all of them were built from other code. (A call
    ///   fails with these errors too, also one that waits when such workers join. No value is sent to such a worker.)
    /// * `DuplicateFunction` if two remote functions of this program have the same key.
    ///
    /// ```no_run
    /// use ref_core::{Store, Workers, remote};
    ///
    /// #[remote]
    /// fn total(numbers: &Vec<u64>) -> u64 {
    ///     numbers.iter().sum()
    /// }
    ///
    /// fn main() -> ref_core::Result<()> {
    ///     remote::init(); // with `--worker redis://host/pool`, the program goes no further
    ///     let (workers, store) = (Workers::on("redis://host/pool")?, Store::open("redis://host")?);
    ///     let numbers = store.put(vec![1, 2, 3])?;
    ///     assert_eq!(total::call(&workers, &numbers)?, 6); // on one of the hosts that have joined
    ///     Ok(())
    /// }
    /// ```
    pub fn on(pool: &str) -> Result<Self> {
        let server = call_server(pool)?;
        Ok(Self::new(Arc::new(ServerPool::open(server)?)))
    }
}
