//! The names of a store.

use super::find::RawNamed;
use super::handle::Named;
use crate::backend::{Caller, ObjectName};
use crate::codec::envelope;
use crate::error::{ErrorKind, Result};
use crate::id::{FencingToken, ObjectId};
use crate::store::Store;
use crate::store::functions::functions;
use crate::stored::Stored;
use std::panic::Location;

/// A published object, as [`Store::names`] lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedEntry {
    /// The object's name.
    pub name: String,
    /// The name of the type of its value; empty if the header of the stored bytes is too damaged to tell.
    pub type_name: String,
    /// How many bytes the newest version takes in the store.
    pub bytes: usize,
    /// The number of the newest version.
    pub version: FencingToken,
}

impl Store {
    /// Returns a handle of the object that is published under `name`, or that will be. The call asks the store nothing.
    ///
    /// A name has at most 200 characters: ASCII letters, digits and `-_.@+:`, in parts with `/` between them. No part is
    /// empty or begins with `.`.
    ///
    /// # Errors
    /// `MalformedName` if `name` is none.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::ErrorKind;
    ///
    /// let store = ref_core::Store::open("memory:")?;
    /// let index = store.named::<Vec<u64>>("search/index")?;
    /// assert_eq!(index.snapshot().unwrap_err().kind(), ErrorKind::NotFound); // nothing is set yet
    /// assert_eq!(store.named::<u64>("search//index").unwrap_err().kind(), ErrorKind::MalformedName);
    /// # Ok(())
    /// # }
    /// ```
    pub fn named<T: Stored>(&self, name: &str) -> Result<Named<T>> {
        Ok(Named::new(RawNamed::new(self.clone(), ObjectName::parse(name)?), functions::<T>))
    }

    /// Returns the published objects whose names begin with `prefix`, in the order of their names. Reads the newest
    /// version of each.
    ///
    /// Other processes may publish and remove objects meanwhile: an object that is published during the whole call is
    /// in the list.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// let store = ref_core::Store::open("memory:")?;
    /// store.named::<u64>("carts/ann")?.set(1)?;
    /// store.named::<u64>("carts/bob")?.set(2)?;
    /// store.named::<u64>("index")?.set(3)?;
    /// let carts = store.names("carts/")?;
    /// assert_eq!(carts.iter().map(|entry| &*entry.name).collect::<Vec<_>>(), ["carts/ann", "carts/bob"]);
    /// assert_eq!(carts[0].type_name, "u64");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn names(&self, prefix: &str) -> Result<Vec<NamedEntry>> {
        let (at, mut found) = (Location::caller(), Vec::new());
        for (name, object) in self.backend().names(prefix)? {
            found.extend(self.entry(&name, object, at)?);
        }
        Ok(found)
    }

    /// Returns `None` if the object is not published any more.
    fn entry(&self, name: &ObjectName, object: ObjectId, at: Caller) -> Result<Option<NamedEntry>> {
        let (version, bytes) = match self.backend().snapshot(object, None, at) {
            Err(error) if matches!(error.kind(), ErrorKind::Gone | ErrorKind::Conflict) => return Ok(None),
            read => read?,
        };
        let bytes = bytes.as_deref().unwrap_or_default();
        let type_name = envelope::type_name(bytes).unwrap_or_default().to_owned();
        let (name, version) = (name.as_str().to_owned(), FencingToken(version));
        Ok(Some(NamedEntry { name, type_name, bytes: bytes.len(), version }))
    }
}
