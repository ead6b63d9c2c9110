//! A recording that has the borrows inside of a process.

use super::{Holder, refused, said};
use ref_core::{Ref, Store};
use serde_json::Value;
use std::io::Read as _;

/// The program of the recording. It is killed while it has the exclusive borrow.
#[test]
#[ignore = "the process that the other test starts"]
fn learner() {
    let Ok(address) = std::env::var("REF_CLI_HOLDER") else { return };
    let store = Store::open(&address).unwrap();
    let mut list = store.put(vec![1_u64, 2]).unwrap();
    let (used, unused) = (list.borrow().unwrap(), list.borrow().unwrap());
    let taken = Ref::into_ref(list.borrow().unwrap());
    let _first = store.put(1_u64).unwrap();
    let _length = used.len();
    let _second = store.put(2_u64).unwrap();
    assert_eq!(*unused, *taken);
    let _third = store.put(3_u64).unwrap();
    list.borrow_mut().unwrap().push(3);
    let change = list.borrow_mut().unwrap();
    println!("\nit holds");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    let _length = change.len();
}

/// Returns what the page of the recording draws.
fn drawn(folder: &std::path::Path) -> Value {
    let page = folder.join("run.html");
    said(&["history", folder.to_str().unwrap(), "--html", page.to_str().unwrap()]);
    let text = std::fs::read_to_string(page).unwrap();
    let content = text.split_once("id=\"content\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(content).unwrap()
}

#[test]
fn a_borrow_in_a_process_ends_at_its_last_use() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let recording = folder.path().join("run");
    let asked = format!("{}:borrows", recording.display());
    Holder::of("lessons::learner", &address, asked.as_ref()).kill();
    let drawn = drawn(&recording);
    let bars: Vec<&Value> = drawn["bars"].as_array().unwrap().iter().collect();
    let of = |kind: &str| bars.iter().filter(|bar| bar["kind"] == kind).copied().collect::<Vec<_>>();
    let time = |bar: &Value, of: &str| bar[of].as_u64().unwrap();

    let puts: Vec<_> = of("owned").into_iter().map(|bar| time(bar, "start")).collect();
    let [_list, first, second, third] = puts[..] else { panic!("{drawn}") };
    let shared = of("local_shared");
    let [used, unused, taken] = shared[..] else { panic!("{drawn}") };
    assert!((first..second).contains(&time(used, "end")), "its last use is between two calls: {drawn}");
    assert!((second..third).contains(&time(unused, "end")), "{drawn}");
    assert!(time(taken, "end") >= third, "the use of a reference that was taken out is not seen: {drawn}");
    assert!(shared.iter().all(|bar| time(bar, "start") <= first && bar["is_ended"] == true), "{drawn}");

    let exclusive = of("local_exclusive");
    let [change, last] = exclusive[..] else { panic!("{drawn}") };
    assert!(time(change, "start") >= time(taken, "end") && time(change, "end") <= time(last, "start"), "{drawn}");
    assert_eq!([&change["is_ended"], &last["is_ended"]], [true, false], "the process was killed: {drawn}");
    let lines = include_str!("lessons.rs").lines().zip(1..);
    let line = lines.into_iter().find(|(line, _)| line.contains("let change =")).unwrap().1;
    assert_eq!(last["at"], format!("ref-cli/tests/command/lessons.rs:{line}"));

    let text = said(&["history", recording.to_str().unwrap()]);
    assert!(text.contains("\n5 borrows in a process\n"), "{text}");
    assert!(refused(&["history", &asked], 1).contains("cannot read the recording"));
}

#[test]
fn borrows_are_recorded_if_they_are_asked_for() {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let address = format!("file:{}", folder.path().join("store").display());
    let recording = folder.path().join("run");
    Holder::of("lessons::learner", &address, &recording).kill();
    let drawn = drawn(&recording);
    assert_eq!(drawn["bars"].as_array().unwrap().iter().filter(|bar| bar["kind"] != "owned").count(), 0, "{drawn}");
}
