//! Random numbers from the operating system.

use crate::error::{Error, Result};
use crate::id::{Nonce, StoreId};

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
