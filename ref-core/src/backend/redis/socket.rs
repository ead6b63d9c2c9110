//! A socket to a server, and how replies are read from it.
//!
//! A reply is read here and not by the `redis` crate, since that crate has no way to read a string into memory that
//! exists: see docs/design.md. What a server may send is little: lines, numbers, strings and lists (RESP 2).

use redis::{ErrorKind, RedisError, RedisResult, Value, parse_redis_value};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::ops::Range;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How many bytes are read at a time, unless a long string is read. No line is longer.
const AHEAD: usize = 16 << 10;
/// The longest string, in bytes, for which there is room before any of its bytes has come.
const RESERVED: usize = 1 << 20;
/// The longest string, in bytes, that a Redis server keeps.
pub(super) const LONGEST: usize = 512 << 20;
/// How deep lists may be in lists.
const DEPTH: usize = 16;
const END: &[u8] = b"\r\n";

/// A socket to a server without TLS.
pub(super) struct Socket {
    stream: Stream,
    /// What was read from the socket and is not yet taken: these places of the bytes in `ahead`.
    ahead: Vec<u8>,
    there: Range<usize>,
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    /// Connects to the host, to one of its addresses after the other, for up to `answer` each.
    pub(super) fn to_host(host: &str, port: u16, answer: Duration) -> RedisResult<Self> {
        let mut last = RedisError::from((ErrorKind::InvalidClientConfig, "the host's name has no address"));
        for address in (host, port).to_socket_addrs()? {
            if address.ip().is_unspecified() {
                return Err((ErrorKind::InvalidClientConfig, "0.0.0.0 and :: are no addresses of a server").into());
            }
            match TcpStream::connect_timeout(&address, answer) {
                Ok(stream) => {
                    // A request is one write, so there is nothing to gather.
                    stream.set_nodelay(true)?;
                    return Ok(Self::of(Stream::Tcp(stream)));
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    #[cfg(unix)]
    pub(super) fn to_path(path: &Path) -> RedisResult<Self> {
        Ok(Self::of(Stream::Unix(UnixStream::connect(path)?)))
    }

    #[cfg(not(unix))]
    pub(super) fn to_path(_path: &Path) -> RedisResult<Self> {
        Err((ErrorKind::InvalidClientConfig, "this system has no Unix sockets").into())
    }

    fn of(stream: Stream) -> Self {
        Self { stream, ahead: vec![0; AHEAD], there: 0..0 }
    }

    /// Sets how long a read waits for the next bytes, and a write for room.
    pub(super) fn limit(&self, answer: Duration) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => {
                stream.set_read_timeout(Some(answer)).and_then(|()| stream.set_write_timeout(Some(answer)))
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                stream.set_read_timeout(Some(answer)).and_then(|()| stream.set_write_timeout(Some(answer)))
            }
        }
    }

    /// Sends all bytes. Over TCP this raises no SIGPIPE, as a write of several pieces at a time would in a program that
    /// does not ignore the signal.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// Reads a reply.
    pub(super) fn receive(&mut self) -> RedisResult<Value> {
        self.value(DEPTH)
    }

    /// Reads a reply. Appends it to `to` if it is a string, and otherwise returns it. After an error, `to` may have a part
    /// of the string.
    pub(super) fn receive_string(&mut self, to: &mut Vec<u8>) -> RedisResult<Option<Value>> {
        let line = self.line()?;
        match self.length(b'$', &line)? {
            Some(length) => self.string(length, to).map(|()| None).map_err(RedisError::from),
            None => self.value_of(&line, DEPTH).map(Some),
        }
    }

    fn value(&mut self, depth: usize) -> RedisResult<Value> {
        let line = self.line()?;
        self.value_of(&line, depth)
    }

    /// Returns the value that begins with the line at `line`. Reads the rest of it.
    fn value_of(&mut self, line: &Range<usize>, depth: usize) -> RedisResult<Value> {
        if let Some(length) = self.length(b'$', line)? {
            let mut bytes = Vec::new();
            self.string(length, &mut bytes)?;
            return Ok(Value::BulkString(bytes));
        }
        if let Some(count) = self.length(b'*', line)? {
            let depth = depth.checked_sub(1).ok_or_else(malformed)?;
            // The list grows with what comes, and not with what its first line says.
            return (0..count).map(|_| self.value(depth)).collect::<RedisResult<_>>().map(Value::Array);
        }
        match self.ahead.get(line.clone()).unwrap_or_default() {
            text @ [b'+' | b'-' | b':' | b'$' | b'*', ..] => parse_redis_value(text),
            _ => Err(malformed().into()),
        }
    }

    /// Returns the length of the string or the list that begins with the line at `line`; `None` if it is no value of this
    /// `kind`, or nil.
    fn length(&self, kind: u8, line: &Range<usize>) -> io::Result<Option<usize>> {
        let line = self.ahead.get(line.clone()).unwrap_or_default();
        let Some(number) = line.strip_prefix(&[kind]).and_then(|rest| rest.strip_suffix(END)) else { return Ok(None) };
        if number == b"-1" {
            return Ok(None);
        }
        let length = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        length.filter(|length| *length <= LONGEST).map(Some).ok_or_else(malformed)
    }

    /// Reads a line. Returns its place in `ahead`, with its end. The next read may overwrite it.
    fn line(&mut self) -> io::Result<Range<usize>> {
        let mut searched = 0;
        loop {
            let there = self.ahead.get(self.there.clone()).unwrap_or_default();
            if let Some(at) = there.get(searched..).unwrap_or_default().windows(2).position(|pair| pair == END) {
                let line = self.there.start..self.there.start + searched + at + END.len();
                self.there.start = line.end;
                return Ok(line);
            }
            searched = there.len().saturating_sub(1);
            self.read_ahead()?;
        }
    }

    /// Reads a string of `length` bytes and its end, and appends the string to `to`.
    fn string(&mut self, length: usize, to: &mut Vec<u8>) -> io::Result<()> {
        let (before, whole) = (to.len(), length + END.len());
        to.try_reserve(whole.min(RESERVED))?;
        let mut left = whole - self.take(whole, to);
        if left >= AHEAD {
            left -= self.stream.read_to(left, to)?;
        }
        while left > 0 {
            self.read_ahead()?;
            left -= self.take(left, to);
        }
        if !to.ends_with(END) {
            return Err(malformed());
        }
        to.truncate(before + length);
        Ok(())
    }

    /// Moves up to `most` bytes that were read already to the end of `to`. Returns how many.
    fn take(&mut self, most: usize, to: &mut Vec<u8>) -> usize {
        let taken = most.min(self.there.len());
        to.extend_from_slice(&self.ahead[self.there.start..self.there.start + taken]);
        self.there.start += taken;
        taken
    }

    /// Reads the bytes that have come, or waits for some. Keeps those that were read before.
    fn read_ahead(&mut self) -> io::Result<()> {
        self.ahead.copy_within(self.there.clone(), 0);
        self.there = 0..self.there.len();
        let room = self.ahead.get_mut(self.there.end..).filter(|room| !room.is_empty()).ok_or_else(malformed)?;
        loop {
            match self.stream.read(room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.there.end += read;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Stream {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(room),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(room),
        }
    }

    /// Reads exactly `length` bytes to the end of `to`, into its memory at once. Returns `length`.
    fn read_to(&mut self, length: usize, to: &mut Vec<u8>) -> io::Result<usize> {
        let read = match self {
            Self::Tcp(stream) => stream.take(length as u64).read_to_end(to)?,
            #[cfg(unix)]
            Self::Unix(stream) => stream.take(length as u64).read_to_end(to)?,
        };
        if read == length { Ok(length) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what it says is no reply of a Redis server")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Returns what is read of a server that says `said`, in pieces of `piece` bytes, and then closes the connection.
    fn read<R>(said: &[u8], piece: usize, read: impl FnOnce(&mut Socket) -> R) -> R {
        let (here, mut there) = UnixStream::pair().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || said.chunks(piece).try_for_each(|piece| there.write_all(piece)));
            // The socket is closed before the scope ends, so that the server's writes end.
            read(&mut Socket::of(Stream::Unix(here)))
        })
    }

    fn string(length: usize) -> Vec<u8> {
        let bytes: Vec<u8> = (0..length).map(|nth| (nth % 251) as u8).collect();
        [format!("${length}\r\n").as_bytes(), &bytes, END].concat()
    }

    #[test]
    fn replies_are_read_however_they_come() {
        let long = string(AHEAD + 7);
        let said =
            [b"+OK\r\n:-7\r\n$-1\r\n*-1\r\n*2\r\n$2\r\n\r\n\r\n*1\r\n+a\r\n-OOM full\r\n*0\r\n".as_slice(), &long]
                .concat();
        for piece in [1, 2, 3, 1000, said.len()] {
            read(&said, piece, |socket| {
                let mut next = || socket.receive().unwrap();
                assert_eq!([next(), next(), next(), next()], [Value::Okay, Value::Int(-7), Value::Nil, Value::Nil]);
                let inner = Value::Array(vec![Value::SimpleString("a".into())]);
                assert_eq!(next(), Value::Array(vec![Value::BulkString(END.to_vec()), inner]));
                assert!(matches!(next(), Value::ServerError(error) if error.code() == "OOM"));
                assert_eq!(next(), Value::Array(Vec::new()));
                assert_eq!(next(), Value::BulkString(long[8..long.len() - 2].to_vec()));
                assert!(socket.receive().unwrap_err().is_io_error(), "the connection has ended");
            });
        }
    }

    #[test]
    fn a_string_is_appended_and_another_reply_is_returned() {
        let said = [string(3), string(0), string(100_000), b"$-1\r\n-ERR no\r\n".to_vec(), string(5)].concat();
        read(&said, 1 << 16, |socket| {
            let mut bytes = b"before".to_vec();
            for length in [9, 9, 100_009] {
                assert_eq!(socket.receive_string(&mut bytes).unwrap(), None);
                assert_eq!(bytes.len(), length);
            }
            assert_eq!(bytes[..9], *b"before\0\x01\x02");
            assert_eq!(socket.receive_string(&mut bytes).unwrap(), Some(Value::Nil));
            assert!(matches!(socket.receive_string(&mut bytes).unwrap(), Some(Value::ServerError(_))));
            assert_eq!((socket.receive_string(&mut bytes).unwrap(), bytes.len()), (None, 100_014));
        });
    }

    /// A server may be anything that listens on its address.
    #[test]
    fn what_is_no_reply_is_an_error_and_takes_no_memory() {
        let long = vec![b'+'; AHEAD + 1];
        let deep = b"*1\r\n".repeat(100_000);
        let hostile: [&[u8]; 18] = [
            b"",
            b"\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"%1\r\n+a\r\n+b\r\n",
            b"$\r\n",
            b"$-2\r\n",
            b"*-2\r\n",
            b"$+\r\n",
            b"$3\r\nabcde",
            b"$3\r\nab",
            b"$99999999999999999999\r\n",
            b"$536870913\r\n",
            b"$536870912\r\nabc",
            b":x\r\n",
            b"*500000000\r\n+a\r\n",
            b"+a\n",
            &long,
            &deep,
        ];
        for said in hostile {
            let shown = String::from_utf8_lossy(&said[..said.len().min(40)]);
            let error = read(said, 7, Socket::receive).expect_err(&shown);
            assert!(matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse), "{shown}: {error}");
            let mut bytes = Vec::new();
            let appended = read(said, 7, |socket| socket.receive_string(&mut bytes));
            assert!(appended.is_err() && bytes.capacity() <= 2 * RESERVED, "{shown}: {appended:?}");
        }
    }
}
