//! Tickets as text.

use crate::places::{Grid, elsewhere, everywhere};
use ref_core::access::Access;
use ref_core::{Error, ErrorKind, Exclusive, Ownership, Schema, Shared, Store, Stored, Ticket};
use serde::{Deserialize, Serialize};

fn line() -> String {
    let store = Store::open("memory:").unwrap();
    let grid = store.put(Grid::at(1)).unwrap();
    let loan = grid.lend().unwrap();
    loan.ticket().unwrap().to_text()
}

fn refusal<A: Access>(text: &str) -> Error {
    text.parse::<Ticket<Grid, A>>().unwrap_err()
}

#[test]
fn a_ticket_is_one_short_line() {
    let line = line();
    assert!(line.starts_with("ref-shared-"), "{line}");
    assert!(line.len() < 110, "{} characters", line.len());
    assert!(line.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{line}");
    assert_eq!(format!("\t{line}\r\n").parse::<Ticket<Grid, Shared>>().unwrap().to_text(), line);
}

#[test]
fn what_is_not_a_ticket_is_malformed() {
    for text in ["", "ref-", "ref-shared", "ref-shared-", "ref-sharedx-AAAA", "ref-lease-AAAA", "hello", "ref-shared-ü"]
    {
        assert_eq!(refusal::<Shared>(text).kind(), ErrorKind::MalformedTicket, "{text:?}");
    }
    let long = format!("ref-shared-{}", "A".repeat(1 << 20));
    assert_eq!(refusal::<Shared>(&long).kind(), ErrorKind::MalformedTicket);
}

#[test]
fn every_truncation_and_every_changed_letter_is_noticed() {
    let line = line();
    for end in 0..line.len() {
        assert_eq!(refusal::<Shared>(&line[..end]).kind(), ErrorKind::MalformedTicket, "cut at {end}");
    }
    for at in "ref-shared-".len()..line.len() {
        for letter in ['A', 'z', '7', '_'] {
            let changed = format!("{}{letter}{}", &line[..at], &line[at + 1..]);
            if changed != line {
                assert_eq!(refusal::<Shared>(&changed).kind(), ErrorKind::MalformedTicket, "{letter} at {at}");
            }
        }
    }
}

#[test]
fn a_line_with_another_word_before_it_is_malformed_rather_than_promoted() {
    let forged = line().replace("ref-shared-", "ref-exclusive-");
    assert_eq!(refusal::<Exclusive>(&forged).kind(), ErrorKind::MalformedTicket);
}

#[test]
fn the_wrong_access_is_named_with_the_right_one() {
    let error = refusal::<Exclusive>(&line());
    assert_eq!(error.kind(), ErrorKind::WrongAccess);
    assert!(error.to_string().contains("grants shared access, and exclusive access was asked for"), "{error}");
    assert_eq!(refusal::<Ownership>(&line()).kind(), ErrorKind::WrongAccess);
}

#[test]
fn the_wrong_type_and_the_wrong_layout_are_different_errors() {
    let error = line().parse::<Ticket<Vec<u64>, Shared>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert!(error.to_string().contains("`Grid`") && error.to_string().contains("`Vec<u64>`"), "{error}");
    let error = line().parse::<Ticket<elsewhere::Grid, Shared>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn another_store_refuses_a_ticket_and_gives_it_back() {
    everywhere(|place| {
        let other = Store::open("memory:").unwrap();
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let refused = other.redeem_or_return(loan.ticket().unwrap()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
        assert!(place.borrower.redeem(refused.handle).is_ok(), "the right was not used up");
        let _how_it_ended = loan.end().unwrap();

        let refused = other.claim_or_return(grid.into_ticket().unwrap()).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::WrongStore);
        assert_eq!(place.borrower.claim(refused.handle).unwrap().borrow().unwrap().step, 1);
    });
}

/// A value that contains a ticket for the access `A`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct Job<A: Access> {
    task: String,
    ticket: Ticket<Grid, A>,
}

impl<A: Access> Stored for Job<A> {
    fn describe(schema: &mut Schema) {
        schema.named("Job", 1, |shape| shape.opaque::<u64>("all"));
    }

    fn store<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        serde::Serialize::serialize(self, to)
    }

    fn restore<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        serde::Deserialize::deserialize(from)
    }
}

#[test]
fn a_ticket_travels_by_serde_inside_other_values() {
    everywhere(|place| {
        let mut grid = place.lender.put(Grid::at(1)).unwrap();
        let loan = grid.lend_mut().unwrap();
        let job = place.lender.put(Job { task: "double it".into(), ticket: loan.ticket().unwrap() }).unwrap();
        let line = job.into_ticket().unwrap().to_text();

        let misread = place.borrower.claim(line.parse::<Ticket<Job<Shared>, Ownership>>().unwrap()).unwrap();
        let error = misread.borrow().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("grants exclusive access"), "{error}");
        let line = misread.into_ticket().unwrap().to_text();

        let job = place.borrower.claim(line.parse::<Ticket<Job<Exclusive>, Ownership>>().unwrap()).unwrap();
        let Job { task, ticket } = job.into_inner().unwrap();
        let mut lease = place.borrower.redeem(ticket).unwrap();
        lease.borrow_mut().unwrap().step *= 2;
        lease.commit().unwrap();
        let _how_it_ended = loan.end().unwrap();
        assert_eq!((task.as_str(), grid.borrow().unwrap().step), ("double it", 2));
    });
}

#[test]
fn debug_output_hides_the_secret() {
    everywhere(|place| {
        let ticket = place.lender.put(Grid::at(1)).unwrap().into_ticket().unwrap();
        let shown = format!("{ticket:?}");
        assert!(shown.contains("Grid") && shown.contains("Own,"), "{shown}");
        let object = shown.split("object: #").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(shown.len() - object.len() < 76, "no room for 128 bits beside the id: {shown}");
    });
}
