//! The descriptions of types in a server.

use crate::{ask, keys, open};
use ref_core::Schema;
use ref_tests::{Note, RedisServer};

/// A server has the description of a type once, and none when the store is gone.
#[test]
fn descriptions_go_with_the_store() {
    let server = RedisServer::start();
    let (address, types) = (server.address("lab"), "{ref:lab}:types");
    let store = open(&address);
    let (first, second) = (store.put(Note::sized(1, 10)).unwrap(), store.put(Note::sized(2, 10)).unwrap());
    let other = open(&address).put(String::from("text")).unwrap();
    let schema = Schema::of::<Note>();
    let field = format!("{:016x}", schema.fingerprint());
    let described: Vec<u8> = redis::from_redis_value(ask(&server, &["HGET", types, &field])).unwrap();
    assert_eq!(String::from_utf8(described).unwrap(), schema.to_string());
    assert_eq!(ask(&server, &["HLEN", types]), redis::Value::Int(2));
    drop((first, second, other, store));
    assert_eq!(keys(&server), Vec::<String>::new());
}
