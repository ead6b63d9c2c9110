"""The workflows of `src/workflows` with ProxyStore's references and a process pool: reads lines of `ACT SIZE TIMES`,
writes seconds and what was found.

    python proxystore_workflows.py file FOLDER WORKERS
    python proxystore_workflows.py redis PORT WORKERS
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from proxystore.store import Store, get_store
from proxystore.store.ref import borrow, into_owned
from proxystore.store.scopes import submit

STAGES = [1, 8, 1, 8, 1, 8, 1]
CHUNKS = 16
KINDS = b"EWID"
LINE = 50


def nothing():
    pass


def make(size):
    return b"\x07" * size


def look_through(data):
    if data.find(b"\x00") != -1:
        raise ValueError("a byte has changed")


def task(*inputs, size):
    for data in inputs:
        look_through(data)
    return get_store(inputs[0]).proxy(make(size), evict=False)


def count_in(text):
    return [text.count(KINDS[nth : nth + 1]) for nth in range(len(KINDS))]


def count(chunk):
    return get_store(chunk).proxy(count_in(chunk), evict=False)


def total(*parts):
    return [sum(counts) for counts in zip(*parts)]


def text_of(size):
    lines = [KINDS[nth : nth + 1] + b"x" * (LINE - 2) + b"\n" for nth in range(len(KINDS))]
    return (b"".join(lines) * (size // (LINE * len(KINDS)) + 1))[:size]


class Program:
    def __init__(self, store, pool):
        self.store, self.pool, self.texts = store, pool, {}

    def run(self, calls):
        """Submits all calls, and returns their results when the borrows have ended."""
        futures = [submit(self.pool.submit, args=(function, *refs), kwargs=more) for function, refs, more in calls]
        results = [future.result() for future in futures]
        # `submit` ends the borrows in a callback, which may come after the result.
        for _, refs, _ in calls:
            for ref in refs:
                while object.__getattribute__(ref, "__proxy_valid__"):
                    time.sleep(0)
        return results

    def workflow(self, size):
        data, read = [self.store.owned_proxy(make(size))], 0
        for tasks in STAGES:
            inputs = [[one] for one in data] if len(data) == tasks else [data] * tasks
            calls = [(task, [borrow(one) for one in of_task], {"size": size}) for of_task in inputs]
            results = self.run(calls)
            read += sum(len(result) for result in results)
            # The owners of the stage before go here, and with them their objects.
            del inputs, calls
            data = [into_owned(result) for result in results]
        return read

    def mapreduce(self, size):
        chunks = [self.store.owned_proxy(self.text(size)) for _ in range(CHUNKS)]
        parts = [into_owned(part) for part in self.run([(count, [borrow(chunk)], {}) for chunk in chunks])]
        [sums] = self.run([(total, [borrow(part) for part in parts], {})])
        return " ".join(map(str, sums))

    def workflow_alone(self, size):
        """The functions of `workflow` as they are, without a store and without calls."""
        data, read = [make(size)], 0
        for tasks in STAGES:
            inputs = [[one] for one in data] if len(data) == tasks else [data] * tasks
            for of_task in inputs:
                for one in of_task:
                    look_through(one)
            data = [make(size) for _ in range(tasks)]
            read += sum(map(len, data))
        return read

    def mapreduce_alone(self, size):
        return " ".join(map(str, total(*[count_in(self.text(size)) for _ in range(CHUNKS)])))

    def warm(self, _size):
        for future in [self.pool.submit(nothing) for _ in range(4)]:
            future.result()
        return "warm"

    def text(self, size):
        if size not in self.texts:
            self.texts[size] = text_of(size)
        return self.texts[size]


def connector(kind, place):
    if kind == "file":
        from proxystore.connectors.file import FileConnector

        return FileConnector(place)
    from proxystore.connectors.redis import RedisConnector

    return RedisConnector("127.0.0.1", int(place))


def main():
    kind, place, workers = sys.argv[1:]
    # Without a cache, as psbench has it: the memory is that of the workflow.
    store = Store("workflows", connector(kind, place), cache_size=0, register=True)
    with ProcessPoolExecutor(int(workers)) as pool:
        program = Program(store, pool)
        for line in sys.stdin:
            name, size, times = line.split()
            act, found = getattr(program, name), None
            began = time.perf_counter()
            for _ in range(int(times)):
                found = act(int(size))
            print(time.perf_counter() - began, found, flush=True)
    store.close(clear=True)


if __name__ == "__main__":
    main()
