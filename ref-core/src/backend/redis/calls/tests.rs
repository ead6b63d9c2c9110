//! The contract of pools at a server, against a real one.

use super::open;
use crate::backend::calls::{
    AnswerKind, CallServer, NewMember, PoolAnswer, ReportedCall, StopKind, Submitted, Taken, TakenCall, WorkerAnswer,
    WorkerRenewal,
};
use crate::backend::redis::tests::{server, stranger};
use crate::sync::{Arc, Ordering, plain::AtomicU64};
use std::time::Duration;

const BUILD: &str = "build";

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
        let submitted = self.pool.submit("c1", number, BUILD, format!("call {number}").as_bytes()).unwrap();
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
        match self.pool.take(worker, BUILD, None).unwrap() {
            Taken::Call(call) => Some(call),
            Taken::None => None,
            Taken::Lost => panic!("{worker} is dead"),
        }
    }

    fn answer(&self, worker: &str, number: u64, message: &[u8]) -> Taken {
        let answer = WorkerAnswer {
            caller: "c1".to_owned(),
            number,
            kind: AnswerKind::Response,
            worker: "8\thost".to_owned(),
            message: message.to_vec(),
            progress: Some((1, 2)),
        };
        self.pool.take(worker, BUILD, Some(&answer)).unwrap()
    }

    fn answers(&self) -> Vec<PoolAnswer> {
        self.pool.answers("c1", "0", Duration::from_millis(1)).unwrap()
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
    assert_eq!((first.number, &first.message[..]), (1, &b"call 1"[..]));
    // The reply was lost: the worker has the call already.
    assert_eq!(lab.take("w1").unwrap().number, 1);
    assert_eq!(lab.take("w2").unwrap().number, 2);
    let counts = lab.pool.count("c1", BUILD).unwrap();
    assert_eq!((counts.workers, counts.busy, counts.queued, counts.running), (2, 2, 0, 2));
    for _ in 0..2 {
        assert!(matches!(lab.answer("w1", 1, b"one"), Taken::None));
    }
    // A worker answers for its own call only.
    assert!(matches!(lab.answer("w1", 2, b"forged"), Taken::None));
    let answers = lab.answers();
    assert_eq!(answers.len(), 1);
    let PoolAnswer { number, kind, worker, message, progress, .. } = &answers[0];
    assert_eq!((*number, *kind, &**worker, &**message), (1, AnswerKind::Response, "8\thost", &b"one"[..]));
    assert_eq!(*progress, Some((1, 2)));
    // What was read is removed.
    lab.pool.renew_caller("c1", &answers[0].id).unwrap().unwrap();
    let left: usize = redis::cmd("XLEN").arg(lab.key("answers:c1")).query(&mut stranger()).unwrap();
    assert_eq!(left, 1);
    assert!(lab.pool.answers("c1", &answers[0].id, Duration::from_millis(1)).unwrap().is_empty());
}

#[test]
fn a_dead_workers_call_fails_if_it_was_begun_and_otherwise_goes_to_another() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    assert_eq!(lab.take("w1").unwrap().number, 1);
    // The second call comes to the first worker, which dies before it begins the call.
    let read = redis::cmd("XREADGROUP")
        .arg(&["GROUP", "w", "w1", "COUNT", "1", "STREAMS"])
        .arg(lab.key(&format!("queue:{BUILD}")))
        .arg(">")
        .query::<redis::Value>(&mut stranger());
    assert!(!matches!(read.unwrap(), redis::Value::Nil));
    assert!(lab.take("w2").is_none());
    lab.end_lease("w1");
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    let answers = lab.answers();
    assert_eq!((answers.len(), answers[0].number, answers[0].kind), (1, 1, AnswerKind::Died));
    assert_eq!(answers[0].worker, "7\thost");
    let second = lab.take("w2").unwrap();
    assert_eq!((second.number, &second.message[..]), (2, &b"call 2"[..]));
    // What the dead worker says changes nothing.
    assert!(matches!(lab.answer("w1", 1, b"late"), Taken::Lost));
    assert!(matches!(lab.pool.renew_worker("w1", None).unwrap(), WorkerRenewal::Lost));
    assert_eq!(lab.answers().len(), 1);
    assert!(matches!(lab.answer("w2", 2, b"two"), Taken::None));
    assert_eq!(lab.answers().len(), 2);
}

