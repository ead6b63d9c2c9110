//! Tests of the queue of an object's writers.

use super::names::published;
use super::*;
use crate::backend::{QueuePlace, SLICE};
use crate::id::Epoch;

/// A session's call that waits for its turn.
struct Waiter<'a> {
    session: &'a Arc<dyn Backend>,
    object: ObjectId,
    place: Option<QueuePlace>,
}

/// What a call got that has asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The reservation of this token.
    Granted(Epoch),
    /// A writer is in the way.
    Refused,
    /// Another call came earlier.
    NotYet,
}

impl<'a> Waiter<'a> {
    fn new(session: &'a Arc<dyn Backend>, object: ObjectId) -> Self {
        Self { session, object, place: None }
    }

    fn ask(&mut self) -> Asked {
        match self.session.reserve_in_turn(self.object, &mut self.place, here()) {
            Ok(Some(Reply::Opened(token))) => Asked::Granted(token),
            Ok(Some(reply)) => panic!("{reply:?}"),
            Ok(None) => Asked::NotYet,
            Err(error) => {
                assert_eq!(why(&error), (ErrorKind::Conflict, Some(HeldAs::BorrowMut)));
                Asked::Refused
            }
        }
    }

    #[track_caller]
    fn reserve(&mut self) -> Epoch {
        match self.ask() {
            Asked::Granted(token) => token,
            asked => panic!("{asked:?}"),
        }
    }

    /// Asks, and has to wait.
    #[track_caller]
    fn join(&mut self) {
        assert!(matches!(self.ask(), Asked::Refused | Asked::NotYet));
        assert!(self.place.is_some(), "it has a place");
    }

    /// Asks as the first call of the queue, while a writer has the object. A server's first call is told when it may ask.
    #[track_caller]
    fn ask_as_first(&mut self) {
        let expected = if self.session.server().is_some() { Asked::NotYet } else { Asked::Refused };
        assert_eq!(self.ask(), expected);
    }

    fn give_back(&self, token: Epoch) {
        granted(self.session, self.object, Command::Abort { token });
    }
}

pub(super) fn writers_have_their_turns_in_order(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let object = published(&sessions[0], "a", b"bytes");
    let waiter = |session: usize| Waiter::new(&sessions[session], object);
    // Two calls of one session wait, too.
    let (mut first, mut second, mut third, mut fourth) = (waiter(1), waiter(2), waiter(1), waiter(0));
    let mut holder = waiter(0);
    let token = holder.reserve();
    first.join();
    second.join();
    third.join();
    holder.give_back(token);
    fourth.join();
    assert_eq!((third.ask(), second.ask(), fourth.ask()), (Asked::NotYet, Asked::NotYet, Asked::NotYet));
    let token = first.reserve();
    assert!(first.place.is_none(), "its place is given back");
    second.ask_as_first();
    assert_eq!(third.ask(), Asked::NotYet);
    first.give_back(token);
    assert_eq!((third.ask(), fourth.ask()), (Asked::NotYet, Asked::NotYet));
    for waiter in [&mut second, &mut third, &mut fourth] {
        let token = waiter.reserve();
        waiter.give_back(token);
    }
    let token = holder.reserve();
    holder.give_back(token);
}

/// Readers, and calls that do not wait, pass the queue. Another object has a queue of its own.
pub(super) fn a_queue_orders_only_the_calls_that_ask(open: Open) {
    let Fresh { sessions, place: _place } = open(2);
    let (object, other) = (published(&sessions[0], "a", b"bytes"), published(&sessions[0], "b", b"bytes"));
    let mut holder = Waiter::new(&sessions[0], object);
    let mut waits = Waiter::new(&sessions[1], object);
    let token = holder.reserve();
    waits.join();
    holder.give_back(token);
    granted(&sessions[0], object, Command::Share);
    granted(&sessions[0], object, Command::Return { loan: None });
    let Reply::Opened(token) = granted(&sessions[0], object, Command::Reserve) else { panic!("it was reserved") };
    waits.ask_as_first();
    holder.give_back(token);
    let mut beside = Waiter::new(&sessions[0], other);
    let token = beside.reserve();
    beside.give_back(token);
    assert_eq!(holder.ask(), Asked::NotYet);
    let token = waits.reserve();
    waits.give_back(token);
}

/// A call that gives up wakes the call behind it.
pub(super) fn a_writer_that_gives_up_leaves_its_queue(open: Open) {
    let Fresh { sessions, place: _place } = open(3);
    let object = published(&sessions[0], "a", b"bytes");
    let mut holder = Waiter::new(&sessions[0], object);
    let (mut first, mut second) = (Waiter::new(&sessions[1], object), Waiter::new(&sessions[2], object));
    let token = holder.reserve();
    first.join();
    second.join();
    assert_eq!(second.ask(), Asked::NotYet);
    std::thread::scope(|scope| {
        let (session, place) = (second.session, second.place.as_mut().unwrap());
        let waits = ref_test_kit::spawn_asleep(scope, move || session.wait_in_queue(object, place, LONG));
        assert!(!waits.is_finished(), "it did not wait");
        first.session.leave_queue(object, &first.place.take().unwrap());
    });
    second.ask_as_first();
    holder.give_back(token);
    let token = second.reserve();
    second.give_back(token);
}

pub(super) fn a_dead_writer_leaves_its_queue(open: Open) {
    let Fresh { mut sessions, place: _place } = open(3);
    let object = published(&sessions[0], "a", b"bytes");
    let dies = sessions.pop().unwrap();
    let mut holder = Waiter::new(&sessions[0], object);
    let mut second = Waiter::new(&sessions[1], object);
    let token = holder.reserve();
    Waiter::new(&dies, object).join();
    second.join();
    drop(dies);
    holder.give_back(token);
    let token = second.reserve();
    second.give_back(token);
    let token = holder.reserve();
    holder.give_back(token);
}

/// A first call that leaves a free object alone holds up no other call for long. When it asks again, it has its place.
pub(super) fn a_writer_that_does_not_ask_is_skipped_until_it_asks(open: Open) {
    let Fresh { sessions, place: _place } = open(4);
    let object = published(&sessions[0], "a", b"bytes");
    let waiter = |session: usize| Waiter::new(&sessions[session], object);
    let (mut holder, mut stands, mut second, mut third) = (waiter(0), waiter(1), waiter(2), waiter(3));
    let token = holder.reserve();
    stands.join();
    second.join();
    holder.give_back(token);
    // Far more waits than the first call has patience with: each of them lasts longer than that.
    let asked = (0..200).find_map(|_| match second.ask() {
        Asked::Granted(token) => Some(token),
        Asked::NotYet => {
            second.session.wait_in_queue(object, second.place.as_mut().unwrap(), SLICE);
            None
        }
        Asked::Refused => panic!("no call holds the object"),
    });
    let token = asked.expect("the first call is skipped");
    third.join();
    stands.ask_as_first();
    second.give_back(token);
    assert_eq!(third.ask(), Asked::NotYet);
    let token = stands.reserve();
    stands.give_back(token);
    let token = third.reserve();
    third.give_back(token);
}
