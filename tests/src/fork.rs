//! Children of `fork` that run no other program, signals, and copies of programs that children run.

use std::path::Path;
use std::process::Command;

unsafe extern "C" {
    /// Forks this process. Returns 0 in the child, and in the parent the child's process number, or -1 if there is no
    /// child.
    pub safe fn fork() -> i32;
    /// Ends the process, and runs no exit handlers.
    pub safe fn _exit(code: i32) -> !;
    /// Closes a descriptor of this process. Returns -1 if there is no such descriptor.
    pub safe fn close(fd: i32) -> i32;
    /// Registers `handler` for the signal `number`. Returns the address of the earlier handler.
    pub safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    /// Waits until a handler of a signal has run. Returns -1.
    pub safe fn pause() -> i32;
}

/// Runs `child` in a forked process. Returns how many of the results of `child` were false, or 100 if `child` panicked.
/// Only the calling process returns: the forked one exits.
///
/// # Panics
/// If the process cannot fork, or a signal ends the forked process.
pub fn in_a_child(child: impl FnOnce() -> Vec<bool>) -> i32 {
    let number = fork();
    if number == 0 {
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
        _exit(wrong.map_or(100, |answers| answers.into_iter().filter(|answer| !answer).count() as i32));
    }
    let number = rustix::process::Pid::from_raw(number).filter(|_| number > 0).expect("a child");
    let ended = rustix::process::waitpid(Some(number), rustix::process::WaitOptions::empty());
    let (_, status) = ended.expect("it can be waited for").expect("it ended");
    status.exit_status().expect("it ended by itself")
}

/// Copies the file of a program, by another process. If this process wrote the copy, a child that another thread starts
/// meanwhile could have the descriptor for a moment, and a file that is open for writing cannot be run (ETXTBSY).
///
/// # Panics
/// If the file cannot be copied.
pub fn copy_program(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let copied = Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status();
    assert!(copied.is_ok_and(|status| status.success()), "the copy of a program");
}
