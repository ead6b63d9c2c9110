//! Writes the numbers of stores as text for Prometheus, in its [text format]. Give each store's address as an argument.
//! Without an address the example fills a store of its own.
//!
//! A server for Prometheus returns this text at `/metrics`. A program without a server writes it into a file in the
//! folder of the node exporter's `textfile` collector.
//!
//! [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/
//!
//! ```console
//! $ cargo run --example metrics
//! # HELP ref_objects Objects in the store.
//! # TYPE ref_objects gauge
//! ref_objects{store="memory:metrics"} 3
//! # HELP ref_objects_lent_shared Objects that their owner has lent to readers.
//! # TYPE ref_objects_lent_shared gauge
//! ref_objects_lent_shared{store="memory:metrics"} 1
//! # HELP ref_objects_lent_exclusively Objects that their owner has lent to one borrower that may change them.
//! # TYPE ref_objects_lent_exclusively gauge
//! ref_objects_lent_exclusively{store="memory:metrics"} 0
//! # HELP ref_objects_in_transit Objects whose ownership ticket waits to be claimed.
//! # TYPE ref_objects_in_transit gauge
//! ref_objects_in_transit{store="memory:metrics"} 0
//! # HELP ref_objects_detached Objects without an owner, kept for their keys.
//! # TYPE ref_objects_detached gauge
//! ref_objects_detached{store="memory:metrics"} 1
//! # HELP ref_sessions Sessions. A dead one counts until it is recovered.
//! # TYPE ref_sessions gauge
//! ref_sessions{store="memory:metrics"} 2
//! # HELP ref_bytes Bytes of the current versions of all objects.
//! # TYPE ref_bytes gauge
//! ref_bytes{store="memory:metrics"} 387
//! # HELP ref_max_objects How many objects there can be.
//! # TYPE ref_max_objects gauge
//! # HELP ref_max_sessions How many sessions there can be.
//! # TYPE ref_max_sessions gauge
//! ```

use ref_core::{Result, Stats, Store};

/// A metric: its name, its help, and its number in the statistics of a store.
type Metric = (&'static str, &'static str, fn(&Stats) -> Option<u64>);

/// All are gauges, which go up and down. A store that has no limit has no sample of it.
const METRICS: &[Metric] = &[
    ("ref_objects", "Objects in the store.", |stats| Some(stats.objects)),
    ("ref_objects_lent_shared", "Objects that their owner has lent to readers.", |stats| Some(stats.lent_shared)),
    (
        "ref_objects_lent_exclusively",
        "Objects that their owner has lent to one borrower that may change them.",
        |stats| Some(stats.lent_exclusively),
    ),
    ("ref_objects_in_transit", "Objects whose ownership ticket waits to be claimed.", |stats| Some(stats.in_transit)),
    ("ref_objects_detached", "Objects without an owner, kept for their keys.", |stats| Some(stats.detached)),
    ("ref_sessions", "Sessions. A dead one counts until it is recovered.", |stats| Some(stats.sessions)),
    ("ref_bytes", "Bytes of the current versions of all objects.", |stats| Some(stats.bytes)),
    ("ref_max_objects", "How many objects there can be.", |stats| stats.max_objects),
    ("ref_max_sessions", "How many sessions there can be.", |stats| stats.max_sessions),
];

/// Returns the samples of all stores, metric by metric. Prometheus wants the samples of a metric in one group.
fn metrics(stores: &[(String, Stats)]) -> String {
    let mut text = String::new();
    for (name, help, number) in METRICS {
        text += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (address, stats) in stores {
            if let Some(number) = number(stats) {
                text += &format!("{name}{{store=\"{}\"}} {number}\n", escaped(address));
            }
        }
    }
    text
}

/// Returns the text as the value of a label has it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Opens the stores, and returns what is in them. Sessions that an opening finds dead are recovered.
fn stats(addresses: &[String]) -> Result<Vec<(String, Stats)>> {
    addresses.iter().map(|address| Ok((address.clone(), Store::open(address)?.stats()?))).collect()
}

fn main() -> Result<()> {
    let addresses: Vec<String> = std::env::args().skip(1).collect();
    if !addresses.is_empty() {
        print!("{}", metrics(&stats(&addresses)?));
        return Ok(());
    }
    let store = Store::open("memory:metrics")?;
    let (lent, _owned, _kept) = (store.put(1_u64)?, store.put(2_u64)?, store.put(3_u64)?.detach()?);
    let _loan = lent.lend()?;
    print!("{}", metrics(&stats(&["memory:metrics".to_owned()])?));
    Ok(())
}
