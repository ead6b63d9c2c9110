// rule: R17 threads share a handle as they share its value
// code: E0277
// twin: pass/threads/share_a_ref_to_what_is_sync.rs

use ref_core::Ref;

fn share<T>(part: Ref<'_, T>) {
    std::thread::scope(|scope| {
        scope.spawn(move || size_of_val(&*part));
    });
}

fn main() {
    let _ = share::<u64>;
}
