//! Values that would be decoded as other values are refused by the process that encodes them.

use super::functions::Grid;
use super::{assert_empty, lab};
use ref_core::{Error, ErrorKind, global_store, remote};
use serde::{Deserialize, Serialize};

/// A particle without a note has the bytes of another one: `{None, 1, [7, 0]}` would be decoded as `{Some(2), 7, []}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Particle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<u8>,
    at: u8,
    track: Vec<u8>,
}

/// A stored value with a particle in it.
#[global_store]
#[derive(Clone, Debug, PartialEq)]
struct Flight {
    #[global_store(opaque)]
    particle: Particle,
    step: u8,
}

fn bare() -> Particle {
    Particle { note: None, at: 1, track: vec![7, 0] }
}

fn noted() -> Particle {
    Particle { note: Some(3), ..bare() }
}

fn flight(particle: Particle) -> Flight {
    Flight { particle, step: 1 }
}

#[remote]
fn weigh(particle: Particle) -> usize {
    particle.track.len()
}

#[remote]
fn weigh_lent(flight: &Flight) -> usize {
    flight.particle.track.len()
}

#[remote]
fn emit(has_note: bool) -> Particle {
    if has_note { noted() } else { bare() }
}

#[remote]
fn fail(grid: &mut Grid, has_note: bool) -> Result<u8, Particle> {
    grid.step += 1;
    Err(if has_note { noted() } else { bare() })
}

#[remote]
fn strip(plain: &mut Flight, owned: &mut Flight, plainly: bool) {
    let flight = if plainly { plain } else { owned };
    flight.particle.note = None;
}

fn is_told<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
    let text = error.to_string();
    assert!(text.contains("`Particle` leaves out its field `note`"), "{text}");
    assert!(text.contains("remove `skip_serializing_if` from the field"), "{text}");
}

#[test]
fn a_stored_value_that_leaves_a_field_out_is_refused_and_comes_back() {
    let (_scene, store, _workers) = lab(1);
    let refused = store.put_or_return(flight(bare())).unwrap_err();
    assert_eq!(refused.handle, flight(bare()));
    is_told(Err::<(), _>(refused.error));
    let mut owned = store.put(flight(noted())).unwrap();
    owned.borrow_mut().unwrap().particle.note = None;
    is_told(owned.flush());
    owned.borrow_mut().unwrap().particle.note = Some(4);
    owned.flush().unwrap();
    drop(owned);
    assert_empty(&store);
}

#[test]
fn an_argument_that_leaves_a_field_out_is_refused_before_it_is_sent() {
    let (_scene, _store, workers) = lab(1);
    is_told(weigh::call(&workers, bare()));
    is_told(weigh_lent::call(&workers, &flight(bare())));
    is_told(weigh_lent::map(&workers, [&flight(noted()), &flight(bare())]));
    is_told(workers.scope(|s| weigh::spawn(s, bare())?.join()));
    assert_eq!(weigh::call(&workers, noted()).unwrap(), 2);
    assert_eq!(weigh_lent::call(&workers, &flight(noted())).unwrap(), 2);
}

#[test]
fn a_result_an_error_or_a_change_that_leaves_a_field_out_is_refused_and_changes_nothing() {
    let (_scene, store, workers) = lab(1);
    is_told(emit::call(&workers, false));
    assert_eq!(emit::call(&workers, true).unwrap(), noted());
    let mut grid = Grid::of(&[1]);
    is_told(fail::call(&workers, &mut grid, false));
    assert_eq!(grid.step, 0);
    assert_eq!(fail::call(&workers, &mut grid, true).unwrap(), Err(noted()));
    let (mut plain, mut owned) = (flight(noted()), store.put(flight(noted())).unwrap());
    for plainly in [true, false] {
        is_told(strip::call(&workers, &mut plain, &mut owned, plainly));
        assert_eq!((&plain, &*owned.borrow().unwrap()), (&flight(noted()), &flight(noted())));
    }
}
