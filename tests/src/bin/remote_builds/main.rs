//! A worker of another build of the test program `tests/tests/remote_builds.rs`: a field of a stored type has another type.

/// In the test program, this is a `u64`.
type Count = u32;

mod functions;

fn main() {
    ref_core::remote::init();
}
