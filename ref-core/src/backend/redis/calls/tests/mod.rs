//! The contract of pools at a server, against a real one.

mod many;
mod waits;

use super::open;
use crate::backend::calls::{
    AnswerKind, CallName, CallRequest, CallServer, NewMember, PoolAnswer, QueuedCall, ReportedCall, StopKind,
    Submitted, TakenCall, WorkerAnswer, WorkerGate, WorkerRenewal,
};
use crate::backend::redis::tests::{server, stranger};
use crate::sync::{Arc, Ordering, plain::AtomicU64};
use std::time::Duration;

const BUILD: &str = "build";
/// How long a worker of these tests waits for a call.
const MOMENT: Duration = Duration::from_millis(1);

/// What happens to a worker between the moment at which a call has come and its begin, and whether the worker may begin.
struct Gate<F>(F);

impl<F: Fn() -> bool> WorkerGate for Gate<F> {
    fn may_begin(&self) -> bool {
        (self.0)()
    }
}

/// A worker that may begin calls asks for one.
fn request(worker: &str) -> CallRequest<'_> {
    CallRequest { worker, build: BUILD, ran: None, patience: MOMENT, is_again: false, gate: &Gate(|| true) }
}

/// What a worker says of a call.
fn answer_to(call: &CallName, message: &[u8]) -> WorkerAnswer {
    WorkerAnswer {
        call: call.clone(),
        kind: AnswerKind::Response,
        worker: "8\thost".to_owned(),
        message: message.to_vec(),
        progress: Some((1, 2)),
    }
}

fn queued<'a>(caller: &'a str, number: u64, message: &'a [u8]) -> QueuedCall<'a> {
    QueuedCall { caller, number, build: BUILD, message, read: "0" }
}

struct Lab {
    pool: Arc<dyn CallServer>,
    name: String,
}

impl Lab {
    /// Makes a pool with a caller `c1`, and the workers `w1` and `w2`.
    fn new() -> Self {
        static POOLS: AtomicU64 = AtomicU64::new(0);
        let name = format!("pool-{}", POOLS.fetch_add(1, Ordering::Relaxed));
        let pool = open(&format!("redis+unix://{}?pool={name}", server().socket().display())).unwrap();
        let lab = Self { pool, name };
        lab.join("c1", None);
        for worker in ["w1", "w2"] {
            lab.join(worker, Some(b"functions"));
        }
        lab
    }

    fn join(&self, id: &str, functions: Option<&[u8]>) {
        self.pool.join(&NewMember { id, build: BUILD, process: "7\thost", functions }).unwrap();
    }

    fn submit(&self, number: u64) {
        let message = format!("call {number}");
        let submitted = self.pool.submit(&queued("c1", number, message.as_bytes())).unwrap();
        assert!(matches!(submitted, Submitted::Queued));
    }

    fn submit_all(&self, numbers: &[u64]) {
        numbers.iter().for_each(|number| self.submit(*number));
    }

    fn leave(&self, members: [&str; 2]) {
        for member in members {
            self.pool.leave(member).unwrap();
        }
    }

    fn take(&self, worker: &str) -> Option<TakenCall> {
        self.pool.take(&request(worker)).unwrap()
    }

    /// Repeats a request of a worker whose reply was lost.
    fn take_again(&self, worker: &str) -> Option<TakenCall> {
        self.pool.take(&CallRequest { is_again: true, ..request(worker) }).unwrap()
    }

    fn answer(&self, worker: &str, call: &CallName, message: &[u8]) -> Option<TakenCall> {
        let answer = answer_to(call, message);
        self.pool.take(&CallRequest { ran: Some(&answer), ..request(worker) }).unwrap()
    }

    /// Gives a worker's order to end the call that it runs: a renewal and a look say the same.
    fn order(&self, worker: &str, call: &CallName) -> (StopKind, bool) {
        let [renewed, looked] = [Some((1, 3)), None].map(|progress| {
            let running = ReportedCall { call, progress };
            let is_renewal = progress.is_some();
            let said = if is_renewal {
                self.pool.renew_worker(worker, Some(&running))
            } else {
                self.pool.look(worker, &running)
            };
            let WorkerRenewal::Goes(Some(order)) = said.unwrap() else { panic!("no order") };
            (order.how, order.entry == call.entry)
        });
        assert_eq!(renewed, looked);
        looked
    }

    /// Has a call come to a worker, which does not begin the call.
    fn come_to(&self, worker: &str) {
        self.many_come_to(worker, 1);
    }

