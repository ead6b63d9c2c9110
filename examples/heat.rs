//! Heat spreads over a plate. Two processes compute one half of the plate each, and one process computes the same plate
//! for comparison.
//!
//! ```console
//! $ cargo run --example heat
//! after 100 steps: 384 cells hold 1000.000 degrees, the hottest 4.340
//! two processes and one agree to the last bit
//! ```

use ref_core::{Result, Store, Workers, global_store, remote};

const WIDTH: usize = 24;
const HEIGHT: usize = 16;

/// Some rows of the plate.
#[global_store]
#[derive(Clone, Debug, PartialEq)]
struct Part {
    rows: Vec<Vec<f64>>,
}

/// The whole plate. Its parts are borrowed one by one, as the fields of any struct are.
#[derive(Clone, Debug, PartialEq)]
struct Plate {
    north: Part,
    south: Part,
}

/// Computes one step of a part. `above` and `below` are the rows next to the part.
#[remote]
fn spread(part: &mut Part, above: &[f64], below: &[f64]) {
    let old = part.rows.clone();
    let row = |y: usize, up: bool| match (y, up) {
        (0, true) => above,
        (y, false) if y + 1 == old.len() => below,
        (y, up) => &old[if up { y - 1 } else { y + 1 }],
    };
    for (y, cells) in part.rows.iter_mut().enumerate() {
        for x in 0..cells.len() {
            let here = old[y][x];
            let neighbours =
                [row(y, true)[x], row(y, false)[x], old[y][x.saturating_sub(1)], old[y][(x + 1).min(WIDTH - 1)]];
            cells[x] = here + neighbours.iter().map(|there| (there - here) * 0.2).sum::<f64>();
        }
    }
}

/// Returns the rows next to each part: above and below `north`, then above and below `south`. At a rim of the plate
/// there is no such row, and the part's own outermost row takes its place.
fn rims(plate: &Plate) -> [Vec<f64>; 4] {
    let [north, south] = [&plate.north.rows, &plate.south.rows];
    [&north[0], &south[0], &north[north.len() - 1], &south[south.len() - 1]].map(Clone::clone)
}

/// Computes one step in two processes. Each process borrows a field of `plate`, and the compiler sees that the borrows
/// are disjoint.
fn step_in_two(workers: &Workers, plate: &mut Plate) -> Result<()> {
    let [top, below_north, above_south, bottom] = rims(plate);
    workers.scope(|s| {
        let north = spread::spawn(s, &mut plate.north, &top, &below_north)?;
        let south = spread::spawn(s, &mut plate.south, &above_south, &bottom)?; // `&mut plate.north` here: E0499
        north.join()?;
        south.join()
    })
}

/// Computes the same step in this process, by the same function.
fn step_in_one(plate: &mut Plate) {
    let [top, below_north, above_south, bottom] = rims(plate);
    spread(&mut plate.north, &top, &below_north);
    spread(&mut plate.south, &above_south, &bottom);
}

fn main() -> Result<()> {
    remote::init();
    let workers = Workers::start(2)?;
    let cold = || Part { rows: vec![vec![0.0; WIDTH]; HEIGHT / 2] };
    let mut plate = Plate { north: cold(), south: cold() };
    plate.north.rows[HEIGHT / 2 - 1][WIDTH / 2] = 1000.0;
    let mut twin = plate.clone();

    for _ in 0..100 {
        step_in_two(&workers, &mut plate)?;
        step_in_one(&mut twin);
    }

    // Other processes could borrow this half of the result, since it is in a store.
    let store = Store::open("shm://heat")?;
    let north = store.put(plate.north.clone())?;
    let cells: Vec<f64> = north.borrow()?.rows.iter().chain(&plate.south.rows).flatten().copied().collect();
    let hottest = cells.iter().fold(0.0, |most, &cell| f64::max(most, cell));
    println!(
        "after 100 steps: {} cells hold {:.3} degrees, the hottest {hottest:.3}",
        cells.len(),
        cells.iter().sum::<f64>()
    );
    assert_eq!(plate, twin);
    println!("two processes and one agree to the last bit");
    Ok(())
}
