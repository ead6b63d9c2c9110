# deaths2: a process that owns an object is killed.
#
# Prints: no process is left, and objects in the store: 1

import os
import signal
import tempfile

from proxystore.connectors.file import FileConnector
from proxystore.store import Store

with tempfile.TemporaryDirectory() as folder:
    child = os.fork()
    if child == 0:
        store = Store("course", FileConnector(folder), register=True)
        report = store.owned_proxy("all is well")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    objects = [file for file in os.listdir(folder) if not file.endswith(".ready")]
    print("no process is left, and objects in the store:", len(objects))
