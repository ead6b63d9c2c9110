# owners3: a forked child ends, and the object of its parent is gone.
#
# Prints: the parent owns an object that is in the store: False

import os
import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store

with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), cache_size=0, register=True)
    letter = store.owned_proxy("dear friend")
    key = letter.__proxy_factory__.key

    child = os.fork()
    if child == 0:
        del letter  # as the end of any function of the child does
        os._exit(0)
    os.waitpid(child, 0)
    print("the parent owns an object that is in the store:", store.exists(key))
