//! More calls, messages and names than one command takes.

use super::{BUILD, Lab};
use crate::backend::calls::{AnswerKind, WorkerRenewal};
use crate::backend::redis::tests::stranger;

#[test]
fn all_calls_of_a_dead_worker_are_taken_from_it() {
    let lab = Lab::new();
    let numbers: Vec<u64> = (1..=1_002).collect();
    lab.submit_all(&numbers);
    lab.many_come_to("w1", numbers.len());
    lab.pool.leave("w1").unwrap();
    lab.many_come_to("w2", numbers.len());
    let counts = lab.pool.count("c1", BUILD).unwrap();
    let pending = redis::cmd("XPENDING").arg(lab.queue()).arg("w").query::<redis::Value>(&mut stranger()).unwrap();
    let redis::Value::Array(pending) = pending else { panic!("{pending:?}") };
    assert_eq!((counts.queued, &pending[0]), (numbers.len(), &redis::Value::Int(numbers.len() as i64)));
}

/// More messages than one command names.
#[test]
fn all_long_messages_of_a_caller_are_kept_by_its_renewal() {
    let (lab, mut add) = (Lab::new(), redis::pipe());
    let keys: Vec<String> = (0..5_000).map(|nth| lab.key(&format!("message:c1:{nth}"))).collect();
    for key in &keys {
        add.cmd("PSETEX").arg(key).arg(20_000).arg("long").ignore();
    }
    add.cmd("SADD").arg(lab.key("long:c1")).arg(&keys).ignore();
    add.exec(&mut stranger()).unwrap();
    lab.pool.renew_caller("c1", "0").unwrap().unwrap();
    let mut left = redis::pipe();
    for key in &keys {
        left.cmd("PTTL").arg(key);
    }
    let left: Vec<i64> = left.query(&mut stranger()).unwrap();
    assert!(left.iter().all(|left| *left > 30_000), "{:?}", left.iter().min());
}

/// Names that a stranger has written among the members do not keep the server from finding a dead worker.
#[test]
fn names_that_are_no_members_keep_no_dead_worker_alive() {
    let lab = Lab::new();
    lab.submit(1);
    assert_eq!(lab.take("w1").unwrap().name.number, 1);
    let mut add = redis::cmd("ZADD");
    add.arg(lab.key("members"));
    for nth in 0..300 {
        add.arg(-1).arg(format!("w-stranger-{nth}"));
    }
    add.exec(&mut stranger()).unwrap();
    lab.end_lease("w1");
    for _ in 0..2 {
        assert!(matches!(lab.pool.renew_worker("w2", None).unwrap(), WorkerRenewal::Goes(None)));
    }
    let answers = lab.answers();
    assert_eq!((answers.len(), answers[0].kind), (1, AnswerKind::Died));
}
