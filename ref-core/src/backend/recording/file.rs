//! The file of a process in a recording: one line for each call, in the order in which the calls returned.
//!
//! The system has a line as soon as it is written. So a killed process leaves its lines, and at most the last one is
//! torn. The file is bounded: when it is full, its last line says so, and the process goes on without a recording.

use super::Caller;
use crate::error::{Error, ErrorKind, Holder, Result};
use crate::id::ObjectId;
use crate::sync::{Arc, Instant, Mutex, lock, try_lock};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The first words of a file. The number is that of the format.
const BEGINNING: &str = "ref recording 1";

/// How many bytes a process writes at most.
const MOST: u64 = 16 << 20;

/// What the last line of a full file begins with.
const FULL: &str = "full\n";

pub(in crate::backend) struct RecordingFile {
    pid: u32,
    /// The moment from which the times of the lines count.
    start: Instant,
    written: Mutex<FileState>,
}

struct FileState {
    file: File,
    /// How many bytes may be written yet.
    left: u64,
    sessions: u64,
    numbers: u64,
}

/// One call of a session, or of a remote function.
pub(in crate::backend) struct RecordedCall {
    pub(in crate::backend) session: u64,
    pub(in crate::backend) act: &'static str,
    pub(in crate::backend) began: Instant,
    pub(in crate::backend) object: Option<ObjectId>,
    pub(in crate::backend) refused: Option<ErrorKind>,
    pub(in crate::backend) at: Option<Caller>,
    pub(in crate::backend) note: String,
}

impl RecordedCall {
    pub(in crate::backend) fn new(session: u64, act: &'static str, began: Instant) -> Self {
        Self { session, act, began, object: None, refused: None, at: None, note: String::new() }
    }
}

/// The file of this process. A forked child has its parent's here, and replaces it.
static OF_PROCESS: Mutex<Option<Arc<RecordingFile>>> = Mutex::new(None);

impl RecordingFile {
    /// Returns the file of this process in `folder`, and makes it at the first call.
    pub(super) fn of_process(folder: &Path) -> Result<Arc<Self>> {
        // In a forked child the lock may be held by a thread that only the parent has. Then the session gets a file alone.
        let Some(mut known) = try_lock(&OF_PROCESS) else { return Self::new(folder).map(Arc::new) };
        let own = known.as_ref().filter(|file| file.pid == std::process::id()).map(Arc::clone);
        let file = match own {
            Some(file) => file,
            None => Arc::new(Self::new(folder)?),
        };
        *known = Some(Arc::clone(&file));
        Ok(file)
    }

    fn new(folder: &Path) -> Result<Self> {
        let (pid, now) =
            (std::process::id(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros());
        let start = Instant::now();
        let program = std::env::current_exe().unwrap_or_default();
        let program = program.file_name().unwrap_or_default().to_string_lossy();
        let host = Holder::this_host();
        let path = folder.join(format!("{}-{pid}-{now}.ref", host.replace('/', "_")));
        let made = create_dir_all(folder).and_then(|()| OpenOptions::new().append(true).create_new(true).open(&path));
        let file = made.map_err(|error| {
            Error::io(format!("cannot make the recording {}", path.display()), error)
                .with_remedy("let REF_RECORD name a folder that this user may write to, or unset it")
        })?;
        let written = Mutex::new(FileState { file, left: MOST.min(longest_file()), sessions: 0, numbers: 0 });
        let recording = Self { pid, start, written };
        recording.append(format!("{BEGINNING}\t{pid}\t{}\t{}\t{now}\n", plain(&program), plain(&host)));
        Ok(recording)
    }

    /// Returns the number of the process's next session.
    pub(super) fn next_session(&self) -> u64 {
        let mut written = lock(&self.written);
        written.sessions += 1;
        written.sessions
    }

    /// Returns a number that this process has not returned before, from 1 on.
    #[allow(dead_code, reason = "only a build with the feature `lessons` records borrows")]
    pub(in crate::backend) fn next_number(&self) -> u64 {
        let mut written = lock(&self.written);
        written.numbers += 1;
        written.numbers
    }

    /// Returns `false` in a forked child.
    #[allow(dead_code, reason = "only a build with the feature `lessons` records borrows")]
    pub(in crate::backend) fn is_of_this_process(&self) -> bool {
        self.pid == std::process::id()
    }

    pub(in crate::backend) fn write(&self, call: &RecordedCall) {
        let RecordedCall { session, act, began, object, refused, at, note } = call;
        let micros = |from: Instant, to: Instant| to.saturating_duration_since(from).as_micros();
        let (start, took) = (micros(self.start, *began), micros(*began, Instant::now()));
        let mut line = format!("{start}\t{took}\t{session}\t{act}\t");
        // Writing to a `String` cannot fail.
        let _written = match object {
            Some(object) => write!(line, "{object}\t"),
            None => write!(line, "-\t"),
        };
        let _written = match refused {
            Some(kind) => write!(line, "{kind:?}\t"),
            None => write!(line, "ok\t"),
        };
        let _written = match at {
            Some(at) => write!(line, "{}:{}\t", plain(at.file()), at.line()),
            None => write!(line, "-\t"),
        };
        line.push_str(&plain(note));
        line.push('\n');
        self.append(line);
    }

    /// Appends a line, if there is room for it and for [`FULL`]. A failure ends the recording.
    fn append(&self, line: String) {
        let FileState { file, left, .. } = &mut *lock(&self.written);
        let (length, full) = (line.len() as u64, FULL.len() as u64);
        let is_written = match *left {
            room if room >= length + full => file.write_all(line.as_bytes()).is_ok(),
            room => {
                let _ends_in_any_case = (room >= full).then(|| file.write_all(FULL.as_bytes()));
                false
            }
        };
        *left = if is_written { *left - length } else { 0 };
    }
}

/// Returns the text without the characters that end lines and fields, and without others that control a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Returns the largest file that the system lets this process write. A longer one would end the process.
fn longest_file() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file size"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(u64::MAX)
}
