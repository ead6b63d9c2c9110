//! How callers wait for answers.

use super::{Lab, queued};
use crate::backend::calls::Submitted;
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
