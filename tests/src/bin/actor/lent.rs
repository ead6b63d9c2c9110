//! Orders to owners that are lent for longer than a stack frame.

use super::{Actor, Reply, done, error, number, say, whole};
use ref_core::{Exclusive, LoanEnd, Owned, OwnedLoan, Shared};
use ref_tests::Note;
use std::time::Duration;

pub(super) enum Lending {
    Shared(OwnedLoan<Note, Shared>),
    Exclusive(OwnedLoan<Note, Exclusive>),
}

impl Actor {
    pub(super) fn keep_lent(&mut self, order: &str, name: &str, owned: Owned<Note>) -> Reply {
        let lent = match order {
            "into_loan" => owned.into_loan_or_return().map(Lending::Shared),
            _ => owned.into_loan_mut_or_return().map(Lending::Exclusive),
        };
        match lent {
            Ok(lent) => {
                self.lent.insert(name.to_owned(), lent);
                Ok(String::new())
            }
            Err(refused) => {
                self.keep(name, refused.handle);
                Err(error(&refused.error))
            }
        }
    }

    pub(super) fn lent(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        match (order, rest, &self.lent[name]) {
            ("ticket", [], Lending::Shared(lent)) => say(lent.ticket().map(|ticket| ticket.to_text())),
            ("ticket", [], Lending::Exclusive(lent)) => say(lent.ticket().map(|ticket| ticket.to_text())),
            ("reissue", [], Lending::Exclusive(lent)) => say(lent.reissue().map(|ticket| ticket.to_text())),
            ("borrow", [], Lending::Shared(lent)) => whole(lent.borrow().as_deref()),
            _ => match self.lent.remove(name).expect("a loan of that name") {
                Lending::Shared(lent) => self.end_lent(order, name, rest, lent, Lending::Shared),
                Lending::Exclusive(lent) => self.end_lent(order, name, rest, lent, Lending::Exclusive),
            },
        }
    }

    fn end_lent<A>(
        &mut self,
        order: &str,
        name: &str,
        rest: &[&str],
        lent: OwnedLoan<Note, A>,
        back: fn(OwnedLoan<Note, A>) -> Lending,
    ) -> Reply {
        let ended = match (order, rest) {
            ("end", [millis]) => lent.end_timeout_or_return(Duration::from_millis(number(millis))),
            ("revoke", []) => lent.revoke_or_return(),
            // The error is returned and the loan is dropped, as `?` does.
            ("end_or_leave", [millis]) => match lent.end_timeout(Duration::from_millis(number(millis))) {
                Ok(ended) => Ok(ended),
                Err(late) => return Err(error(&late)),
            },
            ("drop", []) => return Ok(String::new()),
            other => panic!("no such order to a loan: {other:?}"),
        };
        match ended {
            Ok((owned, ended)) => {
                self.keep(name, owned);
                Ok(ended.to_string())
            }
            Err(refused) => {
                self.lent.insert(name.to_owned(), back(refused.handle));
                Err(error(&refused.error))
            }
        }
    }

    /// Obeys an order to an owner about a loan whose handle is gone, or about the owner's loaded value.
    pub(super) fn loans(&mut self, order: &str, name: &str, rest: &[&str]) -> Reply {
        let owned = self.owned.get_mut(name).expect("an owner of that name");
        let told = |ended: Option<LoanEnd>| ended.map_or_else(|| "nothing".to_owned(), |ended| ended.to_string());
        match (order, rest) {
            ("lent_as", []) => Ok(format!("{:?}", owned.lent_as())),
            ("end_loan", [millis]) => say(owned.end_loan(Duration::from_millis(number(millis))).map(told)),
            ("revoke_loan", []) => say(owned.revoke_loan().map(told)),
            ("unload", []) => done(owned.unload()),
            ("is_loaded", []) => Ok(owned.is_loaded().to_string()),
            other => panic!("no such order to an owner: {other:?}"),
        }
    }
}
