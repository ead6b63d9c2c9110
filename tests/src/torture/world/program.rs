//! The program's file is replaced by another build while processes run that were started from it.
//!
//! The other build differs in one number in its data. The number stands for every difference that builds can have.
//! Remote functions return the number, which shows the build that has run.

use super::super::Dice;
use super::World;
use super::processes::Processes;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::OnceLock;
use std::time::Duration;

/// The mark with the number of this build. Another build has another number in it.
#[used]
static MARK: [u8; 24] = *b"ref-world-build-00000000";
/// How long the mark is without its number.
const BEFORE: usize = 16;

/// Returns the number of this build.
#[must_use]
pub fn mark() -> u64 {
    let mark = std::hint::black_box(&MARK);
    String::from_utf8_lossy(&mark[BEFORE..]).parse().unwrap_or(u64::MAX)
}

/// Puts another build in the place of the program's file.
pub(super) fn act(running: &Processes, dice: &mut Dice) {
    replace(&running.world, dice.below(100_000_000)).expect("the world's own disk has room");
    running.count("programs replaced");
    std::thread::sleep(Duration::from_millis(100 + dice.below(400)));
}

fn replace(world: &World, number: u64) -> std::io::Result<()> {
    let mut bytes = fs::read(world.program())?;
    // All builds have the mark at the same offset.
    static AT: OnceLock<usize> = OnceLock::new();
    let at = *AT.get_or_init(|| number_offset(&bytes).expect("the mark is in it, and only once"));
    bytes[at..][..8].copy_from_slice(format!("{number:08}").as_bytes());
    let draft = world.base().join("program-next");
    fs::write(&draft, bytes)?;
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o700))?;
    fs::rename(draft, world.program())
}

/// Returns where the number begins in `program`. Returns `None` unless the mark is in `program` exactly once.
fn number_offset(program: &[u8]) -> Option<usize> {
    // The text is read from `MARK`: a literal here, even in two parts, can put the text into the program once more.
    let text = &std::hint::black_box(&MARK)[..BEFORE];
    let mut ends = (BEFORE..=program.len()).filter(|end| program[..*end].ends_with(text));
    let first = ends.next()?;
    ends.next().is_none().then_some(first)
}
