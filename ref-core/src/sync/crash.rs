//! Named moments at which a process can be made to die or to stop.

#[cfg(debug_assertions)]
use super::{AtomicU32, OnceLock, Ordering};

/// A named crash point: in debug builds `REF_POINT=kill:NAME` or `stop:NAME` (`:N` for the N-th time)
/// sends this process SIGKILL or SIGSTOP here. Compiled out of release builds.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    if let Some(plan) = PLAN.get_or_init(Plan::from_env) {
        plan.reach(name);
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn point(_name: &str) {}

#[cfg(debug_assertions)]
struct Plan {
    signal: rustix::process::Signal,
    name: String,
    left: AtomicU32,
}

#[cfg(debug_assertions)]
impl Plan {
    fn from_env() -> Option<Self> {
        let plan = std::env::var("REF_POINT").ok()?;
        let mut parts = plan.split(':');
        let signal = match parts.next()? {
            "kill" => rustix::process::Signal::KILL,
            "stop" => rustix::process::Signal::STOP,
            _ => return None,
        };
        let name = parts.next()?.to_owned();
        let nth = parts.next().and_then(|nth| nth.parse().ok()).unwrap_or(1);
        Some(Self { signal, name, left: AtomicU32::new(nth) })
    }

    fn reach(&self, name: &str) {
        if self.name != name || self.left.load(Ordering::Relaxed) == 0 {
            return;
        }
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Cannot fail: a process may always signal itself.
            let _sent = rustix::process::kill_process(rustix::process::getpid(), self.signal);
        }
    }
}
