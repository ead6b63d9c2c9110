//! The content of a ticket or key, as types that have no parameter for the value's type.

use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, Nonce, ObjectId, StoreId};
use crate::schema::{Edition, Fingerprint, Known};
use crate::store::Store;

/// The content of a ticket or key: the store, the object, the grant, and the type of the value.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) store: StoreId,
    pub(crate) object: ObjectId,
    pub(crate) grant: Grant,
    /// The type of the object's value.
    pub(crate) known: &'static Known,
    /// The edition of the type that the text of the ticket or key names. `None` if the pass was made in this process,
    /// or the text names the current definition. A text that is made of the pass names the same edition, so the process
    /// that wrote the ticket or key can still read it.
    pub(super) edition: Option<&'static Edition>,
}

/// What a ticket or key grants, with the numbers that the ledger compares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// To read the object, if the ticket is redeemed while the loan of this epoch is open. There is no secret, since
    /// any number of borrowers may redeem the ticket.
    Borrow(Epoch),
    /// To change the object. The nonce is the secret of the ticket, which can be redeemed once.
    BorrowMut(Nonce),
    /// To become the owner. `nonce` is the secret of the ticket, which can be claimed once. `departure` is the number
    /// that the ledger gave to this sending of the object.
    Own { departure: u64, nonce: Nonce },
    /// To give a promised object its value. The fields are those of `Own`.
    Promise { departure: u64, nonce: Nonce },
    /// A key grants nothing; it names an object.
    Name,
    /// A key of an object that goes when its time is over.
    Timed,
    /// A key that was made with a promise. The object has no value while this version is the current one.
    Promised(Epoch),
}

impl Pass {
    pub(crate) fn new(store: StoreId, object: ObjectId, grant: Grant, known: &'static Known) -> Self {
        Self { store, object, grant, known, edition: None }
    }

    /// Makes the content of a key.
    pub(crate) fn key(store: &Store, object: ObjectId, known: &'static Known) -> Self {
        Self::new(store.id(), object, Grant::Name, known)
    }

    /// Returns the name and the fingerprint that the text of the ticket or key has.
    pub(super) fn value_type(&self) -> (&str, Fingerprint) {
        match self.edition {
            Some(edition) => (edition.name(), edition.fingerprint()),
            None => (&self.known.name, self.known.fingerprint),
        }
    }

    /// Fails with `WrongStore` if the ticket or key is for another store.
    pub(crate) fn check_store(&self, store: &Store) -> Result<()> {
        if self.store == store.id() {
            return Ok(());
        }
        let message = format!("this ticket or key is for an object of another store than {store:?}");
        Err(Error::new(ErrorKind::WrongStore, message)
            .with_remedy("use it with a `Store` that was opened at the address where it was made"))
    }
}
