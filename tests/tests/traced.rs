//! The spans and events of the feature `tracing`: a program makes those that `docs/guide-observe.md` names, and no
//! other. A recording has the remote calls too.

use ref_core::{ErrorKind, LoanEndCause, Store, StoreOptions, Workers, remote};
use ref_tests::{Note, Scene};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write as _};
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

ref_core::remote::test_entry!();

/// Counts, and dies if it is asked to.
#[remote]
fn count(count: &mut u64, dies: bool) {
    *count += 1;
    if dies {
        std::process::abort();
    }
}

/// Collects what there is: for each span and event a line of its name and fields.
#[derive(Clone, Default)]
struct Collector(Arc<Collected>);

#[derive(Default)]
struct Collected {
    spans: Mutex<BTreeMap<u64, String>>,
    events: Mutex<Vec<String>>,
    next: AtomicU64,
}

/// Appends fields to a line.
struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        write!(self.0, " {}={}", field.name(), value.trim_matches('"')).unwrap();
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "ref_core"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = span.metadata().name().to_owned();
        span.record(&mut Line(&mut line));
        let id = self.0.next.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.spans.lock().unwrap().insert(id, line);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Line(self.0.spans.lock().unwrap().get_mut(&span.into_u64()).unwrap()));
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().name().to_owned();
        event.record(&mut Line(&mut line));
        self.0.events.lock().unwrap().push(line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Returns the first words of the lines.
fn names<'a>(lines: impl IntoIterator<Item = &'a String>) -> BTreeSet<&'a str> {
    lines.into_iter().filter_map(|line| line.split(' ').next()).collect()
}

/// Returns the names in the page's table of `what`.
fn documented(what: &str) -> BTreeSet<&'static str> {
    let page = include_str!("../../docs/guide-observe.md");
    let table = page.split(&format!("| {what} |")).nth(1).unwrap().split("\n\n").next().unwrap();
    let names: BTreeSet<_> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(names.len() > 5, "{names:?}");
    names
}

/// Does each of the things that have a span. A borrower and an owner die by SIGKILL on the way.
fn program(scene: &Scene, store: &Store, collected: &Collected) {
    let mut note = store.put(Note::sized(1, 100)).unwrap();
    note.borrow_mut().unwrap().n = 2;
    note.flush().unwrap();
    let (mut lender, mut borrower) = (scene.actor(), scene.actor());
    lender.ask("put a 1 100").ok();

    let loan = note.lend().unwrap();
    let lease = store.redeem(loan.ticket().unwrap()).unwrap();
    assert_eq!(lease.borrow().unwrap().n, 2);
    let mut loan = loan;
    // The time may be over before the call has slept.
    while !names(collected.spans.lock().unwrap().values()).contains("wait") {
        loan = loan.end_timeout_or_return(Duration::from_millis(20)).unwrap_err().handle;
    }
    lease.release().unwrap();
    let _ = loan.end().unwrap();

    let loan = note.lend_mut().unwrap();
    let mut lease = store.redeem(loan.ticket().unwrap()).unwrap();
    lease.borrow_mut().unwrap().n = 3;
    drop(lease);
    let _ = loan.end().unwrap();

    let loan = note.lend_mut().unwrap();
    borrower.redeem("b", &loan.ticket().unwrap()).ok();
    borrower.kill();
    assert!(matches!(loan.end().unwrap().cause, LoanEndCause::Died(_)));
    lender.kill();
    store.reap().unwrap();

    calls(store);
}

/// Makes a call that returns, and one whose worker dies.
fn calls(store: &Store) {
    let workers = Workers::start(1).unwrap();
    let mut number = store.put(7_u64).unwrap();
    count::call(&workers, &mut number, false).unwrap();
    let died = count::call(&workers, &mut number, true).unwrap_err();
    assert_eq!(died.kind(), ErrorKind::WorkerDied);
}

/// The program whose calls are recorded.
#[test]
#[ignore = "run by the next test"]
fn recorded_program() {
    let scene = Scene::new();
    let store = scene.store();
    calls(&store);
    #[cfg(feature = "async")]
    wait_as_a_future(&store);
}

