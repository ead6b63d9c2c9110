# names2: a process reads what it has read before, and not what is in the store.
#
# Prints: the price was 10, and is 10
# Prints: in the store it is 12

import os
import pickle
import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import mut_borrow, update

with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), register=True)
    price = store.owned_proxy([10])
    key = price.__proxy_factory__.key
    before = store.get(key)[0]
    sent = pickle.dumps(mut_borrow(price))

    child = os.fork()
    if child == 0:
        writer = pickle.loads(sent)
        writer[0] = 12
        update(writer)
        os._exit(0)
    os.waitpid(child, 0)
    print(f"the price was {before}, and is {store.get(key)[0]}")
    another = Store("another", FileConnector(folder))
    print("in the store it is", another.get(key)[0])
