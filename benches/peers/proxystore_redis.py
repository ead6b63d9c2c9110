"""What ProxyStore's references cost on a Redis server, beside that server's PING from the same client.

    pip install proxystore redis
    python benches/peers/proxystore_redis.py PORT

Its rules are checked inside one process; the bytes go through Redis. `cargo bench --bench redis` has ours.
"""

import statistics
import sys
import time

import redis
from acts import borrow_and_read, change, own
from proxystore.connectors.redis import RedisConnector
from proxystore.store import Store

port = int(sys.argv[1])
client = redis.Redis("localhost", port)
# Without a cache: another process has none of this one's either.
store = Store("peer", RedisConnector("localhost", port), cache_size=0, register=True)


def measure(name, act, rounds=40, calls=25):
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(calls):
            act()
        took.append((time.perf_counter() - began) / calls * 1e6)
    print(f"{name:<48} {statistics.median(took):9.1f} {min(took):9.1f} {max(took):9.1f}")


print(f"{'microseconds a call':<48} {'median':>9} {'least':>9} {'most':>9}")
measure("PING", client.ping)
for size, name in [(100, "100 B"), (1 << 20, "1 MiB")]:
    owned = own(store, "x" * size)
    measure(f"borrow, read {name}, release", borrow_and_read(owned))
    measure(f"borrow exclusively, update {name}, release", change(owned))
store.close(clear=True)
