//! A program in which two remote functions have the same path, line, column and signature, since one macro writes both.

use ref_core::{Workers, remote};

macro_rules! both {
    ($one:expr, $two:expr) => {{
        let one = {
            #[remote]
            fn work() -> u32 {
                $one
            }
            work()
        };
        let two = {
            #[remote]
            fn work() -> u32 {
                $two
            }
            work()
        };
        (one, two)
    }};
}

fn main() {
    remote::init();
    assert_eq!(both!(1, 2), (1, 2));
    match Workers::start(1) {
        Ok(_) => println!("started"),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
}
