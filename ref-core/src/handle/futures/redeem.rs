//! The redemption of a ticket, without a poll that waits for a server.

use super::turn::with_bytes;
use crate::backend::{Awaited, Bytes, Caller};
use crate::error::{AccessKind, Result};
use crate::handle::access::Redeem;
use crate::handle::lease::{Lease, loaded_lease};
use crate::handle::raw_lease::RawLease;
use crate::handle::ticket::{Pass, Ticket};
use crate::reactor::{Attempt, WaitingCall};
use crate::store::Store;
use std::panic::Location;

impl Store {
    /// Exchanges a ticket for a lease as [`redeem`](Store::redeem) does, and reads the value, so that the lease's first
    /// borrow need not. No poll waits for a server; elsewhere the first poll is ready. The poll that is ready decodes the
    /// value.
    ///
    /// The future is cancel-safe: one that is dropped holds nothing. Like a lease that is dropped, it gives the borrow back
    /// if the ticket was redeemed already, and the ticket is gone with it: clone a shared one before.
    ///
    /// # Errors
    /// The errors of [`redeem`](Store::redeem), and of the lease's first [`borrow`](Lease::borrow). The ticket is dropped.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let lease = store.redeem_async(loan.ticket()?);
    /// # let mut lease = std::pin::pin!(lease);
    /// # let Poll::Ready(lease) = lease.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// assert_eq!(*lease?.borrow()?, 1); // of `lease.await`
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn redeem_async<T, A>(&self, ticket: Ticket<T, A>) -> impl Future<Output = Result<Lease<T, A>>> + use<T, A>
    where
        A: Redeem,
    {
        let (store, functions, at) = (self.clone(), ticket.functions, Location::caller());
        let attempt = RedeemAttempt { store: self.clone(), pass: ticket.pass.clone(), asked: A::KIND, at };
        let redeemed = WaitingCall::new(attempt);
        // The loan learns from its ticket whether it may still be redeemed: the ticket stays until it was.
        async move {
            let (lease, bytes) = redeemed.await?;
            drop(ticket);
            let value = functions().decode(&store, bytes)?;
            Ok(loaded_lease(value, functions, lease))
        }
    }
}

/// Redeems a ticket, and reads the version.
struct RedeemAttempt {
    store: Store,
    pass: Pass,
    asked: AccessKind,
    at: Caller,
}

impl Attempt for RedeemAttempt {
    type Output = (RawLease, Bytes);

    fn store(&self) -> &Store {
        &self.store
    }

    fn attempt(&mut self) -> Result<Option<Self::Output>> {
        with_bytes(self.store.redeemed(&self.pass, self.asked, self.at)?).map(Some)
    }

    /// A redemption waits for no other process.
    fn awaited(&self) -> Awaited {
        Awaited::Borrowers(self.pass.object)
    }
}