    fn many_come_to(&self, worker: &str, count: usize) {
        let mut read = redis::cmd("XREADGROUP");
        read.arg(&["GROUP", "w", worker, "COUNT"]).arg(count).arg("STREAMS").arg(self.queue()).arg(">");
        assert!(!matches!(read.query(&mut stranger()).unwrap(), redis::Value::Nil));
    }

    fn queue(&self) -> String {
        self.key(&format!("queue:{BUILD}"))
    }

    fn answers(&self) -> Vec<PoolAnswer> {
        self.pool.answers("c1", "0", Duration::from_millis(1)).unwrap().0
    }

    fn key(&self, name: &str) -> String {
        format!("{{ref-pool:{}}}:{name}", self.name)
    }

    /// Makes the server take a member for one that it has not heard of in time.
    fn end_lease(&self, member: &str) {
        redis::cmd("ZADD").arg(self.key("members")).arg("XX").arg(1).arg(member).exec(&mut stranger()).unwrap();
    }

    fn keys(&self) -> Vec<String> {
        redis::cmd("KEYS").arg(self.key("*")).query(&mut stranger()).unwrap()
    }
}

#[test]
fn a_call_is_begun_and_answered_once_also_by_repeated_requests() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2, 2, 1]);
    let first = lab.take("w1").unwrap();
    assert_eq!((first.name.number, first.message.as_deref().unwrap()), (1, &b"call 1"[..]));
    // The reply was lost: the worker has the call already.
    assert_eq!(lab.take_again("w1").unwrap().name, first.name);
    assert_eq!(lab.take_again("w2").unwrap().name.number, 2);
    assert!(lab.take_again("w3").is_none());
    let counts = lab.pool.count("c1", BUILD).unwrap();
    assert_eq!((counts.workers, counts.busy, counts.queued, counts.running), (2, 2, 0, 2));
    for _ in 0..2 {
        assert!(lab.answer("w1", &first.name, b"one").is_none());
    }
    let (answers, read) = lab.pool.answers("c1", "0", Duration::from_millis(1)).unwrap();
    let read = read.unwrap();
    assert_eq!(answers.len(), 1);
    let PoolAnswer { number, kind, worker, message, progress } = &answers[0];
    assert_eq!(
        (*number, *kind, &**worker, message.as_deref().unwrap()),
        (1, AnswerKind::Response, "8\thost", &b"one"[..])
    );
    assert_eq!(*progress, Some((1, 2)));
    // What was read is removed.
    lab.pool.renew_caller("c1", &read).unwrap().unwrap();
    let left: usize = redis::cmd("XLEN").arg(lab.key("answers:c1")).query(&mut stranger()).unwrap();
    assert_eq!(left, 1);
    assert!(lab.pool.answers("c1", &read, Duration::from_millis(1)).unwrap().0.is_empty());
}

#[test]
fn a_dead_workers_call_fails_if_it_was_begun_and_otherwise_goes_to_another() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    let first = lab.take("w1").unwrap();
    assert_eq!(first.name.number, 1);
    // The second call comes to the first worker, which dies before it begins the call.
    lab.come_to("w1");
    assert!(lab.take("w2").is_none());
    lab.end_lease("w1");
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    let answers = lab.answers();
    assert_eq!((answers.len(), answers[0].number, answers[0].kind), (1, 1, AnswerKind::Died));
    assert_eq!(answers[0].worker, "7\thost");
    let second = lab.take("w2").unwrap();
    assert_eq!((second.name.number, second.message.as_deref().unwrap()), (2, &b"call 2"[..]));
    // What the dead worker says changes nothing.
    assert!(lab.answer("w1", &first.name, b"late").is_none());
    assert!(matches!(lab.pool.renew_worker("w1", None).unwrap(), WorkerRenewal::Lost));
    let late = ReportedCall { call: &first.name, progress: None };
    assert!(matches!(lab.pool.look("w1", &late).unwrap(), WorkerRenewal::Lost));
    assert_eq!(lab.answers().len(), 1);
    assert!(lab.answer("w2", &second.name, b"two").is_none());
    assert_eq!(lab.answers().len(), 2);
}

/// A worker that may not begin a call leaves. One that is taken for dead before it begins a call does not begin it.
#[test]
fn a_call_that_its_worker_cannot_begin_goes_to_another() {
    let lab = Lab::new();
    lab.submit(1);
    let takes = |gate: &dyn WorkerGate| lab.pool.take(&CallRequest { gate, ..request("w1") }).unwrap();
    assert!(takes(&Gate(|| false)).is_none());
    lab.pool.leave("w1").unwrap();
    let first = lab.take("w2").unwrap();
    assert_eq!((first.name.number, lab.answer("w2", &first.name, b"one").is_none()), (1, true));
    lab.join("w1", Some(b"functions"));
    lab.submit(2);
    let dies = || {
        lab.end_lease("w1");
        matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None))
    };
    assert!(takes(&Gate(dies)).is_none());
    assert_eq!(lab.take("w2").unwrap().name.number, 2);
}

