//! Where a program becomes a worker: [`init`], or in a test program [`test_entry!`](crate::remote::test_entry).

use super::serve::serve_if_worker;
use crate::remote::protocol::program::ProgramFile;
use crate::remote::protocol::start::{ROLE, Role};

/// Makes this program one that can run its own remote functions for others: the first line of `main`.
///
/// In a process that was started as a worker `init` never returns. Calls run in a thread of their own, which is inside of no
/// async runtime, even where the calling thread is. In any other process `init` only notes which program this is, and that
/// workers can be started. Every worker does what stands before `init` in `main`.
pub fn init() {
    let _noted = ProgramFile::of_this_process();
    serve_if_worker();
    let _it_was_called_before = ROLE.set(Role::Parent);
}

/// Lets the tests of a program start workers: stands for [`init`] where the test harness has `main`.
///
/// Write it once in a test program, outside of functions. It makes an ignored test, which does nothing when it is run
/// with others.
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
