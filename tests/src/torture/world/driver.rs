//! The inner half of a run: starts the processes, lets the parts loose, and looks at what is left.

use super::super::Dice;
use super::journal::Journal;
use super::neighbours::Neighbours;
use super::population::{Population, spawn};
use super::{
    Part, Place, Report, Violation, World, audit, cleaners, copies, disks, neighbours, program, signals, stops,
};
use rustix::process::Signal;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long the last processes may take to end: what then still runs hangs.
const LAST: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(2);

/// Drives a run on disks that are mounted. What is broken is in the world's own files.
///
/// # Errors
/// The run itself cannot go on.
pub fn rule(processes: usize, time: Duration, seed: u64) -> Result<(), String> {
    let population = Population::new(World::of_this_process()?).map_err(|error| error.to_string())?;
    let world = &population.world;
    world.make().map_err(|error| format!("the world's folders: {error}"))?;
    let mut foreign = Neighbours::new(world);
    settle(&population, &mut foreign)?;
    disturb(&population, &foreign, processes, time, seed);
    let ended = end(&population).and_then(|()| leave_alone(&population, &foreign));
    population.end();
    ended.unwrap_or_else(|violation| world.report(&violation));
    Report::leave(world, &population.done()).map_err(|error| error.to_string())
}

/// Begins with stores that have objects, the keepers of two of them, and their neighbours.
fn settle(population: &Population, foreign: &mut Neighbours) -> Result<(), String> {
    let world = &population.world;
    for place in [Place::Cousin, Place::Nephew] {
        let prepared = spawn(&mut population.command(place, &["prepare", &place.name(), "1"])).wait();
        if !prepared.map_err(|error| error.to_string())?.success() {
            return Err(format!("{} cannot be made", place.name()));
        }
    }
    Place::KEPT.into_iter().zip(2..).for_each(|(place, seed)| population.start_keeper(place, seed));
    while !Place::KEPT.iter().all(|place| world.is_told(&format!("kept-{}", place.name()))) {
        if population.reap() > 0 {
            return Err("a keeper has ended at its beginning".to_owned());
        }
        sleep(MOMENT);
    }
    match world.has(Part::Neighbours) {
        true => foreign.make(world).map_err(|error| format!("the neighbours: {error}")),
        false => Ok(()),
    }
}

/// Lets every part loose, each in a thread, while processes come and are killed.
fn disturb(population: &Population, foreign: &Neighbours, processes: usize, time: Duration, seed: u64) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for (part, nth) in population.world.parts().iter().zip(1..) {
            let mut dice = Dice::new(seed << 8 | nth);
            let over = &over;
            scope.spawn(move || while !over.load(Ordering::Acquire) && act(*part, population, foreign, &mut dice) {});
        }
        come_and_go(population, processes, time, seed);
        over.store(true, Ordering::Release);
    });
}

/// One act of a part; says whether it has any.
fn act(part: Part, population: &Population, foreign: &Neighbours, dice: &mut Dice) -> bool {
    match part {
        Part::Cleaners => cleaners::act(population, foreign, dice),
        Part::Copies => copies::act(population, dice),
        Part::Disks => disks::act(population, dice),
        Part::Neighbours => neighbours::act(population, foreign, dice),
        Part::Program => program::act(population, dice),
        Part::Signals => signals::act(population, dice),
        Part::Stops => stops::act(population, dice),
        // Each process does these to itself.
        Part::Limits | Part::Wander => return false,
    }
    if matches!(part, Part::Signals | Part::Stops) {
        sleep(Duration::from_millis(dice.below(60)));
    }
    true
}

fn come_and_go(population: &Population, processes: usize, time: Duration, seed: u64) {
    let until = Instant::now() + time;
    let mut dice = Dice::new(seed);
    // Without a keeper a cleaner may take a store rightly.
    while Instant::now() < until && population.keepers() == Place::KEPT.len() {
        while population.mortals() < processes {
            population.start(&mut dice);
        }
        let victim = if dice.one_in(8) { population.pick(&mut dice) } else { None };
        victim.into_iter().for_each(|victim| population.signal(victim, Signal::KILL, false));
        population.reap();
        if dice.one_in(2_000) {
            Journal::forget_loans(&population.world);
        }
        sleep(Duration::from_millis(dice.below(20)));
    }
}

/// Has the processes leave: first those that come and go, then the keepers; waits for the workers of both.
fn end(population: &Population) -> Result<(), Violation> {
    let world = &population.world;
    world.tell("stop");
    until("leave", || {
        population.reap();
        if population.mortals() == 0 { Vec::new() } else { population.names() }
    })?;
    world.tell("leave");
    until("end", || {
        population.reap();
        if population.is_empty() { Vec::new() } else { population.names() }
    })?;
    until("end after their parents", || {
        audit::survivors(world).into_iter().map(|(pid, command)| format!("{pid} {command}")).collect()
    })
}

/// Waits until there are none of those.
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

/// Looks at the neighbours, takes them away, and has the last visitor come to every store.
fn leave_alone(population: &Population, foreign: &Neighbours) -> Result<(), Violation> {
    let world = &population.world;
    foreign.check(world);
    foreign.remove(world);
    for place in Place::ALL {
        let late = Instant::now() + LAST;
        while visit(population, place)? > 0 {
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

/// How many objects are in transit there. A visitor that is refused has said so.
fn visit(population: &Population, place: Place) -> Result<u64, Violation> {
    let mut command: Command = population.command(place, &["visit", &place.name()]);
    let visitor = spawn(command.stdout(Stdio::piped())).wait_with_output();
    let visitor = visitor.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&visitor.stdout);
    match visitor.status.code() {
        Some(77) => Ok(0),
        _ => said.trim().parse().map_err(|_| format!("the last visitor of {} ended: {}", place.name(), visitor.status)),
    }
}
