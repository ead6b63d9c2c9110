//! The objects that the screen shows, in the order and with the filter that the user has chosen.

use crate::list::process;
use crate::text::since;
use crate::warnings::{self, Limits};
use ref_core::inspect::{ObjectEntry, ObjectHolder};
use std::cmp::Reverse;
use std::time::Duration;

/// By what the objects are in order. The largest is the first, but for ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Held,
    Waited,
    Bytes,
    Id,
}

impl Order {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Held => "age of borrow",
            Self::Waited => "waited for",
            Self::Bytes => "bytes",
            Self::Id => "id",
        }
    }
}

/// An object on the screen.
pub(super) struct Row {
    pub(super) entry: ObjectEntry,
    /// How long its longest borrow has lasted.
    pub(super) held: Option<Duration>,
    pub(super) is_warned_of: bool,
}

/// Returns the objects in which the filter occurs, in this order.
pub(super) fn rows(
    objects: Vec<ObjectEntry>,
    order: Order,
    is_reversed: bool,
    filter: &str,
    limits: Limits,
) -> Vec<Row> {
    let filter = filter.to_lowercase();
    let is_shown = |entry: &ObjectEntry| filter.is_empty() || text_of(entry).to_lowercase().contains(&filter);
    let row = |entry: ObjectEntry| Row {
        held: entry.holders.iter().filter_map(|holder| holder.process.since.map(since)).max(),
        is_warned_of: !warnings::of(&entry, limits).is_empty(),
        entry,
    };
    let mut rows: Vec<_> = objects.into_iter().filter(is_shown).map(row).collect();
    // The objects come in the order of their ids, which decides between equals.
    match order {
        Order::Held => rows.sort_by_key(|row| Reverse(row.held)),
        Order::Waited => rows.sort_by_key(|row| Reverse((row.entry.is_waited_for, row.held))),
        Order::Bytes => rows.sort_by_key(|row| Reverse(row.entry.bytes)),
        Order::Id => {}
    }
    if is_reversed {
        rows.reverse();
    }
    rows
}

/// Returns what a filter is looked for in.
fn text_of(entry: &ObjectEntry) -> String {
    let processes: Vec<_> =
        entry.owner.iter().chain(&entry.holders).map(|holder: &ObjectHolder| process(holder)).collect();
    let (name, type_name) = (entry.name.as_deref().unwrap_or_default(), entry.type_name.as_deref().unwrap_or_default());
    format!("{} {name} {type_name} {} {}", entry.id, entry.state, processes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ref_core::Store;

    #[test]
    fn objects_are_in_the_order_and_through_the_filter_that_was_chosen() {
        let store = Store::open("memory:").unwrap();
        let small = store.put(1_u8).unwrap();
        let mut lent = store.put(String::from("lent")).unwrap();
        let large = store.put(vec![0_u64; 100]).unwrap();
        let loan = lent.lend_mut().unwrap();
        let lease = store.redeem(loan.ticket().unwrap()).unwrap();
        let limits = Limits { held: Duration::ZERO, kept: Duration::ZERO, full: 80 };
        let types = |order, is_reversed, filter| -> Vec<_> {
            let rows = rows(store.objects().unwrap(), order, is_reversed, filter, limits);
            rows.into_iter().map(|row| row.entry.type_name.unwrap()).collect()
        };
        assert_eq!(types(Order::Id, false, ""), ["u8", "String", "Vec<u64>"]);
        assert_eq!(types(Order::Id, true, ""), ["Vec<u64>", "String", "u8"]);
        assert_eq!(types(Order::Held, false, ""), ["String", "u8", "Vec<u64>"]);
        assert_eq!(types(Order::Bytes, false, "")[0], "Vec<u64>");
        assert_eq!(types(Order::Held, false, "EXCLUSIVELY"), ["String"]);
        let mut objects = store.objects().unwrap();
        objects[2].is_waited_for = true;
        let waited = rows(objects, Order::Waited, false, "", limits);
        let warned: Vec<_> = waited.iter().map(|row| (row.entry.bytes, row.is_warned_of)).collect();
        assert_eq!(warned[0].0, large_bytes(&store), "what is waited for is first");
        assert_eq!(warned.iter().filter(|(_, is_warned_of)| *is_warned_of).count(), 1, "of the borrow");
        assert!(waited[1].held.is_some() && waited[2].held.is_none(), "and then the longest borrow");
        assert!(types(Order::Held, false, "nothing").is_empty());
        drop((small, large, lease));
    }

    fn large_bytes(store: &Store) -> u64 {
        store.objects().unwrap().iter().map(|entry| entry.bytes).max().unwrap()
    }
}
