# owners3: the owner of an object is not kept.
#
# Prints: the letter is in the store: False

import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store


def write(store):
    letter = store.owned_proxy("dear friend")
    return letter.__proxy_factory__.key


with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), register=True)
    key = write(store)
    print("the letter is in the store:", store.exists(key))
