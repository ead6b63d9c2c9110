//! Processes are stopped for a while; some are killed while they are stopped.

use super::super::Dice;
use super::processes::Processes;
use rustix::process::Signal;
use std::time::Duration;

pub(super) fn act(running: &Processes, dice: &mut Dice) {
    let Some(target) = running.pick(dice) else { return };
    running.signal(target, Signal::STOP, false);
    std::thread::sleep(Duration::from_millis(1 + dice.below(250)));
    if dice.one_in(4) {
        running.signal(target, Signal::KILL, false);
        running.count("killed while stopped");
    }
    running.signal(target, Signal::CONT, false);
    running.count("stops");
}
