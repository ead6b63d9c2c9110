//! A loop of simulations and training, as DeepDriveMD has it: simulations explore, a model learns from what they found,
//! and the model says where to explore next. A worker aborts in every round, and its call is made again. The model is
//! kept between runs.
//!
//! ```console
//! $ cargo run --example pipeline
//! run 1: the model has learned in 0 rounds
//! round 1: 4 simulations in 5 tries; the next one begins 0.566 away
//! round 2: 4 simulations in 5 tries; the next one begins 0.034 away
//! run 2: the model has learned in 2 rounds
//! round 3: 4 simulations in 5 tries; the next one begins 0.034 away
//! ```

use ref_core::{ErrorKind, Owned, Result, Store, Workers, global_store, remote};
use std::time::Duration;

const ADDRESS: &str = "shm://pipeline"; // what is published there outlives the processes; in a `file:`, the boot too

/// The places where a simulation has been.
#[global_store]
struct Frames(Vec<f64>);

/// Where the next simulations begin, and how far they go.
#[global_store]
struct Model {
    rounds: u32,
    start: f64,
    width: f64,
}

/// Published, so that it outlives the workers: how many simulations were begun, and whether one is to abort.
#[global_store]
#[derive(Default)]
struct Begun {
    tries: u32,
    accident_is_due: bool,
}

/// How far a place is from the one that is looked for.
fn distance(place: f64) -> f64 {
    (place - 4.0 * std::f64::consts::PI).abs()
}

/// Goes in steps from where the model says. A second try does no harm, so the function is idempotent.
#[remote(idempotent)]
fn simulate(model: &Model, number: u32, store: &Store) -> Result<Owned<Frames>> {
    let aborts = store.named::<Begun>("begun")?.update(|begun| {
        begun.tries += 1;
        number == 2 && std::mem::take(&mut begun.accident_is_due)
    })?;
    if aborts {
        std::process::abort(); // as for want of memory
    }
    let way = model.width * (f64::from(number) - 1.5);
    store.put(Frames((0..=10).map(|step| model.start + way * f64::from(step) / 10.0).collect()))
}

/// Learns from all simulations of a round. The model is borrowed exclusively, and the frames shared.
#[remote]
fn train(model: &mut Model, data: &[Frames]) {
    let nearer = |a: f64, b: &f64| if distance(*b) < distance(a) { *b } else { a };
    for (done, frames) in data.iter().enumerate() {
        remote::progress(done, data.len());
        model.start = frames.0.iter().fold(model.start, nearer);
    }
    (model.rounds, model.width) = (model.rounds + 1, model.width / 2.0);
}

/// Says where a simulation would begin. Several processes read the model at the same time.
#[remote]
fn infer(model: &Model) -> f64 {
    model.start
}

fn round(workers: &Workers, store: &Store, model: &mut Owned<Model>) -> Result<()> {
    let mut begun = store.named::<Begun>("begun")?;
    begun.set(Begun { tries: 0, accident_is_due: true })?;
    let frames: Vec<_> = workers.scope(|s| {
        let items = (0..4).map(|number| (&*model, number, store));
        simulate::map(s, items).retries(1).map(Result::flatten).collect()
    })?;
    workers.scope(|s| {
        let run = train::spawn(s, &mut *model, &frames)?;
        while run.wait(Duration::from_millis(50)).is_err() {
            if let Some((done, total)) = run.progress() {
                eprint!("\rtraining: {done} of {total}"); // a bar, in a program of its own
            }
        }
        run.join()
    })?;
    let starts = infer::map(workers, [&*model, &*model])?;
    let (number, tries) = (model.borrow()?.rounds, begun.snapshot()?.tries);
    println!(
        "round {number}: {} simulations in {tries} tries; the next one begins {:.3} away",
        frames.len(),
        distance(starts[0])
    );
    Ok(())
}

fn run(number: u32, rounds: u32) -> Result<()> {
    let (workers, store) = (Workers::start(2)?, Store::open(ADDRESS)?);
    let mut model = match store.named::<Model>("model")?.into_owned() {
        Err(error) if error.kind() == ErrorKind::NotFound => store.put(Model { rounds: 0, start: 0.0, width: 8.0 })?,
        model => model?,
    };
    println!("run {number}: the model has learned in {} rounds", model.borrow()?.rounds);
    (0..rounds).try_for_each(|_| round(&workers, &store, &mut model))?;
    model.publish("model").map(drop)
}

fn main() -> Result<()> {
    remote::init();
    run(1, 2)?;
    run(2, 1)?;
    let store = Store::open(ADDRESS)?; // this program leaves nothing behind
    store.named::<Model>("model")?.remove()?;
    store.named::<Begun>("begun")?.remove().map(drop)
}
