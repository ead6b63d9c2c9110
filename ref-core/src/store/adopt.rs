//! An adopted object, and the time that its adoption took away.

use super::Store;
use super::object::{RawOwned, unexpected};
use super::unwritten::GoesAt;
use crate::backend::Caller;
use crate::error::Result;
use crate::id::ObjectId;
use crate::ledger::{Command, Reply};

impl RawOwned {
    /// Adopts a detached object. Its time, if it has one, is kept for the case that no value can be read.
    pub(crate) fn adopt(store: &Store, object: ObjectId, at: Caller) -> Result<Self> {
        let (base, left) = match store.backend().apply(object, Command::Adopt, &[], at)? {
            Reply::Version(version) => (version, None),
            Reply::Adopted { version, left } => (version, Some(left)),
            reply => return Err(unexpected(reply)),
        };
        let mut raw = Self::new(store.clone(), object, base);
        if let Some(left) = left {
            raw.parts().1.rare.get_or_insert_default().goes = Some(GoesAt::after(left));
        }
        Ok(raw)
    }
}
