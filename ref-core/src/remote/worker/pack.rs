//! How a worker writes returned owners. The caller's `caller/unpack` reads them.

use crate::codec::plain;
use crate::error::{Refused, Result};
use crate::remote::protocol::owners::{Apart, Owners, SentOwners, at_owner};
use crate::remote::protocol::passed::NumberedTicket;
use crate::remote::protocol::start::has_far_caller;
use crate::remote::protocol::ticket::SentStores;
use std::panic::Location;

/// Sends all owners, or none: if one cannot be sent, those before it are claimed again. Then all owners are dropped,
/// with their objects.
pub(in crate::remote) fn pack_owners<O: Owners>(returned: O) -> Result<Vec<u8>> {
    let Apart { lengths, owners } = Apart::of(returned);
    let (mut stores, mut sent) = (SentStores::default(), Vec::with_capacity(owners.len()));
    if has_far_caller() {
        stores.for_other_hosts()?;
    }
    let mut failed = None;
    for owner in owners.into_iter().flatten() {
        let session = owner.session().clone();
        let ticket = match stores.number(&session) {
            Ok(store) => owner.send().map(|ticket| (store, ticket)),
            Err(error) => Err(Refused::new(error, owner)),
        };
        match ticket {
            Ok((store, ticket)) => sent.push((store, ticket, session)),
            Err(Refused { error, .. }) => {
                failed = Some(at_owner::<O>(&lengths, sent.len(), error));
                break;
            }
        }
    }
    let Some(error) = failed else {
        let tickets = sent.iter().map(|(store, ticket, _)| NumberedTicket { store: *store, ticket: ticket.text() });
        return plain::write(&(stores.take_addresses(), SentOwners { lengths, tickets: tickets.collect() }));
    };
    for (_, ticket, session) in sent {
        let _dropped_with_its_object = ticket.claim(&session, Location::caller());
    }
    Err(error)
}
