//! Calls that workers on any host run. A Redis server is all that the hosts have in common. The first command is for each
//! worker, on its host, and the second one for the program that calls:
//!
//! ```text
//! cargo run --features redis --example hosts -- --worker redis://HOST/pi
//! cargo run --features redis --example hosts -- redis://HOST/pi
//! ```
//!
//! The files beside this one start workers by ssh, systemd, Slurm and Kubernetes.

use ref_core::{Result, Workers, remote};

/// Draws so many points in a square, and returns how many are in the circle.
#[remote(idempotent)]
fn draw(points: u64, seed: u64) -> u64 {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..points).filter(|_| next().hypot(next()) <= 1.0).count() as u64
}

fn main() -> Result<()> {
    remote::init(); // with `--worker`, the program goes no further
    let Some(pool) = std::env::args().nth(1) else {
        println!("hosts --worker redis://HOST/POOL, on each host, and then: hosts redis://HOST/POOL");
        return Ok(());
    };
    let workers = Workers::on(&pool)?;
    println!("{} workers have joined {pool}; more may join", workers.count());
    let (points, parts) = (1_000_000, 64);
    let inside = workers.scope(|s| {
        let mut inside = 0;
        // A part whose worker dies is drawn again by another.
        for (done, part) in draw::map(s, (0..parts).map(|seed| (points, seed))).in_flight(32).retries(3).enumerate() {
            inside += part?;
            println!("{} of {parts} parts", done + 1);
        }
        Ok(inside)
    })?;
    println!("pi is about {}", 4.0 * inside as f64 / (points * parts) as f64);
    Ok(())
}
