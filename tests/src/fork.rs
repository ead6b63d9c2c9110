//! Children of `fork` that run no other program, and signals.

unsafe extern "C" {
    /// `fork` of the operating system. Returns 0 in the child, and the child's number in the parent.
    pub safe fn fork() -> i32;
    /// Ends the process, and runs no exit handlers.
    pub safe fn _exit(code: i32) -> !;
    /// Registers `handler` for the signal `number`.
    pub safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
    /// Waits for a signal.
    pub safe fn pause() -> i32;
}

/// Runs `child` in a forked child, and returns how many of its results were false, or 100 if `child` panicked. The
/// child never returns.
///
/// # Panics
/// If there is no child, or it does not end by itself.
pub fn in_a_child(child: impl FnOnce() -> Vec<bool>) -> i32 {
    let number = fork();
    if number == 0 {
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
        _exit(wrong.map_or(100, |answers| answers.into_iter().filter(|answer| !answer).count() as i32));
    }
    let number = rustix::process::Pid::from_raw(number).expect("a child");
    let ended = rustix::process::waitpid(Some(number), rustix::process::WaitOptions::empty());
    let (_, status) = ended.expect("it can be waited for").expect("it ended");
    status.exit_status().expect("it ended by itself")
}
