//! Calls and runs as futures.

use super::failures::kill;
use super::functions::{Grid, add, grow, make, process, total, words};
use super::scopes::{begun, text};
use super::{assert_empty, lab};
use ref_core::{ErrorKind, Owned, Result, Store, remote};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) fn run<R>(tasks: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(tasks)
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Writes the worker's process number to the file, and waits for ever. The owner stays as it is.
#[remote]
fn stay(begun: String, grid: Owned<Grid>) -> Owned<Grid> {
    std::fs::write(begun, std::process::id().to_string()).unwrap();
    let _kept = grid;
    loop {
        std::thread::park();
    }
}

#[remote]
fn objects(store: &Store) -> Result<u64> {
    store.stats().map(|stats| stats.objects)
}

#[remote]
fn die(grid: Owned<Grid>) -> Owned<Grid> {
    kill(std::process::id());
    grid
}

#[test]
fn a_call_that_is_awaited_sends_copies_and_owners() {
    let (scene, store, workers) = lab(1);
    let address = format!("file:{}", scene.folder().display());
    let read: Result<()> = run(async {
        let grid = Grid::of(&[1, 2]);
        let sum = total::call_async(&workers, &grid);
        drop(grid); // the copy was made
        let of = ["b".to_owned(), "c".to_owned()];
        let said = words::call_async(&workers, "a", &of, (1, 2));
        let (sum, said) = tokio::join!(sum, said);
        assert_eq!((sum?, said?), (3, "a b c 12".to_owned()));
        let made = make::call_async(&workers, address, vec![7]).await?.unwrap();
        let grown = grow::call_async(&workers, made, 8).await?.unwrap();
        assert_eq!(objects::call_async(&workers, &store).await??, 1);
        let refused = grow::call_async_or_return(&workers, grown, 0).await.unwrap();
        assert_eq!(refused.unwrap_err(), "by nothing");
        Ok(())
    });
    read.unwrap();
    assert_empty(&store);
}

/// Many tasks of one thread, and no thread for a call.
#[test]
fn a_hundred_calls_are_awaited_on_one_thread() {
    let (_scene, _store, workers) = lab(2);
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let workers = std::sync::Arc::new(workers);
    let sums = run(async {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..100 {
            let workers = std::sync::Arc::clone(&workers);
            tasks.spawn(async move { total::call_async(&workers, &Grid::of(&[n])).await });
        }
        tokio::task::yield_now().await;
        assert!(threads() < 100);
        let mut sum = 0;
        while let Some(one) = tasks.join_next().await {
            sum += one.unwrap().unwrap();
        }
        sum
    });
    assert_eq!(sums, 99 * 50);
}

/// A call that was not polled, one in the queue, and one that runs. The drop waits for nothing, and all that they had is
/// gone.
#[test]
fn a_future_that_is_dropped_is_a_call_that_is_cancelled() {
    let (scene, store, workers) = lab(1);
    let file = |name: &str| scene.base().join(name);
    let owner = || store.put(Grid::of(&[1])).unwrap();
    drop(stay::call_async(&workers, text(&file("not polled")).to_owned(), owner()));
    assert_empty(&store);
    let mut running = stay::call_async(&workers, text(&file("running")).to_owned(), owner());
    assert!(poll(&mut running).is_pending());
    let killed = begun(&file("running"));
    let mut queued = stay::call_async(&workers, text(&file("queued")).to_owned(), owner());
    assert!(poll(&mut queued).is_pending());
    drop(queued);
    drop(running);
    // The one worker was killed, and the next call gets another one.
    assert_ne!(run(process::call_async(&workers)).unwrap(), killed);
    assert!(!file("not polled").exists() && !file("queued").exists());
    store.reap().unwrap();
    while store.stats().unwrap().objects > 0 {
        std::thread::yield_now(); // the thread that saw the worker's death claims the owner
    }
    // A call that is over, and whose result was not asked for.
    let mut over = grow::call_async(&workers, owner(), 2);
    let _pending = poll(&mut over);
    run(process::call_async(&workers)).unwrap();
    drop(over);
    assert_empty(&store);
}

#[test]
fn a_call_whose_worker_dies_gives_its_owner_back() {
    let (_scene, store, workers) = lab(1);
    let refused = run(die::call_async_or_return(&workers, store.put(Grid::of(&[1])).unwrap())).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::WorkerDied);
    assert!(refused.handle.is_none(), "the worker had claimed it");
    let elsewhere = Store::open("memory:").unwrap();
    let refused = run(die::call_async_or_return(&workers, elsewhere.put(Grid::of(&[1])).unwrap())).unwrap_err();
    assert_eq!((refused.error.kind(), refused.handle.is_some()), (ErrorKind::Unsupported, true));
    // A future that is polled after the end of its workers.
    let late = process::call_async(&workers);
    drop(workers);
    assert_eq!(run(late).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_forked_child_awaits_no_call_of_its_parent() {
    let (_scene, _store, workers) = lab(1);
    let mut begun = process::call_async(&workers);
    let _pending = poll(&mut begun);
    let wrong = ref_tests::in_a_child(|| {
        let is_forked =
            |polled: Poll<Result<u32>>| matches!(polled, Poll::Ready(Err(error)) if error.kind() == ErrorKind::Forked);
        let new = process::call_async(&workers);
        vec![is_forked(poll(&mut begun)), is_forked(poll(&mut pin!(new)))]
    });
    assert_eq!(wrong, 0);
    run(begun).unwrap();
}

/// A runtime inside of the scope awaits the runs, also in another order. A run's future that is dropped leaves the call to
/// the scope.
#[test]
fn a_run_is_awaited_in_its_scope() {
    let (_scene, store, workers) = lab(2);
    let (from, mut west, mut east) = (Grid::of(&[1]), store.put(Grid::of(&[1])).unwrap(), Grid::of(&[2]));
    let sums = workers.scope(|s| {
        let (a, b) = (add::spawn(s, &from, &mut west, 1)?, add::spawn(s, &from, &mut east, 1)?);
        run(async move {
            let sum = b.await?;
            drop(a.into_future());
            Ok(sum)
        })
    });
    assert_eq!(sums.unwrap(), Ok(3));
    assert_eq!((west.borrow().unwrap().cells[0], east.cells[0]), (2, 3));
}
