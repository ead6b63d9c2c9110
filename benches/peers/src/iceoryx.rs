//! iceoryx2: a value that is read from shared memory, and messages that are written there.

use crate::Done;
use iceoryx2::prelude::*;
use std::time::{Duration, Instant};

const SIZE: usize = 100;

/// Makes a blackboard with 100 bytes, and calls `reads` with a function that reads them once.
pub(crate) fn blackboard<R>(reads: impl FnOnce(&mut dyn FnMut() -> u8) -> R) -> Done<R> {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let name = format!("ref-peers/{}/board", std::process::id());
    let board = node.service_builder(&name.as_str().try_into()?).blackboard_creator::<u64>();
    let board = board.add::<[u8; SIZE]>(0, [7; SIZE]).create()?;
    let reader = board.reader_builder().create()?;
    let entry = reader.entry::<[u8; SIZE]>(&0)?;
    Ok(reads(&mut || (*std::hint::black_box(&entry).get())[SIZE - 1]))
}

/// Sends messages of `size` bytes to a subscriber of this process. Each is a loan, a copy, a send and a receive.
pub(crate) fn messages(size: usize) -> Done<impl FnMut(u64) -> Done<Duration>> {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let name = format!("ref-peers/{}/messages/{size}", std::process::id());
    let service = node.service_builder(&name.as_str().try_into()?).publish_subscribe::<[u8]>().create()?;
    let publisher = service.publisher_builder().initial_max_slice_len(size).create()?;
    let subscriber = service.subscriber_builder().create()?;
    let bytes = vec![7_u8; size];
    Ok(move |times| {
        let _kept = &node;
        let since = Instant::now();
        for _ in 0..times {
            publisher.loan_slice_uninit(size)?.write_from_slice(&bytes).send()?;
            let received = subscriber.receive()?.ok_or("nothing was received")?;
            std::hint::black_box(received.payload()[size - 1]);
        }
        Ok(since.elapsed())
    })
}
