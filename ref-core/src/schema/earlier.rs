//! Editions: a type with the earlier definitions of some of its parts.
//!
//! A value has one fingerprint for the whole of its type. A struct or enum with `from` has an earlier definition of the
//! same name, and may be a part of another type. An edition of a type is a set of types that are described and read by
//! their earlier definitions: parts of the type, or the type itself. The fingerprint in a stored value says which
//! edition wrote the value.

use super::once::{Once, once};
use super::{Described, Detail, Fingerprint, Known};
use crate::sync::per_process::PerProcess;
use std::any::TypeId;
use std::cell::Cell;
use std::collections::{BTreeSet, VecDeque};

/// A type as an earlier build wrote it.
pub(crate) struct Edition {
    name: String,
    fingerprint: Fingerprint,
    /// The types in whose place their earlier definitions stand.
    replaced: &'static [TypeId],
}

impl Edition {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// The most editions of a type that are looked for: 12 parts that have changed once, independently of each other, have
/// 4,095.
const MOST: usize = 4096;

impl Known {
    /// Returns the edition whose values have this name and fingerprint, if there is one. The first call for each type
    /// computes all editions.
    pub(crate) fn edition(&self, name: &str, fingerprint: u64) -> Option<&'static Edition> {
        let editions = self.described.map(editions_once).unwrap_or_default();
        editions.iter().find(|edition| edition.fingerprint.0 == fingerprint && edition.name == name)
    }
}

/// Returns the editions of a type. They are not in the type's `Known`: a `Key` refers to the `Known`, and clippy would
/// warn of a `HashSet` of keys if the `Known` had a cell in it.
fn editions_once(of: Described) -> &'static [Edition] {
    static EDITIONS: Once<&[Edition]> = PerProcess::new();
    once(&EDITIONS, (of.id)(), || editions(of).leak())
}

/// Returns the editions of a type, those with the fewest replaced parts first.
fn editions(of: Described) -> Vec<Edition> {
    let (mut found, mut seen, mut next) = (Vec::new(), BTreeSet::new(), VecDeque::from([Vec::new()]));
    while let Some(replaced) = next.pop_front() {
        let schema = of.written(Detail::Everything, &replaced);
        for replaceable in &schema.replaceable {
            let mut more: Vec<TypeId> = replaced.iter().chain([replaceable]).copied().collect();
            more.sort_unstable();
            if seen.len() < MOST && seen.insert(more.clone()) {
                next.push_back(more);
            }
        }
        if !replaced.is_empty() {
            let name = of.written(Detail::Names, &replaced).text;
            found.push(Edition { name, fingerprint: Fingerprint(schema.fingerprint()), replaced: replaced.leak() });
        }
    }
    found
}

thread_local! {
    /// The replaced types of the edition whose value this thread reads.
    static REPLACED: Cell<&'static [TypeId]> = const { Cell::new(&[]) };
}

/// Runs `read`, which reads one value. The value is of this edition, or of the current definitions of all types if
/// `edition` is `None`.
pub(crate) fn reading<R>(edition: Option<&Edition>, read: impl FnOnce() -> R) -> R {
    let _outer = OuterEdition(REPLACED.replace(edition.map_or(&[], |edition| edition.replaced)));
    read()
}

/// The replaced types of the outer value, if the `Stored` or `From` code of an outer value reads this one. The
/// destructor restores them, also if the inner read panics.
struct OuterEdition(&'static [TypeId]);

impl Drop for OuterEdition {
    fn drop(&mut self) {
        REPLACED.set(self.0);
    }
}

/// Returns whether values of `T` are read by the earlier definition of `T`, in the value that this thread reads now.
#[inline]
pub(crate) fn is_replaced<T: 'static>() -> bool {
    REPLACED.get().contains(&TypeId::of::<T>())
}
