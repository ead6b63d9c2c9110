# leases1: a reader changes what it has borrowed.
#
# Prints: the owner sees [1, 5, 9]
# Prints: the store has [9, 1, 5]

import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import borrow

with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), cache_size=0, register=True)
    numbers = store.owned_proxy([9, 1, 5])
    len(numbers)  # the owner has read its value

    reader = borrow(numbers)
    reader.sort()
    print("the owner sees", list(numbers))
    print("the store has", store.get(numbers.__proxy_factory__.key))
    del reader
