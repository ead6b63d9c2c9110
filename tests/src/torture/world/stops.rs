//! Processes are stopped for a while; some are killed while they are stopped.

use super::super::Dice;
use super::population::Population;
use rustix::process::Signal;
use std::time::Duration;

pub(super) fn act(population: &Population, dice: &mut Dice) {
    let Some(victim) = population.pick(dice) else { return };
    population.signal(victim, Signal::STOP, false);
    std::thread::sleep(Duration::from_millis(1 + dice.below(250)));
    if dice.one_in(4) {
        population.signal(victim, Signal::KILL, false);
        population.count("killed while stopped");
    }
    population.signal(victim, Signal::CONT, false);
    population.count("stops");
}
