//! A process and its workers, which are one process group, get a signal as from a terminal.

use super::super::Dice;
use super::processes::Processes;
use rustix::process::Signal;
use std::time::Duration;

pub(super) fn act(running: &Processes, dice: &mut Dice) {
    let Some(target) = running.pick(dice) else { return };
    running.count("signals to a group");
    match dice.below(8) {
        0..3 => running.signal(target, Signal::INT, true),
        3 => running.signal(target, Signal::TERM, true),
        4 => running.signal(target, Signal::HUP, true),
        _ => {
            running.signal(target, Signal::TSTP, true);
            std::thread::sleep(Duration::from_millis(1 + dice.below(100)));
            running.signal(target, Signal::CONT, true);
        }
    }
}
