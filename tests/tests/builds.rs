//! Processes of several builds of a program whose types have changed, in one store.

use ref_tests::{Actor, Scene};

/// Starts a process of each build, in a store at `address`.
fn shops(address: &str) -> [Actor; 3] {
    ["1", "2", "3"].map(|build| Actor::shop(build, address))
}

/// Runs `test` in a `file:` store and, with the feature `redis`, in a store on a server.
fn everywhere(test: impl Fn(&str)) {
    let scene = Scene::new();
    test(&format!("file:{}", scene.folder().display()));
    #[cfg(feature = "redis")]
    {
        let server = ref_tests::RedisServer::start();
        test(&server.address("builds"));
    }
}

/// The texts that builds 2 and 3 show for the value of build 1.
const READ: [&str; 2] = ["tea=300c", "1*tea=300c -"];

#[test]
fn later_builds_read_the_values_of_earlier_ones() {
    everywhere(|address| {
        let [mut first, mut second, mut third] = shops(address);
        first.ask("put").ok();
        let ticket = first.ask("lend").ok();
        assert_eq!([&mut second, &mut third].map(|shop| shop.ask(&format!("redeem {ticket}")).ok()), READ);
        first.ask("end").ok();

        let key = first.ask("detach").ok();
        assert_eq!([&mut second, &mut third].map(|shop| shop.ask(&format!("get {key}")).ok()), READ);

        // An adoption writes nothing.
        second.ask(&format!("adopt {key}")).ok();
        assert_eq!(second.ask("show").ok(), "tea=300c");
        assert_ne!(second.ask("detach").ok(), key, "a key names the definition of the build that made it");
        assert_eq!(first.ask(&format!("get {key}")).ok(), "tea=3");

        first.ask(&format!("adopt {key}")).ok();
        let ticket = first.ask("send").ok();
        third.ask(&format!("claim {ticket}")).ok();
        assert_eq!(third.ask("show").ok(), "1*tea=300c -");
        third.ask("change").ok();
        assert_eq!(third.ask("show").ok(), "1*tea=300c changed");
    });
}

#[test]
fn a_chain_of_builds_writes_one_after_another() {
    everywhere(|address| {
        let [mut first, mut second, mut third] = shops(address);
        first.ask("put").ok();
        let key = first.ask("detach").ok();
        second.ask(&format!("adopt {key}")).ok();
        second.ask("change").ok();
        let ticket = second.ask("lend").ok();
        assert_eq!(third.ask(&format!("redeem {ticket}")).ok(), "1*tea=300c 1*cup=550c -");
        assert_eq!(first.ask(&format!("redeem {ticket}")).kind(), "SchemaMismatch");
        second.ask("end").ok();
        let ticket = second.ask("send").ok();
        assert_eq!(first.ask(&format!("claim {ticket}")).kind(), "SchemaMismatch");
        third.ask(&format!("claim {ticket}")).ok();
        third.ask("change").ok();
        let key = third.ask("detach").ok();
        assert_eq!(third.ask(&format!("get {key}")).ok(), "1*tea=300c 1*cup=550c changed");
    });
}

#[test]
fn an_earlier_build_is_told_that_a_value_is_of_a_later_one() {
    everywhere(|address| {
        let [mut first, _, mut third] = shops(address);
        first.ask("put").ok();
        let key = first.ask("detach").ok();
        third.ask(&format!("adopt {key}")).ok();
        third.ask("change").ok();
        third.ask("detach").ok();
        for order in ["get", "adopt"] {
            let refused = first.ask(&format!("{order} {key}"));
            assert_eq!(refused.kind(), "SchemaMismatch", "{order}");
            assert!(refused.text().contains("from the same definition"), "{}", refused.text());
        }
        assert_eq!(third.ask(&format!("get {key}")).ok(), "1*tea=300c changed");
    });
}

/// The owner is a process of build 1. The borrower, a process of build 3, commits.
#[test]
fn an_owner_of_an_earlier_build_keeps_its_object_when_a_later_one_commits() {
    everywhere(|address| {
        let [mut first, _, mut third] = shops(address);
        first.ask("put").ok();
        let ticket = first.ask("lend_mut").ok();
        assert_eq!(third.ask(&format!("redeem_mut {ticket}")).ok(), "1*tea=300c -");
        third.ask("commit").ok();
        first.ask("end").ok();
        assert_eq!(first.ask("show").kind(), "SchemaMismatch");
        assert_eq!(first.ask("change").kind(), "SchemaMismatch");
        let ticket = first.ask("send").ok();
        third.ask(&format!("claim {ticket}")).ok();
        assert_eq!(third.ask("show").ok(), "1*tea=300c changed");
    });
}

/// The borrower is killed after it has read the earlier value, and before it commits. On a server the borrow would end
/// only with its lease, which the kill does not shorten.
#[test]
fn a_killed_borrower_of_a_later_build_leaves_the_earlier_value() {
    let scene = Scene::new();
    let address = format!("file:{}", scene.folder().display());
    let [mut first, mut third] = ["1", "3"].map(|build| Actor::shop(build, &address));
    first.ask("put").ok();
    let ticket = first.ask("lend_mut").ok();
    third.ask(&format!("redeem_mut {ticket}")).ok();
    third.kill();
    first.ask("end").ok();
    assert_eq!(first.ask("show").ok(), "tea=3");
}