/// A worker that was taken for dead may still wait for a call: the server gives it one.
#[test]
fn a_call_that_comes_to_a_dead_worker_goes_to_another() {
    let lab = Lab::new();
    let come_to = |worker: &str| {
        let mut read = redis::cmd("XREADGROUP");
        read.arg(&["GROUP", "w", worker, "COUNT", "1", "STREAMS"]).arg(lab.key(&format!("queue:{BUILD}"))).arg(">");
        assert!(!matches!(read.query(&mut stranger()).unwrap(), redis::Value::Nil));
    };
    lab.pool.leave("w1").unwrap();
    lab.submit(1);
    come_to("w1");
    assert!(lab.take("w2").is_none());
    assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    assert_eq!(lab.take("w2").unwrap().number, 1);
    assert!(matches!(lab.answer("w2", 1, b"one"), Taken::None));
    lab.submit(2);
    come_to("w1");
    // It says itself that it is there.
    assert!(matches!(lab.pool.take("w1", BUILD, None).unwrap(), Taken::Lost));
    assert_eq!(lab.take("w2").unwrap().number, 2);
}

#[test]
fn a_dead_callers_calls_are_not_begun_and_its_workers_are_told_to_end() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    assert_eq!(lab.take("w1").unwrap().number, 1);
    lab.end_lease("c1");
    assert!(lab.take("w2").is_none());
    let running = ReportedCall { caller: "c1", number: 1, progress: Some((1, 3)) };
    let WorkerRenewal::Goes(Some(order)) = lab.pool.renew_worker("w1", Some(&running)).unwrap() else {
        panic!("no order")
    };
    assert_eq!((&*order.caller, order.number, order.how), ("c1", 1, StopKind::Kill));
    assert!(matches!(lab.answer("w1", 1, &vec![1; 100_000]), Taken::None));
    assert!(matches!(lab.pool.submit("c1", 3, BUILD, b"late").unwrap(), Submitted::Lost));
    assert!(lab.pool.renew_caller("c1", "0").unwrap().is_none());
    lab.leave(["w1", "w2"]);
    // The long answer runs out by itself.
    assert_eq!(lab.keys(), [lab.key("answer:c1:1")]);
}

#[test]
fn a_call_that_is_stopped_is_removed_or_its_worker_is_told() {
    let lab = Lab::new();
    lab.submit_all(&[1, 2]);
    assert_eq!(lab.take("w1").unwrap().number, 1);
    for (number, how) in [(2, StopKind::Ask), (1, StopKind::Kill), (1, StopKind::Ask), (7, StopKind::Kill)] {
        lab.pool.stop("c1", number, how).unwrap();
    }
    let running = ReportedCall { caller: "c1", number: 1, progress: Some((1, 3)) };
    let WorkerRenewal::Goes(Some(order)) = lab.pool.renew_worker("w1", Some(&running)).unwrap() else {
        panic!("no order")
    };
    assert_eq!((order.number, order.how), (1, StopKind::Kill));
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
        assert!(matches!(lab.pool.submit("c1", 1, BUILD, &long).unwrap(), Submitted::Queued));
    }
    assert_eq!(lab.take("w1").unwrap().message, long);
    for _ in 0..2 {
        assert!(matches!(lab.answer("w1", 1, &long), Taken::None));
    }
    assert_eq!(lab.answers()[0].message, long);
    lab.pool.forget("c1", 1);
    lab.submit(2);
    assert_eq!(lab.take("w1").unwrap().number, 2);
    lab.submit(3);
    // A caller that dies leaves its messages to the member that finds it dead.
    assert!(matches!(lab.pool.submit("c1", 4, BUILD, &long).unwrap(), Submitted::Queued));
    lab.end_lease("c1");
    lab.leave(["w1", "w2"]);
    assert_eq!(lab.keys(), Vec::<String>::new());
}

#[test]
fn workers_of_another_build_get_no_call() {
    let lab = Lab::new();
    let member = NewMember { id: "c2", build: "other", process: "9\thost", functions: None };
    assert_eq!(lab.pool.join(&member).unwrap().other.unwrap(), b"functions");
    let Submitted::Other(functions) = lab.pool.submit("c2", 1, "other", b"call").unwrap() else { panic!("taken") };
    assert_eq!(functions, b"functions");
    lab.leave(["w1", "w2"]);
    // Without workers a call waits.
    assert!(matches!(lab.pool.submit("c2", 1, "other", b"call").unwrap(), Submitted::Queued));
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
    for nth in 0..200 {
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
    assert_eq!(lab.take("w1").unwrap().number, 1);
    assert!(matches!(lab.answer("w1", 1, b"one"), Taken::None));
    let answers = lab.answers();
    assert_eq!(answers.iter().filter(|answer| answer.kind == AnswerKind::Response).count(), 1);
}
