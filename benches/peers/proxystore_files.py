"""Measures ProxyStore's references on files: reads lines of `ACT SIZE TIMES`, writes seconds.

    python proxystore_files.py FOLDER
"""

import sys
import time

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import borrow, into_owned, mut_borrow, update

# Without a cache: another process has none of this one's either.
store = Store("peer", FileConnector(sys.argv[1]), cache_size=0, register=True)


def own(value):
    return into_owned(store.proxy_from_key(store.put(value)), populate_target=False)


def put_and_drop(value):
    return lambda: own(value)


def borrow_and_read(value):
    owned = own(value)

    def act():
        reference = borrow(owned, populate_target=False)
        len(reference)
        del reference  # which gives it back

    return act


def change(value):
    owned = own(value)

    def act():
        reference = mut_borrow(owned, populate_target=False)
        len(reference)
        update(reference)
        del reference  # which gives it back

    return act


acts = {}
for line in sys.stdin:
    name, size, times = line.split()
    if (name, size) not in acts:
        acts[name, size] = {"put_and_drop": put_and_drop, "read": borrow_and_read, "change": change}[name](b"x" * int(size))
    act = acts[name, size]
    began = time.perf_counter()
    for _ in range(int(times)):
        act()
    print(time.perf_counter() - began, flush=True)
store.close(clear=True)
