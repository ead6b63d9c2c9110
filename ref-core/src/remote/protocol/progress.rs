//! The file by which a function tells its caller how far it has come, and the caller asks the function to end.
//!
//! The file is in memory (`memfd`), and only a worker and its parent have it. Each side overwrites its own record and
//! reads the record of the other side. So the latest value alone is kept, and no side ever waits for the other.
//!
//! ```text
//! the worker:  call u64, done u64, total u64, check u64;  the parent: call u64; all little-endian
//! ```
//!
//! Both sides number the requests of a worker from 1. A record of another call says nothing about this one.

use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt as _;

/// The length of the worker's record. The parent's record comes after it.
const REPORT: u64 = 32;
/// How often a record is read again that was overwritten while it was read.
const MOST_READS: usize = 64;

/// The file of one worker.
#[derive(Debug)]
pub(in crate::remote) struct ProgressFile(File);

impl ProgressFile {
    /// Makes the file, for a worker that is being started.
    pub(in crate::remote) fn new() -> io::Result<Self> {
        Ok(memfd_create("ref-progress", MemfdFlags::CLOEXEC)?.into())
    }

    /// Says how much of the call is done. An error is ignored: the function goes on without a reader.
    pub(in crate::remote) fn report(&self, call: u64, done: usize, total: usize) {
        let numbers = [call, done as u64, total as u64];
        let _nothing_reads_it = self.0.write_all_at(&bytes([numbers[0], numbers[1], numbers[2], check(numbers)]), 0);
    }

    /// Returns what the function has reported last in that call. Returns `None` if it has reported nothing.
    pub(in crate::remote) fn reported(&self, call: u64) -> Option<(usize, usize)> {
        for _ in 0..MOST_READS {
            let mut record = [0; REPORT as usize];
            self.0.read_exact_at(&mut record, 0).ok()?;
            let [of, done, total, written] = numbers(&record);
            // The kernel does not make a write of 32 bytes atomic for a reader.
            if check([of, done, total]) == written {
                return (of == call).then_some((done as usize, total as usize));
            }
        }
        None
    }

    /// Asks the function to end that call.
    pub(in crate::remote) fn request_cancel(&self, call: u64) {
        let _the_worker_is_gone = self.0.write_all_at(&call.to_le_bytes(), REPORT);
    }

    /// Returns whether the function was asked to end that call.
    pub(in crate::remote) fn is_cancelled(&self, call: u64) -> bool {
        let mut record = [0; 8];
        self.0.read_exact_at(&mut record, REPORT).is_ok() && u64::from_le_bytes(record) == call
    }
}

impl From<OwnedFd> for ProgressFile {
    fn from(file: OwnedFd) -> Self {
        Self(file.into())
    }
}

impl AsFd for ProgressFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn bytes(numbers: [u64; 4]) -> [u8; REPORT as usize] {
    let mut bytes = [0; REPORT as usize];
    bytes.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(to, number)| *to = number.to_le_bytes());
    bytes
}

fn numbers(bytes: &[u8; REPORT as usize]) -> [u64; 4] {
    let mut numbers = [0; 4];
    numbers.iter_mut().zip(bytes.as_chunks().0).for_each(|(to, number)| *to = u64::from_le_bytes(*number));
    numbers
}

/// Returns a number by which a reader notices a record of which it has read old and new words.
fn check([call, done, total]: [u64; 3]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    [call, done, total].into_iter().fold(ODD, |sum, number| (sum ^ number).wrapping_mul(ODD).rotate_left(29))
}

#[test]
fn a_record_is_of_one_call_and_whole() {
    let file = ProgressFile::new().unwrap();
    assert_eq!((file.reported(1), file.is_cancelled(1)), (None, false));
    file.report(1, 3, 10);
    assert_eq!((file.reported(1), file.reported(2)), (Some((3, 10)), None));
    file.request_cancel(2);
    assert_eq!((file.is_cancelled(1), file.is_cancelled(2), file.reported(1)), (false, true, Some((3, 10))));
    // A word of a later record.
    file.0.write_all_at(&4_u64.to_le_bytes(), 8).unwrap();
    assert_eq!(file.reported(1), None);
}
