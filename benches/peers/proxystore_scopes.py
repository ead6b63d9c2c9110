"""The cycle of `benches/remote.rs` in ProxyStore: put, submit with a borrow, wait, drop; one line of JSON.

python proxystore_scopes.py ROUNDS SIZE...
"""

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import borrow
from proxystore.store.scopes import submit


def length(data):
    return len(data)


def main():
    rounds, sizes = int(sys.argv[1]), [int(size) for size in sys.argv[2:]]
    medians = {}
    with tempfile.TemporaryDirectory(prefix="ref-bench-", dir="/dev/shm") as folder:
        with Store("bench", FileConnector(folder), register=True) as store, ProcessPoolExecutor(1) as pool:
            for size in sizes:
                data, times = b"x" * size, []
                for _ in range(rounds):
                    start = time.perf_counter()
                    owned = store.owned_proxy(data)
                    borrowed = borrow(owned)
                    future = submit(pool.submit, args=(length, borrowed))
                    assert future.result() == size
                    del borrowed, owned
                    times.append(time.perf_counter() - start)
                medians[str(size)] = statistics.median(times[len(times) // 10 :]) * 1e6
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
