//! Random numbers from the operating system.

use crate::error::{Error, Result};
use crate::id::{Nonce, StoreId};
use crate::sync::{Mutex, try_lock};

/// Returns `N` random bytes.
fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("the operating system has no random numbers", error.into()))?;
    Ok(bytes)
}

impl Nonce {
    /// Draws a new secret.
    pub(crate) fn random() -> Result<Self> {
        bytes().map(Self)
    }
}

impl StoreId {
    /// Draws the id of a new store.
    pub(crate) fn random() -> Result<Self> {
        bytes().map(u64::from_le_bytes).map(Self)
    }
}

/// Secrets for the tickets of one session. The system is called once for several of them, since the call takes longer
/// than any other step of a loan.
///
/// A forked child has a copy of the secrets. That is harmless: each backend refuses the parent's sessions in the child.
pub(crate) struct Nonces(Mutex<Drawn>);

/// How many secrets are drawn at once.
const AT_ONCE: usize = 32;
const NONCE: usize = size_of::<Nonce>();

/// Random bytes. Those before `left` are not given out yet.
struct Drawn {
    bytes: [u8; AT_ONCE * NONCE],
    left: usize,
}

impl Nonces {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Drawn { bytes: [0; AT_ONCE * NONCE], left: 0 }))
    }

    /// Returns a new secret, and erases it here.
    pub(crate) fn draw(&self) -> Result<Nonce> {
        let Some(mut drawn) = try_lock(&self.0) else { return Nonce::random() };
        if drawn.left == 0 {
            drawn.bytes = bytes()?;
            drawn.left = drawn.bytes.len();
        }
        drawn.left -= NONCE;
        let start = drawn.left;
        let secret = &mut drawn.bytes[start..start + NONCE];
        let mut nonce = Nonce([0; NONCE]);
        nonce.0.swap_with_slice(secret);
        Ok(nonce)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_secret_is_given_out_twice() {
        let nonces = Nonces::new();
        let draw = || (0..500).map(|_| nonces.draw().unwrap().0).collect::<Vec<_>>();
        let drawn = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(drawn.len(), 2000);
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 2000);
        assert!(!drawn.contains(&[0; NONCE]));
    }

    /// A thread of which a forked child has no copy may hold the child's copy of the lock.
    #[test]
    fn a_lock_that_another_thread_holds_is_not_waited_for() {
        let nonces = Nonces::new();
        let held = nonces.0.lock().unwrap();
        std::thread::scope(|scope| scope.spawn(|| nonces.draw().unwrap()).join().unwrap());
        assert_eq!(held.left, 0);
    }
}
