"""Measures arrays of numpy in shared memory: reads lines of `ACT BYTES TIMES`, writes seconds."""

import sys
import time
from multiprocessing.shared_memory import SharedMemory

import numpy as np

attached = []  # to be removed at the end


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


def main():
    makers = {
        "put": put,
        "attach": lambda size: attach(size, len),
        "read": lambda size: attach(size, np.sum),
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
    remove(attached)


if __name__ == "__main__":
    main()
