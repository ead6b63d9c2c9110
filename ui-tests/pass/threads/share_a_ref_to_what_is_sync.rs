// rule: R17 threads share a handle as they share its value

use ref_core::Ref;

fn share<T: Sync>(part: Ref<'_, T>) {
    std::thread::scope(|scope| {
        scope.spawn(move || size_of_val(&*part));
    });
}

fn main() {
    let _ = share::<u64>;
}
