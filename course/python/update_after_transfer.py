# owners2: an owner is given away, and its former owner still writes.
#
# Prints: the new owner's object is ['hers', 'not yours any more']

import pickle
import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store
from proxystore.store.ref import mut_borrow, update

with tempfile.TemporaryDirectory() as folder:
    store = Store("course", FileConnector(folder), cache_size=0, register=True)
    names = store.owned_proxy(["hers"])
    writer = mut_borrow(names)
    sent = pickle.dumps(names)  # while it is borrowed

    new_owner = pickle.loads(sent)
    writer.append("not yours any more")
    update(writer)
    print("the new owner's object is", store.get(new_owner.__proxy_factory__.key))
    del writer
