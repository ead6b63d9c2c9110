// rule: R17 threads share a handle as they share its value
// code: none
// twin: pass/threads/commit_a_writer_of_a_name_before_awaiting.rs

use ref_core::{Named, Result};

async fn add(mut index: Named<Vec<u64>>, row: impl Future<Output = u64> + Send) -> Result<()> {
    let mut writer = index.borrow_mut()?;
    writer.push(row.await);
    writer.commit()?;
    Ok(())
}

/// As a runtime of several threads does.
fn spawn(_task: impl Future + Send) {}

fn main() {
    let _ = |index| spawn(add(index, async { 7 }));
}
