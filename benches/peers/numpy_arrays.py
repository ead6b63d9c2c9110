"""Measures arrays of numpy in shared memory: reads lines of `ACT BYTES TIMES`, writes seconds.

`make` makes columns of so many bytes, for two processes that normalise them where they are, and `drop` removes them.
"""

import os

# Each of the two processes has a processor, so a product of vectors takes one thread.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import math
import sys
import time
from multiprocessing import Pool, resource_tracker
from multiprocessing.shared_memory import SharedMemory

import numpy as np

attached = []  # to be removed at the end

COLUMNS = 4


def array(block, size):
    return np.ndarray((size // 8,), np.float64, block.buf)


def made(size):
    block = SharedMemory(create=True, size=size)
    values = array(block, size)
    values[:] = 1.0
    values[::2] = 3.0
    return block


def remove(blocks):
    for block in blocks:
        block.close()
        block.unlink()


def put(size):
    values = np.full(size // 8, 7.0)

    def act():
        block = SharedMemory(create=True, size=size)
        array(block, size)[:] = values
        block.close()
        block.unlink()

    return act


def attach(size, use):
    whole = made(size)
    attached.append(whole)

    def act():
        block = SharedMemory(name=whole.name)
        use(array(block, size))
        block.close()

    return act


def centre_and_scale(column):
    """Needs no second array."""
    column -= column.mean()
    column /= math.sqrt(column.dot(column) / len(column))


def by_mean_and_std(column):
    """Needs a second array, for the squares."""
    column -= column.mean()
    column /= column.std()


def run(task):
    change, name, size = task
    block = SharedMemory(name=name)
    change(array(block, size))
    block.close()


class Columns:
    def __init__(self, pool):
        self.pool, self.blocks = pool, []

    def make(self, size):
        self.blocks = [made(size) for _ in range(COLUMNS)]

    def drop(self, _size):
        remove(self.blocks)
        self.blocks = []

    def change(self, change, size):
        self.pool.map(run, [(change, block.name, size) for block in self.blocks], chunksize=1)


def main():
    # Before the processes start, so that they and this one share the process that knows what is to be removed.
    resource_tracker.ensure_running()
    with Pool(2) as pool:
        columns = Columns(pool)
        makers = {
            "put": put,
            "attach": lambda size: attach(size, len),
            "read": lambda size: attach(size, np.sum),
            "make": lambda size: lambda: columns.make(size),
            "drop": lambda size: lambda: columns.drop(size),
            "centre_and_scale": lambda size: lambda: columns.change(centre_and_scale, size),
            "by_mean_and_std": lambda size: lambda: columns.change(by_mean_and_std, size),
        }
        acts = {}
        for line in sys.stdin:
            name, size, times = line.split()
            if (name, size) not in acts:
                acts[name, size] = makers[name](int(size))
            act = acts[name, size]
            began = time.perf_counter()
            for _ in range(int(times)):
                act()
            print(time.perf_counter() - began, flush=True)
        columns.drop(0)
    remove(attached)


if __name__ == "__main__":
    main()
