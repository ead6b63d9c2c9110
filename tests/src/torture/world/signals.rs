//! A group of processes gets a signal, as from a terminal: a program together with its workers.

use super::super::Dice;
use super::population::Population;
use rustix::process::Signal;
use std::time::Duration;

pub(super) fn act(population: &Population, dice: &mut Dice) {
    let Some(victim) = population.pick(dice) else { return };
    population.count("signals to a group");
    match dice.below(8) {
        0..3 => population.signal(victim, Signal::INT, true),
        3 => population.signal(victim, Signal::TERM, true),
        4 => population.signal(victim, Signal::HUP, true),
        _ => {
            population.signal(victim, Signal::TSTP, true);
            std::thread::sleep(Duration::from_millis(1 + dice.below(100)));
            population.signal(victim, Signal::CONT, true);
        }
    }
}
