"""What the programs beside this one measure of ProxyStore's references."""

from proxystore.store.ref import borrow, into_owned, mut_borrow, update


def own(store, value):
    return into_owned(store.proxy_from_key(store.put(value)), populate_target=False)


def borrow_and_read(owned):
    def act():
        reference = borrow(owned, populate_target=False)
        len(reference)
        del reference  # which gives it back

    return act


def change(owned):
    def act():
        reference = mut_borrow(owned, populate_target=False)
        len(reference)
        update(reference)
        del reference  # which gives it back

    return act
