# scopes1: two threads have an exclusive borrow of one object.
#
# Prints: each of two has added 1 to 0: 1

import pickle
import tempfile
import threading

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import mut_borrow, update


def lend(owner):
    writer = mut_borrow(owner)
    sent = pickle.dumps(writer)
    del writer  # the owner counts no borrow any more
    return sent


def add(sent, both_have_read):
    count = pickle.loads(sent)
    read = count[0]
    both_have_read.wait()
    count[0] = read + 1
    update(count)


with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), cache_size=0, register=True)
    count = store.owned_proxy([0])
    both_have_read = threading.Barrier(2)
    threads = [threading.Thread(target=add, args=(lend(count), both_have_read)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("each of two has added 1 to 0:", store.get(count.__proxy_factory__.key)[0])
