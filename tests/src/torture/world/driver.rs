//! What a run does inside of its mount namespace: starts the processes, runs the parts beside them, and looks at what
//! is left.

use super::super::Dice;
use super::journal::Journal;
use super::neighbours::Neighbours;
use super::processes::{Processes, spawn};
use super::{
    Part, Place, Report, Violation, World, audit, cleaners, copies, disks, neighbours, program, signals, stops,
};
use rustix::process::Signal;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the processes may take to end, and objects in transit to go, when the run is over.
const LAST: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(2);

/// Drives a run, in the namespace where its disks are mounted. Violations are written to the world's own files.
///
/// # Errors
/// The folders, the stores, the keepers or the foreign files cannot be made, or the report cannot be written.
pub fn drive_parts(processes: usize, time: Duration, seed: u64) -> Result<(), String> {
    let running = Processes::new(World::of_this_process()?).map_err(|error| error.to_string())?;
    let world = &running.world;
    world.make().map_err(|error| format!("the world's folders: {error}"))?;
    let mut foreign = Neighbours::new(world);
    prepare_stores(&running, &mut foreign)?;
    disturb(&running, &foreign, processes, time, seed);
    let ended = end(&running).and_then(|()| look_for_remains(&running, &foreign));
    running.end();
    ended.unwrap_or_else(|violation| world.report(&violation));
    Report::leave(world, &running.done()).map_err(|error| error.to_string())
}

/// Makes the stores that no process opens during the run, and starts the keepers of two others. With the part
/// `Neighbours`, also makes the foreign files.
fn prepare_stores(running: &Processes, foreign: &mut Neighbours) -> Result<(), String> {
    let world = &running.world;
    for place in [Place::Cousin, Place::Nephew] {
        let prepared = spawn(&mut running.command(place, &["prepare", &place.name(), "1"])).wait();
        if !prepared.map_err(|error| error.to_string())?.success() {
            return Err(format!("{} cannot be made", place.name()));
        }
    }
    Place::KEPT.into_iter().zip(2..).for_each(|(place, seed)| running.start_keeper(place, seed));
    while !Place::KEPT.iter().all(|place| world.is_told(&format!("kept-{}", place.name()))) {
        if running.reap() > 0 {
            return Err("a keeper has ended at its beginning".to_owned());
        }
        sleep(MOMENT);
    }
    match world.has(Part::Neighbours) {
        true => foreign.make(world).map_err(|error| format!("the neighbours: {error}")),
        false => Ok(()),
    }
}

/// Runs each part in its own thread, while processes are started and killed.
fn disturb(running: &Processes, foreign: &Neighbours, processes: usize, time: Duration, seed: u64) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for (part, nth) in running.world.parts().iter().zip(1..) {
            let mut dice = Dice::new(seed << 8 | nth);
            let over = &over;
            scope.spawn(move || while !over.load(Ordering::Acquire) && act(*part, running, foreign, &mut dice) {});
        }
        come_and_go(running, processes, time, seed);
        over.store(true, Ordering::Release);
    });
}

/// Does one act of a part. Returns false for a part without acts.
fn act(part: Part, running: &Processes, foreign: &Neighbours, dice: &mut Dice) -> bool {
    match part {
        Part::Cleaners => cleaners::act(running, foreign, dice),
        Part::Copies => copies::act(running, dice),
        Part::Disks => disks::act(running, dice),
        Part::Neighbours => neighbours::act(running, foreign, dice),
        Part::Program => program::act(running, dice),
        Part::Signals => signals::act(running, dice),
        Part::Stops => stops::act(running, dice),
        // Each process does these parts by itself.
        Part::Limits | Part::Wander => return false,
    }
    if matches!(part, Part::Signals | Part::Stops) {
        sleep(Duration::from_millis(dice.below(60)));
    }
    true
}

fn come_and_go(running: &Processes, processes: usize, time: Duration, seed: u64) {
    let until = Instant::now() + time;
    let mut dice = Dice::new(seed);
    // Without a keeper no process has the store locked, and a cleaner may rightly remove it.
    while Instant::now() < until && running.keepers() == Place::KEPT.len() {
        while running.killable() < processes {
            running.start(&mut dice);
        }
        let target = if dice.one_in(8) { running.pick(&mut dice) } else { None };
        target.into_iter().for_each(|target| running.signal(target, Signal::KILL, false));
        running.reap();
        if dice.one_in(2_000) {
            Journal::forget_loans(&running.world);
        }
        sleep(Duration::from_millis(dice.below(20)));
    }
}

/// Tells the processes to end, first the clients and callers, then the keepers, and waits for all of them and for their
/// workers.
fn end(running: &Processes) -> Result<(), Violation> {
    let world = &running.world;
    world.tell("stop");
    until("leave", || {
        running.reap();
        if running.killable() == 0 { Vec::new() } else { running.names() }
    })?;
    world.tell("leave");
    until("end", || {
        running.reap();
        if running.is_empty() { Vec::new() } else { running.names() }
    })?;
    until("end after their parents", || {
        audit::survivors(world).into_iter().map(|(pid, command)| format!("{pid} {command}")).collect()
    })
}

/// Waits until `those` returns no process. Returns a violation if that takes longer than [`LAST`].
fn until(what: &str, mut those: impl FnMut() -> Vec<String>) -> Result<(), Violation> {
    let late = Instant::now() + LAST;
    loop {
        match those() {
            none if none.is_empty() => return Ok(()),
            some if Instant::now() > late => return Err(format!("processes do not {what}: {}", some.join(", "))),
            _ => sleep(MOMENT),
        }
    }
}

/// Checks the foreign files and removes them. After that, visits each store until the store has no object in transit,
/// and reports each file and folder that is left on the disks, but nothing inside of a folder that it reports.
fn look_for_remains(running: &Processes, foreign: &Neighbours) -> Result<(), Violation> {
    let world = &running.world;
    foreign.check(world);
    foreign.remove(world);
    for place in Place::ALL {
        let late = Instant::now() + LAST;
        while visit(running, place)? > 0 {
            if Instant::now() > late {
                return Err(format!("what was sent in {} does not go", place.name()));
            }
            sleep(Duration::from_millis(50));
        }
    }
    let left = audit::left_over(world);
    for path in left.iter().filter(|path| !left.iter().any(|above| Some(above.as_path()) == path.parent())) {
        world.report(&format!("left on a disk: {}", path.display()));
    }
    Ok(())
}

/// Starts a process that visits the store. Returns how many objects are in transit, or 0 if that process has reported a
/// violation itself.
fn visit(running: &Processes, place: Place) -> Result<u64, Violation> {
    let mut command: Command = running.command(place, &["visit", &place.name()]);
    let visitor = spawn(command.stdout(Stdio::piped())).wait_with_output();
    let visitor = visitor.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&visitor.stdout);
    match visitor.status.code() {
        Some(77) => Ok(0),
        _ => said.trim().parse().map_err(|_| format!("the last visitor of {} ended: {}", place.name(), visitor.status)),
    }
}
