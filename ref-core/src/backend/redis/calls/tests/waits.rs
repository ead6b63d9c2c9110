//! How callers wait for answers, and workers for calls.

use super::{BUILD, Gate, Lab, answer_to, queued, request};
use crate::backend::calls::{CallRequest, Submitted, WorkerAnswer, WorkerGate, WorkerRenewal};
use crate::backend::redis::calls::admission::ADMITTED;
use crate::backend::redis::tests::stranger;
use crate::sync::{Mutex, lock};
use std::time::Duration;

/// The answers that are asked for together with a call are those that a later request would return.
#[test]
fn a_call_and_the_request_for_its_answer_are_one_write() {
    let lab = Lab::new();
    let pool = &lab.pool;
    std::thread::scope(|threads| {
        let (submitted, asked) = pool.submit_and_ask(&queued("c1", 1, b"call"), Duration::from_secs(5)).unwrap();
        assert!(matches!(submitted, Submitted::Queued));
        let asked = asked.unwrap();
        threads.spawn(|| {
            let call = lab.take("w1").unwrap();
            assert!(lab.answer("w1", &call.name, b"one").is_none());
        });
        let (answers, last) = asked.wait().unwrap();
        assert_eq!((answers[0].message.as_deref().unwrap(), last.is_some()), (&b"one"[..], true));
    });
    // Answers to a call that is not in the queue are not waited for.
    let (lost, asked) = pool.submit_and_ask(&queued("c2", 1, b"call"), Duration::from_secs(5)).unwrap();
    assert!(matches!(lost, Submitted::Lost) && asked.is_none());
}

/// A gate that notes what it is asked and told.
struct NotedGate(Mutex<Vec<&'static str>>);

impl WorkerGate for NotedGate {
    fn may_begin(&self) -> bool {
        lock(&self.0).push("may begin");
        true
    }

    fn answered(&self) {
        lock(&self.0).push("answered");
    }
}

#[test]
fn while_calls_wait_an_answer_begins_the_next_one() {
    let lab = Lab::new();
    lab.pool.leave("w2").unwrap();
    assert!(matches!(lab.pool.renew_worker("w1", None).unwrap(), WorkerRenewal::Goes(None)));
    lab.submit_all(&[1, 2, 3, 4]);
    let take = |ran: &WorkerAnswer, is_again, gate| {
        lab.pool.take(&CallRequest { ran: Some(ran), is_again, gate, ..request("w1") }).unwrap()
    };
    let first = lab.take("w1").unwrap();
    let (gate, one) = (NotedGate(Mutex::default()), answer_to(&first.name, b"one"));
    let second = take(&one, false, &gate).unwrap();
    assert_eq!(std::mem::take(&mut *lock(&gate.0)), ["answered", "may begin"]);
    // Calls wait, as the reply has said.
    let two = answer_to(&second.name, b"two");
    let third = take(&two, false, &gate).unwrap();
    assert_eq!(std::mem::take(&mut *lock(&gate.0)), ["may begin"]);
    assert_eq!((third.name.number, third.message.as_deref().unwrap()), (3, &b"call 3"[..]));
    // The reply was lost: the worker has the call already, and nothing is answered or begun again.
    assert_eq!(take(&two, true, &gate).unwrap().name, third.name);
    let counts = lab.pool.count("c1", BUILD).unwrap();
    assert_eq!((counts.queued, counts.running), (1, 1));
    // A worker that may not begin a call gives its answer.
    assert!(take(&answer_to(&third.name, b"three"), false, &Gate(|| false)).is_none());
    assert_eq!(lab.answers().len(), 3);
}

/// With an entry of a stream, the server looks through all that wait there. So of many workers only some wait at the queue.
#[test]
fn of_many_workers_one_that_begins_a_call_gives_its_admission_to_another() {
    let lab = Lab::new();
    let admissions =
        || redis::cmd("LLEN").arg(lab.key(&format!("admissions:{BUILD}"))).query::<usize>(&mut stranger()).unwrap();
    let others: Vec<String> = (3..=ADMITTED + 1).map(|nth| format!("w{nth}")).collect();
    others.iter().for_each(|other| lab.join(other, Some(b"functions")));
    // The last one has no admission. It waits for one in vain, and makes one when it finds a call.
    assert!(lab.take("w3").is_none());
    lab.submit_all(&[1, 2]);
    let first = lab.take("w3").unwrap();
    assert_eq!((first.name.number, admissions()), (1, 1));
    // A worker without an admission gets what waits, and otherwise the admission.
    let second = lab.answer("w3", &first.name, b"one").unwrap();
    assert_eq!((second.name.number, admissions()), (2, 1));
    assert!(lab.answer("w3", &second.name, b"two").is_none());
    assert_eq!(admissions(), 0);
    lab.submit(3);
    assert_eq!((lab.take("w3").unwrap().name.number, admissions()), (3, 1));
    // Where there are few workers, each has an admission.
    for other in &others {
        lab.pool.leave(other).unwrap();
    }
    assert!(matches!(lab.pool.renew_worker("w1", None).unwrap(), WorkerRenewal::Goes(None)));
    lab.submit(4);
    assert_eq!((lab.take("w1").unwrap().name.number, admissions()), (4, 1));
    lab.leave(["c1", "w1"]);
    lab.pool.leave("w2").unwrap();
    assert_eq!(lab.keys(), Vec::<String>::new());
}
