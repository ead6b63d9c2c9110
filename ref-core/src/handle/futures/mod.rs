//! Calls that wait without a thread, as futures: no runtime is named, and every runtime polls them.
//!
//! * `watch`: changes of a name, one after the other or as a stream
//! * `turn`: borrows of a published object
//! * `value`: the value of a promised or detached object
//! * `loan`: the borrowers of a loan
//! * `redeem`: tickets

mod loan;
mod redeem;
mod turn;
mod value;
mod watch;

pub use watch::VersionStream;