/// The reply with a call may be lost on a connection that broke, while the worker waits on another.
#[test]
fn a_call_that_a_living_worker_does_not_know_of_goes_to_another() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    let running = lab.take("w1").unwrap().name;
    lab.come_to("w1");
    let pending = redis::cmd("XPENDING").arg(lab.queue()).arg(&["w", "-", "+", "9"]).query(&mut stranger());
    let pending: Vec<(String, String, u64, u64)> = pending.unwrap();
    for (entry, ..) in &pending {
        let mut idle = redis::cmd("XCLAIM");
        idle.arg(lab.queue()).arg(&["w", "w1", "0", entry, "IDLE", "10000", "JUSTID"]).exec(&mut stranger()).unwrap();
    }
    let call = ReportedCall { call: &running, progress: None };
    assert!(matches!(lab.pool.renew_worker("w1", Some(&call)).unwrap(), WorkerRenewal::Goes(None)));
    assert_eq!(lab.take("w2").unwrap().name.number, 2);
    assert!(lab.answer("w1", &running, b"one").is_none());
    assert_eq!(lab.answers().len(), 1);
}

/// A call whose reply was lost, and which a full server refuses now, is there or never will be.
#[test]
fn a_call_that_is_withdrawn_is_in_the_queue_or_never_will_be() {
    let lab = Lab::new();
    lab.submit(1);
    assert!(matches!(lab.pool.withdraw("c1", 1).unwrap(), Submitted::Queued));
    assert!(matches!(lab.pool.withdraw("c1", 2).unwrap(), Submitted::Never));
    assert!(matches!(lab.pool.withdraw("c2", 2).unwrap(), Submitted::Lost));
    // The request comes late.
    lab.submit_all(&[2, 3]);
    let numbers = [lab.take("w1"), lab.take("w2")].map(|call| call.unwrap().name.number);
    assert_eq!((numbers, lab.take("w1").is_none()), ([1, 3], true));
}

/// A worker that was taken for dead may still wait for a call: the server gives it one.
#[test]
fn a_call_that_comes_to_a_dead_worker_goes_to_another() {
    let lab = Lab::new();
    lab.pool.leave("w1").unwrap();
    lab.submit(1);
    lab.come_to("w1");
    assert!(lab.take("w2").is_none());
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    assert_eq!(lab.take("w2").unwrap().name.number, 1);
    // One that it begins has failed, if another member finds it before its answer.
    lab.submit(2);
    let begun = lab.take("w1").unwrap();
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    assert!(lab.answer("w1", &begun.name, b"late").is_none());
    let answers: Vec<_> = lab.answers().iter().map(|answer| (answer.number, answer.kind)).collect();
    assert_eq!(answers, [(2, AnswerKind::Died)]);
}

#[test]
fn a_dead_callers_calls_are_not_begun_and_its_workers_are_told_to_end() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2, 3]);
    let first = lab.take("w1").unwrap();
    // A call that has come to a worker is not begun any more, either.
    lab.come_to("w2");
    lab.end_lease("c1");
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    assert!(lab.take_again("w2").is_none());
    assert_eq!(lab.order("w1", &first.name), (StopKind::Kill, true));
    assert!(lab.answer("w1", &first.name, &vec![1; 100_000]).is_none());
    assert!(matches!(lab.pool.submit(&queued("c1", 4, b"late")).unwrap(), Submitted::Lost));
    assert!(lab.pool.renew_caller("c1", "0").unwrap().is_none());
    lab.leave(["w1", "w2"]);
    // The long answer runs out by itself.
    assert_eq!(lab.keys(), [lab.key("answer:c1:1")]);
}

#[test]
fn a_call_that_is_stopped_is_removed_or_its_worker_is_told() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    let first = lab.take("w1").unwrap();
    for (number, how) in
        [(1, StopKind::IfQueued), (2, StopKind::Ask), (1, StopKind::Kill), (1, StopKind::Ask), (7, StopKind::Kill)]
    {
        lab.pool.stop("c1", number, how).unwrap();
    }
    assert_eq!(lab.order("w1", &first.name), (StopKind::Kill, true));
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    assert!(lab.take("w2").is_none());
    let answers: Vec<_> = lab.answers().iter().map(|answer| (answer.number, answer.kind, answer.progress)).collect();
    assert_eq!(answers, [(2, AnswerKind::Removed, None), (1, AnswerKind::Progress, Some((1, 3)))]);
}

