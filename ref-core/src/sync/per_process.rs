//! Values that belong to one process.

use super::OnceLock;

/// A value for each process: a forked child makes one of its own. A process that has its value takes no lock to find it: a
/// lock that a thread of the parent holds during a fork is never free in the child.
pub(crate) struct PerProcess<T: 'static>(OnceLock<Box<OfProcess<T>>>);

struct OfProcess<T: 'static> {
    pid: u32,
    value: T,
    /// The value of a child.
    next: PerProcess<T>,
}

impl<T: Default> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Returns the value of this process.
    pub(crate) fn get(&'static self) -> &'static T {
        let (pid, mut values) = (std::process::id(), self);
        loop {
            let make = || Box::new(OfProcess { pid, value: T::default(), next: Self::new() });
            let found = values.0.get_or_init(make);
            if found.pid == pid {
                return &found.value;
            }
            values = &found.next;
        }
    }

    /// Returns the value of the first process, which may be this one, without asking for the process's number. If the value
    /// is a lock, it may be tried, and not waited for.
    pub(crate) fn of_first(&'static self) -> Option<&'static T> {
        self.0.get().map(|first| &first.value)
    }
}
