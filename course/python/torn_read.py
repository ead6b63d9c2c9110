# borrows2: a reader sees an account between two steps of a writer.
#
# Prints: of 150 the reader sees 120

import tempfile
import threading

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import mut_borrow


def move(accounts, has_taken, was_seen):
    accounts[0] -= 30
    has_taken.set()
    was_seen.wait()
    accounts[1] += 30


with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), cache_size=0, register=True)
    accounts = store.owned_proxy([100, 50])
    total = sum(accounts)

    has_taken, was_seen = threading.Event(), threading.Event()
    writer = mut_borrow(accounts)
    thread = threading.Thread(target=move, args=(writer, has_taken, was_seen))
    thread.start()
    has_taken.wait()
    print(f"of {total} the reader sees {sum(accounts)}")  # the owner is not asked whether it is lent
    was_seen.set()
    thread.join()
    del thread, writer