/// A future that waits, and is tried again and again meanwhile. It has lines for its first try, for the wait, and for what
/// ended it.
#[cfg(feature = "async")]
fn wait_as_a_future(store: &Store) {
    use std::pin::pin;
    use std::task::{Context, Wake, Waker};
    struct Told(std::sync::mpsc::Sender<()>);
    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _told = self.0.send(());
        }
    }
    let (tell, told) = std::sync::mpsc::channel();
    let waker = Waker::from(Arc::new(Told(tell)));
    let mut named = store.named::<u64>("counted").unwrap();
    named.set(1).unwrap();
    let other = named.clone();
    let writer = named.borrow_mut().unwrap();
    let mut reader = pin!(other.borrow_async());
    let mut poll = || reader.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
    assert!(!poll());
    // The reactor has the call tried again in each of its rounds.
    for _ in 0..3 {
        told.recv().unwrap();
        assert!(!poll());
    }
    drop(writer);
    while !poll() {
        told.recv().unwrap();
    }
}

#[test]
fn a_recording_has_each_remote_call_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "recorded_program", "--ignored"]).env("REF_RECORD", folder.path());
    assert!(program.output().unwrap().status.success());
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let files: Vec<String> = files.collect();
    let caller = files.iter().find(|file| file.contains("\tcall\t")).unwrap();
    let calls = caller.lines().filter_map(|line| {
        let [began, _, "0", act, "-", result, "-", note] = line.split('\t').collect::<Vec<_>>()[..] else {
            return None;
        };
        let worker = note.strip_prefix("traced::count in process ")?.split(':').next()?.parse::<u32>().ok()?;
        Some((format!("{act} {result}"), (began, worker)))
    });
    let (acts, moments): (Vec<_>, Vec<_>) = calls.unzip();
    assert_eq!(acts, ["call ok", "called ok", "call ok", "called WorkerDied"], "{caller}");
    let [first, first_over, second, second_over] = moments[..] else { unreachable!() };
    assert_eq!((first, second), (first_over, second_over), "a call and its end have one beginning and one worker");
    assert_eq!(first.1, second.1);
    #[cfg(feature = "async")]
    {
        let lines = caller.lines().map(|line| line.split('\t').skip(3).collect::<Vec<_>>());
        let acts: Vec<_> =
            lines.filter(|line| ["share", "wait"].contains(&line[0])).map(|line| [line[0], line[2]]).collect();
        // The last try was refused by nothing: the wait ended in the poll that had it.
        assert_eq!(acts, [["share", "Conflict"], ["share", "ok"], ["wait", "ok"]], "{caller}");
    }
}

#[test]
fn a_program_makes_the_spans_and_events_of_the_page() {
    let collector = Collector::default();
    tracing::subscriber::set_global_default(collector.clone()).unwrap();
    let scene = Scene::new();
    let store = scene.store();
    program(&scene, &store, &collector.0);
    drop(store);

    let spans: Vec<String> = collector.0.spans.lock().unwrap().values().cloned().collect();
    let events = collector.0.events.lock().unwrap().clone();
    assert_eq!(names(&spans), documented("span"));
    let emitted = names(&events);
    assert_eq!(emitted, BTreeSet::from(["borrower_died", "change_dropped", "refused", "session_died"]), "{events:?}");
    assert!(emitted.is_subset(&documented("event")));

    let has = |begin: &str, parts: &[&str]| {
        let fits = |line: &&String| line.starts_with(begin) && parts.iter().all(|part| line.contains(part));
        assert!(spans.iter().any(|line| fits(&line)), "no `{begin}` with {parts:?} in {spans:#?}");
    };
    has("open ", &["address=file:"]);
    has("put ", &["act=put", "at=tests/tests/traced.rs:", "object=#", "version=", "bytes="]);
    has("fetch ", &["act=read", "object=#", "version=", "bytes="]);
    has("encode ", &["type=Note", "bytes="]);
    has("decode ", &["type=Note", "bytes="]);
    has("commit ", &["act=write", "at=tests/tests/traced.rs:", "bytes="]);
    has("end ", &["act=end", "error=Conflict"]);
    has("recover ", &["session="]);
    has("call ", &["function=traced::count", "worker="]);
    has("call ", &["function=traced::count", "error=WorkerDied"]);
    let refused = events.iter().find(|line| line.starts_with("refused")).unwrap();
    assert!(refused.contains("kind=Conflict") && refused.contains("error="), "{refused}");
}

