"""Measures ProxyStore's references on files: reads lines of `ACT SIZE TIMES`, writes seconds.

    python proxystore_files.py FOLDER
"""

import sys
import time

from acts import borrow_and_read, change, own
from proxystore.connectors.file import FileConnector
from proxystore.store import Store

# Without a cache: another process has none of this one's either.
store = Store("peer", FileConnector(sys.argv[1]), cache_size=0, register=True)
makers = {
    "put_and_drop": lambda value: lambda: own(store, value),
    "read": lambda value: borrow_and_read(own(store, value)),
    "change": lambda value: change(own(store, value)),
}
acts = {}
for line in sys.stdin:
    name, size, times = line.split()
    if (name, size) not in acts:
        acts[name, size] = makers[name](b"x" * int(size))
    act = acts[name, size]
    began = time.perf_counter()
    for _ in range(int(times)):
        act()
    print(time.perf_counter() - began, flush=True)
store.close(clear=True)
