//! The names of a store.

use super::find::RawNamed;
use super::handle::{Named, new_named};
use crate::backend::{FoundObject, ObjectName, ObjectState};
use crate::codec::envelope;
use crate::error::Result;
use crate::id::{Epoch, FencingToken, ObjectId};
use crate::store::Store;
use crate::store::functions::functions;
use crate::stored::Stored;
use std::collections::BTreeMap;

/// A published object, as [`Store::names`] lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedEntry {
    /// The object's name.
    pub name: String,
    /// The name of the type of its value; empty if the header of the stored bytes is too damaged to tell. Of a very long
    /// name, the end is left out.
    pub type_name: String,
    /// How many bytes the newest version takes in the store.
    pub bytes: usize,
    /// The number of the newest version.
    pub version: FencingToken,
    /// What is wrong with the object's record or with the bytes of its newest version; `None` if nothing is.
    pub problem: Option<String>,
}

impl Store {
    /// Returns a handle of the object that is published under `name`, or that will be. The call asks the store nothing.
    ///
    /// A name has at most 200 characters: ASCII letters, digits and `-_.@+:`, in parts with `/` between them. No part is
    /// empty or begins with `.`.
    ///
    /// # Errors
    /// `MalformedName` if `name` breaks this form.
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
        Ok(new_named(RawNamed::new(self.clone(), ObjectName::parse(name)?), functions::<T>))
    }

    /// Returns the published objects whose names begin with `prefix`, in the order of their names. Looks at the newest
    /// version of each, and reads no value. On a server, the call takes a few round trips for some hundred objects.
    ///
    /// Other processes may publish and remove objects meanwhile: an object that is published during the whole call is
    /// in the list. What is wrong with one object is in its entry.
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
    pub fn names(&self, prefix: &str) -> Result<Vec<NamedEntry>> {
        let named = self.backend().names(prefix)?;
        let objects: Vec<_> = named.iter().map(|(_, object)| *object).collect();
        let found = self.backend().inspect()?.look_for(&objects)?;
        let found: BTreeMap<_, _> = found.into_iter().map(|found| (found.entry.id, found)).collect();
        let entry = |(name, object): &(ObjectName, ObjectId)| {
            let FoundObject { entry, head } = found.get(object)?;
            // A name may lead to an object that is not published any more.
            matches!(entry.state, ObjectState::Published | ObjectState::Damaged).then(|| NamedEntry {
                name: name.as_str().to_owned(),
                type_name: envelope::named_type(head).unwrap_or_default(),
                bytes: usize::try_from(entry.bytes).unwrap_or(usize::MAX),
                version: FencingToken(Epoch(entry.version)),
                problem: entry.problem.clone(),
            })
        };
        Ok(named.iter().filter_map(entry).collect())
    }
}