#[test]
fn long_messages_go_around_the_streams_and_nothing_is_left() {
    let lab = Lab::new();
    let long = vec![7; 3 << 20];
    for _ in 0..2 {
        assert!(matches!(lab.pool.submit(&queued("c1", 1, &long)).unwrap(), Submitted::Queued));
    }
    let call = lab.take("w1").unwrap();
    assert_eq!(call.message.unwrap(), long);
    for _ in 0..2 {
        assert!(lab.answer("w1", &call.name, &long).is_none());
    }
    assert_eq!(lab.answers().remove(0).message.unwrap(), long);
    lab.pool.forget("c1", 1);
    lab.submit(2);
    assert_eq!(lab.take("w1").unwrap().name.number, 2);
    lab.submit(3);
    // A caller that dies leaves its messages to the member that finds it dead.
    assert!(matches!(lab.pool.submit(&queued("c1", 4, &long)).unwrap(), Submitted::Queued));
    lab.end_lease("c1");
    lab.leave(["w1", "w2"]);
    assert_eq!(lab.keys(), Vec::<String>::new());
}

#[test]
fn workers_of_another_build_get_no_call() {
    let lab = Lab::new();
    let member = NewMember { id: "c2", build: "other", process: "9\thost", functions: None };
    assert_eq!(lab.pool.join(&member).unwrap().other.unwrap(), b"functions");
    let other = QueuedCall { build: "other", ..queued("c2", 1, b"call") };
    let Submitted::Other(functions) = lab.pool.submit(&other).unwrap() else { panic!("taken") };
    assert_eq!(functions, b"functions");
    lab.leave(["w1", "w2"]);
    // Without workers a call waits.
    assert!(matches!(lab.pool.submit(&other).unwrap(), Submitted::Queued));
    lab.leave(["c1", "c2"]);
    assert_eq!(lab.keys(), Vec::<String>::new());
}

/// Whatever another program writes to the keys of a pool is left out or is an error.
#[test]
fn what_strangers_write_into_the_streams_is_no_call_and_no_answer() {
    let lab = Lab::new();
    let mut random = 1_u64;
    let mut word = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random.to_le_bytes()[3..5 + (random >> 62) as usize].to_vec()
    };
    let mut connection = stranger();
    // More than one read returns.
    for nth in 0..300 {
        let fields: [&[u8]; 6] = [b"c", b"n", b"m", b"l", b"k", b"w"];
        for key in [lab.key(&format!("queue:{BUILD}")), lab.key("answers:c1")] {
            let mut add = redis::cmd("XADD");
            add.arg(key).arg("*");
            for field in fields.iter().take(1 + nth % 6) {
                let known: &[u8] = if *field == b"c" && nth % 2 == 0 { b"c1" } else { &word() };
                add.arg(field).arg(known);
            }
            add.exec(&mut connection).unwrap();
        }
    }
    lab.submit(1);
    let call = lab.take("w1").unwrap();
    assert_eq!((call.name.number, lab.answer("w1", &call.name, b"one").is_none()), (1, true));
    let (mut responses, mut read) = (0, "0".to_owned());
    while let (answers, Some(last)) = lab.pool.answers("c1", &read, Duration::from_millis(1)).unwrap() {
        responses += answers.iter().filter(|answer| answer.kind == AnswerKind::Response).count();
        read = last;
    }
    assert_eq!(responses, 1);
}

/// A server that was restored from an older state has lost what it acknowledged.
#[test]
fn calls_that_the_server_has_lost_are_noticed_by_the_caller_and_by_the_worker() {
    let lab = Lab::new();
    lab.submit(1);
    lab.submit(2);
    let call = lab.take("w1").unwrap();
    let mut connection = stranger();
    assert_eq!(lab.pool.renew_caller("c1", "0").unwrap().unwrap().last, 2);
    redis::cmd("HSET").arg(lab.key("calls:c1")).arg("last").arg(1).exec(&mut connection).unwrap();
    assert_eq!(lab.pool.renew_caller("c1", "0").unwrap().unwrap().last, 1);

    let running = ReportedCall { call: &call.name, progress: None };
    let renewed = || match lab.pool.renew_worker("w1", Some(&running)).unwrap() {
        WorkerRenewal::Goes(order) => order.map(|order| order.how),
        WorkerRenewal::Lost => panic!("the worker is no member"),
    };
    assert_eq!(renewed(), None);
    redis::cmd("XACK")
        .arg(lab.key(&format!("queue:{BUILD}")))
        .arg("w")
        .arg(&call.name.entry)
        .exec(&mut connection)
        .unwrap();
    assert_eq!(renewed(), Some(StopKind::Kill));
}
