//! Processes that open, close and make one store at the same time all succeed. `cargo xtask opens` does the same for
//! longer.

use ref_tests::opens::{makers, openers};
use ref_tests::{Scene, program};
use std::process::Command;

#[test]
fn processes_that_open_and_leave_one_store_never_fail() {
    let scene = Scene::new();
    for address in ["shm://race".to_owned(), format!("file:{}/race", scene.base().display())] {
        let failures = openers(&program("opens"), Some(scene.base()), &address, 6_000).unwrap();
        assert_eq!(failures, [""; 0], "at {address}");
    }
}

#[test]
fn processes_that_make_one_store_at_the_same_instant_never_fail() {
    let scene = Scene::new();
    let base = scene.base().display();
    let named = makers(&program("opens"), Some(scene.base()), 60, |round| format!("shm://round-{round}")).unwrap();
    assert_eq!(named, [""; 0]);
    let own = makers(&program("opens"), Some(scene.base()), 60, |round| format!("file:{base}/own-{round}")).unwrap();
    assert_eq!(own, [""; 0]);
}

/// The last process that closes a store in the user's own base removes the base too.
#[test]
fn the_user_s_own_base_may_come_and_go() {
    let script = r#"mount -t tmpfs -o mode=1777 tmpfs /dev/shm && exec "$0" default-base 3000 30"#;
    let mut apart = Command::new("unshare");
    apart.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(program("opens"));
    let output = apart.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
