//! The calls by which a program becomes a worker, or joins a pool of workers: [`init`], or in a test program
//! [`test_entry!`](crate::remote::test_entry).

use super::member::join_if_asked;
use super::protocol::program::ProgramFile;
use super::protocol::start::{ROLE, Role};
use super::worker::serve::serve_if_worker;

/// Runs remote functions if this process was started as a worker, and otherwise lets this program start workers. Call
/// it in the first line of `main`.
///
/// In a worker, `init` never returns: the process runs calls until its pool ends the process, or its parent ends. Calls
/// run in a thread that `init` starts. So they are outside of any async runtime, even if `init` is called inside of an
/// async runtime. Every worker runs the code that stands before `init` in `main`.
///
/// In a process whose first argument is `--worker`, `init` does not return either. The process joins the pool whose
/// address is the next argument, and takes calls, until it is ended: `my-program --worker redis://HOST/POOL`. With
/// `--worker @FILE`, it reads the address in a file, so that other users of the host do not see a password. If the first
/// attempt to join fails, the process says why on its standard error and exits with code 69. SIGTERM and SIGINT have the
/// process finish the call that it runs, leave and exit with code 0; the second signal ends it. Callers use the pool by
/// [`Workers::on`](crate::Workers::on).
///
/// In any other process, `init` notes which program file this is, and that workers can be started.
pub fn init() {
    let _noted = ProgramFile::of_this_process();
    serve_if_worker();
    join_if_asked();
    let _it_was_called_before = ROLE.set(Role::Parent);
}

/// Lets the tests of a program start workers. This macro takes the place of [`init`], since the test harness writes
/// `main` in a test program.
///
/// Write `test_entry!` once in a test program, outside of functions. It makes an ignored test, by which the program
/// becomes a worker. Do not run that test with the other tests (`--include-ignored`): tests that start workers later in
/// the same process would fail.
///
/// ```
/// ref_core::remote::test_entry!();
/// # fn main() {}
/// ```
pub use crate::__test_entry as test_entry;

#[doc(hidden)]
#[macro_export]
macro_rules! __test_entry {
    () => {
        #[test]
        #[ignore = "workers start here"]
        fn ref_worker() {
            $crate::remote::init();
        }

        $crate::__private::inventory::submit! {
            $crate::__private::remote::TestEntry(::core::concat!(::core::module_path!(), "::ref_worker"))
        }
    };
}