/// Returns the events that there are while `act` runs.
fn events_of(act: impl FnOnce()) -> Vec<String> {
    let collector = Collector::default();
    tracing::subscriber::with_default(collector.clone(), act);
    std::mem::take(&mut *collector.0.events.lock().unwrap())
}

#[track_caller]
fn has_fields(event: &str, fields: &[&str]) {
    assert!(fields.iter().all(|field| event.contains(field)), "{fields:?}: {event}");
}

#[test]
fn what_is_held_for_long_is_told_by_its_end_and_by_what_it_is_in_the_way_of() {
    let events = |limit: Duration| {
        let mut events = events_of(|| {
            let mut options = StoreOptions::new();
            if !limit.is_zero() {
                options = options.held_warning(limit);
            }
            let (lender, borrower) = (options.open("memory:held").unwrap(), options.open("memory:held").unwrap());
            let mut number = lender.put(1_u64).unwrap();
            let loan = number.lend_mut().unwrap();
            let lease = borrower.redeem(loan.ticket().unwrap()).unwrap();
            let loan = loan.end_timeout_or_return(Duration::ZERO).unwrap_err().handle;
            let loan = loan.end_timeout_or_return(Duration::ZERO).unwrap_err().handle;
            drop(lease);
            let _ = loan.end().unwrap();
        });
        events.retain(|event| event.starts_with("held "));
        events
    };
    let told = events(Duration::from_nanos(1));
    let [in_the_way, borrowed, lent] = &told[..] else { panic!("{told:#?}") };
    has_fields(in_the_way, &["what=in the way", "object=#", "held=", "at=tests/tests/traced.rs:", "holder="]);
    has_fields(borrowed, &["what=borrowed", "object=#", "at=tests/tests/traced.rs:"]);
    has_fields(lent, &["what=lent", "object=#", "at=tests/tests/traced.rs:"]);
    assert!(!lent.contains("holder="), "{lent}");
    assert_eq!(events(Duration::ZERO), [""; 0], "a minute is the default");
}

#[test]
fn a_store_that_is_almost_full_is_told_once_until_it_has_room() {
    let events = events_of(|| {
        let store = StoreOptions::new().max_bytes(100_000).open("memory:").unwrap();
        let small = store.put(vec![0_u8; 70_000]).unwrap();
        let many: Vec<_> = (0..20).map(|_| store.put(vec![0_u8; 1000]).unwrap()).collect();
        drop(many);
        let few: Vec<_> = (0..5).map(|_| store.put(vec![0_u8; 500]).unwrap()).collect();
        let large = store.put(vec![0_u8; 15_000]).unwrap();
        drop((small, few, large));
    });
    let [first, second] = &events[..] else { panic!("{events:#?}") };
    for event in [first, second] {
        has_fields(event, &["full ", "percent=8", "objects=", "bytes="]);
    }
}

#[test]
fn an_old_detached_object_is_told_to_a_program_that_looks() {
    let scene = Scene::new();
    let store = scene.store();
    let old = store.put(vec![0_u8; 10_000]).unwrap().detach().unwrap();
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    let mut folders = vec![scene.folder().join("obj")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => fs::File::open(path).unwrap().set_modified(two_days_ago).unwrap(),
            }
        }
    }
    let new = store.put(vec![0_u8; 10_000]).unwrap().detach().unwrap();
    let events = events_of(|| assert_eq!(store.objects().unwrap().len(), 2));
    let [event] = &events[..] else { panic!("{events:#?}") };
    has_fields(event, &["kept ", &format!("object={}", old.id()), "age=172"]);
    assert!(store.remove(&old).unwrap() && store.remove(&new).unwrap());
}
