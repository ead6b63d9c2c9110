//! Values that serde's traits write. A value that would be read as another one is refused by the process that writes
//! it.

use super::functions::Grid;
use super::{assert_empty, lab};
use ref_core::{Error, ErrorKind, Key, Opaque, global_store, remote};
use serde::{Deserialize, Serialize};

/// A `note` that is `None` is left out, and is read as `None`. A `note` that is `Some(None)` would be read as `None`,
/// too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Particle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Option<u8>>,
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
    Particle { note: Some(Some(3)), ..bare() }
}

fn hollow() -> Particle {
    Particle { note: Some(None), ..bare() }
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
    if has_note { noted() } else { hollow() }
}

#[remote]
fn fail(grid: &mut Grid, has_note: bool) -> Result<u8, Particle> {
    grid.step += 1;
    Err(if has_note { noted() } else { hollow() })
}

#[remote]
fn hollow_out(plain: &mut Flight, owned: &mut Flight, plainly: bool) {
    let flight = if plainly { plain } else { owned };
    flight.particle.note = Some(None);
}

/// An enum with attributes that are usual for JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Answer {
    Number(i64),
    Text(String),
    Many {
        of: Vec<Answer>,
        #[serde(flatten)]
        particle: Particle,
    },
}

#[remote]
fn echo(answer: Answer, more: &[Answer]) -> Result<Vec<Answer>, Answer> {
    if more.is_empty() { Err(answer) } else { Ok(more.iter().cloned().chain([answer]).collect()) }
}

#[test]
fn what_serde_attributes_write_comes_as_it_was() {
    let (_scene, store, workers) = lab(1);
    let answer = Answer::Many { of: vec![Answer::Number(-1), Answer::Text("no".into())], particle: bare() };
    assert_eq!(echo::call(&workers, answer.clone(), &[]).unwrap(), Err(answer.clone()));
    let all = echo::call(&workers, answer.clone(), &[Answer::Number(2), answer.clone()]).unwrap();
    assert_eq!(all, Ok(vec![Answer::Number(2), answer.clone(), answer.clone()]));
    let key = store.put(Opaque(answer.clone())).unwrap().detach().unwrap();
    assert_eq!(store.get(&key).unwrap().0, answer);
    // A key for another opaque type is refused with an error that names both types.
    let error = key.to_text().parse::<Key<Opaque<Particle>>>().unwrap_err();
    assert!(error.to_string().contains("`Opaque<Answer>`, and `Opaque<Particle>` was asked for"), "{error}");
    store.remove(&key).unwrap();
    assert_empty(&store);
}

fn is_told<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
    let text = error.to_string();
    assert!(text.contains("`Some(None)` or a `Some(())`, which would be read as `None`"), "{text}");
    assert!(text.contains("write `None`, or make the type `Stored`"), "{text}");
}

#[test]
fn a_stored_value_that_would_be_read_as_another_is_refused_and_comes_back() {
    let (_scene, store, _workers) = lab(1);
    let refused = store.put_or_return(flight(hollow())).unwrap_err();
    assert_eq!(refused.handle, flight(hollow()));
    is_told(Err::<(), _>(refused.error));
    let mut owned = store.put(flight(noted())).unwrap();
    owned.borrow_mut().unwrap().particle.note = Some(None);
    is_told(owned.flush());
    owned.borrow_mut().unwrap().particle.note = None;
    owned.flush().unwrap();
    drop(owned);
    assert_empty(&store);
}

#[test]
fn an_argument_that_would_be_read_as_another_is_refused_before_it_is_sent() {
    let (_scene, _store, workers) = lab(1);
    is_told(weigh::call(&workers, hollow()));
    is_told(weigh_lent::call(&workers, &flight(hollow())));
    is_told(weigh_lent::map(&workers, [&flight(noted()), &flight(hollow())]));
    is_told(workers.scope(|s| weigh::spawn(s, hollow())?.join()));
    assert_eq!(weigh::call(&workers, bare()).unwrap(), 2);
    assert_eq!(weigh::call(&workers, noted()).unwrap(), 2);
    assert_eq!(weigh_lent::call(&workers, &flight(noted())).unwrap(), 2);
}

#[test]
fn a_result_an_error_or_a_change_that_would_be_read_as_another_is_refused_and_changes_nothing() {
    let (_scene, store, workers) = lab(1);
    is_told(emit::call(&workers, false));
    assert_eq!(emit::call(&workers, true).unwrap(), noted());
    let mut grid = Grid::of(&[1]);
    is_told(fail::call(&workers, &mut grid, false));
    assert_eq!(grid.step, 0);
    assert_eq!(fail::call(&workers, &mut grid, true).unwrap(), Err(noted()));
    let (mut plain, mut owned) = (flight(noted()), store.put(flight(noted())).unwrap());
    for plainly in [true, false] {
        is_told(hollow_out::call(&workers, &mut plain, &mut owned, plainly));
        assert_eq!((&plain, &*owned.borrow().unwrap()), (&flight(noted()), &flight(noted())));
    }
}
