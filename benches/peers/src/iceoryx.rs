//! iceoryx2: a value that is read from shared memory, and messages that are written there.

use crate::Done;
use iceoryx2::prelude::*;
use std::time::{Duration, Instant};

const SIZE: usize = 100;

/// Makes a blackboard with 100 bytes, and calls `reads` with a function that reads them once.
pub(crate) fn blackboard<R>(what: &str, reads: impl FnOnce(&mut dyn FnMut() -> u8) -> R) -> Done<R> {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let board = node.service_builder(&name(what).as_str().try_into()?).blackboard_creator::<u64>();
    let board = board.add::<[u8; SIZE]>(0, [7; SIZE]).create()?;
    let reader = board.reader_builder().create()?;
    let entry = reader.entry::<[u8; SIZE]>(&0)?;
    Ok(reads(&mut || (*std::hint::black_box(&entry).get())[SIZE - 1]))
}

/// Makes a blackboard with 100 bytes, and calls `writes` with a function that replaces them once.
pub(crate) fn written_blackboard<R>(writes: impl FnOnce(&mut dyn FnMut([u8; SIZE])) -> R) -> Done<R> {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let board = node.service_builder(&name("written").as_str().try_into()?).blackboard_creator::<u64>();
    let board = board.add::<[u8; SIZE]>(0, [7; SIZE]).create()?;
    let writer = board.writer_builder().create()?;
    let entry = writer.entry::<[u8; SIZE]>(&0)?;
    Ok(writes(&mut |value| entry.update_with_copy(value)))
}

/// Replaces the bytes of a blackboard, as another process would.
pub(crate) fn update(what: &str, value: [u8; SIZE]) -> Done {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let board = node.service_builder(&name(what).as_str().try_into()?).blackboard_opener::<u64>().open()?;
    let writer = board.writer_builder().create()?;
    writer.entry::<[u8; SIZE]>(&0)?.update_with_copy(value);
    Ok(())
}

/// Sends messages of `size` bytes to a subscriber of this process. Each is a loan, a copy, a send and a receive.
pub(crate) fn messages(size: usize) -> Done<impl FnMut(u64) -> Done<Duration>> {
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let name = name(&format!("messages/{size}"));
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

/// Returns the name of a service of this process.
fn name(what: &str) -> String {
    format!("ref-peers/{}/{what}", std::process::id())
}
