# tickets1: an owner is pickled once, and loaded twice.
#
# Prints: dear friend and dear friend
# Prints: an owner is left, and its object is in the store: False

import pickle
import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store

with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), register=True)
    sent = pickle.dumps(store.owned_proxy("dear friend"))
    first = pickle.loads(sent)
    second = pickle.loads(sent)
    print(first, "and", second)

    del first  # removes the object of the second
    key = second.__proxy_factory__.key
    print("an owner is left, and its object is in the store:", store.exists(key))
