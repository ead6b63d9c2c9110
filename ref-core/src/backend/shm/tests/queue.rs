//! The count of the calls that wait in queues.

use super::super::layout::Header;
use super::{Stage, VersionsIn, here};
use crate::backend::Backend as _;
use crate::sync::Ordering;

/// A session may die after it has counted its call, and before the call has a place.
#[test]
fn a_count_without_a_place_is_put_right() {
    let stage = Stage::new(VersionsIn::Cells);
    let session = stage.open();
    let (object, _) = session.put(&[b"bytes"], here()).unwrap();
    let count = session.shared.map.header(Header::Queues);
    let _none = count.fetch_add(1, Ordering::AcqRel);
    assert!(session.is_turn(object, None), "no call waits");
    assert_eq!(count.load(Ordering::Acquire), 0);
}
