//! Small limits, which processes set for themselves.

use super::super::Dice;
use ref_core::Error;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const LIMITED: [Resource; 3] = [Resource::Fsize, Resource::Nofile, Resource::As];

/// Returns whether an error is of a kind that a small limit can cause.
#[must_use]
pub fn is_reached(error: &Error) -> bool {
    let kinds = ["StoreFull", "NoDescriptors", "NoAddressSpace", "TooLarge", "FileSizeLimit"];
    kinds.contains(&format!("{:?}", error.kind()).as_str())
}

/// Runs `act`, which belongs to the torture itself, without limits.
pub(super) fn lifted<T>(act: impl FnOnce() -> T) -> T {
    let before = LIMITED.map(|resource| (resource, getrlimit(resource)));
    for (resource, limit) in before {
        set(resource, limit.maximum);
    }
    let done = act();
    for (resource, limit) in before {
        set(resource, limit.current);
    }
    done
}

/// Lowers one limit and lifts the others: file sizes to a random small size, or descriptors or address space to a
/// little more than this process uses.
pub(super) fn lower(dice: &mut Dice) {
    LIMITED.iter().for_each(|resource| set(*resource, getrlimit(*resource).maximum));
    match dice.below(3) {
        0 => set(Resource::Fsize, Some([0, 100, 4_096, 70_000, 1 << 20][dice.below(5) as usize])),
        1 => set(Resource::Nofile, Some(descriptors() + dice.below(8))),
        _ => {
            reserve();
            set(Resource::As, Some(address_space() + (dice.below(8) << 18)));
        }
    }
}

/// Lowers the limit on file sizes or on descriptors, for this process and the children that it will start.
pub fn lower_for_children(seed: u64) {
    let mut dice = Dice::new(seed);
    match dice.one_in(2) {
        true => set(Resource::Fsize, Some([0, 100, 4_096, 70_000][dice.below(4) as usize])),
        false => set(Resource::Nofile, Some(descriptors() + dice.below(20))),
    }
}

/// Makes the stack grow, and makes the allocator keep some memory. If the program had too little of either, Rust itself
/// would abort it, and no library could prevent that.
fn reserve() {
    grow_stack(256);
    let mut blocks: Vec<Vec<u8>> = (0..64).map(|_| Vec::with_capacity(64 << 10)).collect();
    // The last block is kept, so that the allocator does not give the blocks below it back to the system.
    std::mem::forget(blocks.pop());
}

/// Sets the soft limit alone, so that the limit can be lifted again.
fn set(resource: Resource, current: Option<u64>) {
    let maximum = getrlimit(resource).maximum;
    setrlimit(resource, Rlimit { current, maximum }).expect("a process may lower its own limits");
}

/// Returns the highest descriptor of this process. The limit is on a descriptor's number, and the system gives out the
/// lowest free one.
fn descriptors() -> u64 {
    let open = std::fs::read_dir("/proc/self/fd").expect("the process's descriptors");
    open.flatten().filter_map(|fd| fd.file_name().to_str()?.parse::<u64>().ok()).max().unwrap_or(2)
}

/// Touches `pages` pages of the stack.
fn grow_stack(pages: u32) {
    let page = std::hint::black_box([0_u8; 4_096]);
    if pages > 0 {
        grow_stack(pages - 1);
    }
    std::hint::black_box(page);
}

fn address_space() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("the process's memory");
    let pages: u64 = text.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}
