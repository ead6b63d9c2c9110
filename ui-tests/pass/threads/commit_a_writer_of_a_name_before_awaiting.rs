// rule: R17 threads share a handle as they share its value

use ref_core::{Named, Result};

async fn add(mut index: Named<Vec<u64>>, row: impl Future<Output = u64> + Send) -> Result<()> {
    let row = row.await;
    let mut writer = index.borrow_mut()?;
    writer.push(row);
    writer.commit()?;
    Ok(())
}

/// As a runtime of several threads does.
fn spawn(_task: impl Future + Send) {}

fn main() {
    let _ = |index| spawn(add(index, async { 7 }));
}
