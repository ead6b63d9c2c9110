//! Reads a recording: the files that processes wrote into the folder of `REF_RECORD`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The first words of a file. The number is that of the format.
const BEGINNING: &str = "ref recording 1";

/// The most bytes of a file that are read. No process writes so many.
const LARGEST: u64 = 64 << 20;

/// Everything that a recording says.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) processes: Vec<Process>,
    /// The calls, in the order in which they began.
    pub(crate) calls: Vec<Call>,
    /// How many files are no recordings.
    pub(crate) foreign: usize,
    /// How many lines could not be read. The last line of a killed process may be torn.
    pub(crate) unread: usize,
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) program: String,
    pub(crate) host: String,
    /// Whether the file was full before the process ended.
    pub(crate) is_full: bool,
}

/// One call of a session. Times are microseconds since 1970, as the clock of the process's host has them.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The number of the process in the list of processes.
    pub(crate) process: usize,
    pub(crate) session: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) act: String,
    /// The object, as the store's number and the object's id; `None` if the call was about no object.
    pub(crate) object: Option<String>,
    /// The kind of the error, if the call was refused.
    pub(crate) refused: Option<String>,
    pub(crate) at: Option<String>,
    /// What a reply adds, or the sentence of the refusal.
    pub(crate) note: String,
}

impl Call {
    /// Returns whether the line is about a borrow in the process, which asks no store.
    pub(crate) fn is_local(&self) -> bool {
        matches!(&*self.act, "local" | "local_mut" | "local_end")
    }
}

impl Recording {
    /// Reads the files of a folder whose names end with `.ref`.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot read the recording {}: {error}", folder.display());
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map_err(failed)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "ref"))
            .collect();
        paths.sort();
        let mut recording = Self::default();
        for path in &paths {
            let mut bytes = Vec::new();
            let is_file = path.symlink_metadata().map_err(failed)?.is_file();
            if is_file {
                let file = File::open(path).map_err(failed)?;
                file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
            }
            recording.add(&String::from_utf8_lossy(&bytes));
        }
        if recording.processes.is_empty() {
            let what = format!("there is no recording in {}", folder.display());
            return Err(format!("{what}: run the programs with `REF_RECORD={}`", folder.display()));
        }
        recording.calls.sort_by_key(|call| (call.start, call.end));
        Ok(recording)
    }

    /// Adds the file of a process.
    pub(super) fn add(&mut self, text: &str) {
        let mut lines = text.split_inclusive('\n');
        let Some((process, start)) = lines.next().and_then(header) else {
            self.foreign += 1;
            return;
        };
        let number = self.processes.len();
        self.processes.push(process);
        // Each session's store, by the number that is the first word of its first call's note.
        let mut stores = HashMap::new();
        for line in lines {
            if line == "full\n" {
                self.processes[number].is_full = true;
                continue;
            }
            let Some(mut call) = call(line, number, start) else {
                self.unread += 1;
                continue;
            };
            if call.act == "open" {
                stores.insert(call.session, call.note.split(' ').next().unwrap_or_default().to_owned());
            }
            let store = stores.get(&call.session).map_or("", String::as_str);
            call.object = call.object.map(|object| format!("{store}{object}"));
            self.calls.push(call);
        }
    }
}

/// Reads the first line of a file: the process, and when its recording began.
fn header(line: &str) -> Option<(Process, u64)> {
    let mut fields = line.strip_suffix('\n')?.split('\t');
    if fields.next()? != BEGINNING {
        return None;
    }
    let (pid, program, host) = (fields.next()?.parse().ok()?, shown(fields.next()?), shown(fields.next()?));
    Some((Process { pid, program, host, is_full: false }, fields.next()?.parse().ok()?))
}

fn call(line: &str, process: usize, start: u64) -> Option<Call> {
    let fields: Vec<_> = line.strip_suffix('\n')?.split('\t').collect();
    let [began, took, session, act, object, result, at, note] = fields[..] else { return None };
    let some = |text: &str| (text != "-").then(|| shown(text));
    let start = start.checked_add(began.parse().ok()?)?;
    Some(Call {
        process,
        session: session.parse().ok()?,
        start,
        end: start.checked_add(took.parse().ok()?)?,
        act: shown(act),
        object: some(object),
        refused: (result != "ok").then(|| shown(result)),
        at: some(at),
        note: shown(note),
    })
}

/// Returns at most so much of a text as is shown, without control characters.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "ref recording 1\t7\tlab\thost\t1000\n\
                        5\t1\t1\topen\t-\tok\t-\t00ff memory:\n\
                        9\t2\t1\tput\t#0.1\tok\tsrc/main.rs:3\t16 bytes\n";

    #[test]
    fn a_file_is_read_as_it_is_written() {
        let mut recording = Recording::default();
        recording.add(FILE);
        let put = &recording.calls[1];
        assert_eq!((put.start, put.end, put.object.as_deref()), (1009, 1011, Some("00ff#0.1")));
        assert_eq!((put.at.as_deref(), &put.refused), (Some("src/main.rs:3"), &None));
        assert_eq!((recording.unread, recording.foreign), (0, 0));
    }

    /// Cuts the file at every byte, and changes every byte.
    #[test]
    fn bad_bytes_are_skipped() {
        for nth in 0..FILE.len() {
            let mut recording = Recording::default();
            recording.add(&FILE[..nth]);
            assert!(recording.calls.len() <= 1 && recording.unread <= 1, "{nth}");
            for byte in [0, b'\t', b'\n', b'9', 0xff] {
                let mut bytes = FILE.as_bytes().to_vec();
                bytes[nth] = byte;
                let mut recording = Recording::default();
                recording.add(&String::from_utf8_lossy(&bytes));
                let _drawn = super::super::bars::Picture::new(&recording, None);
            }
        }
        let mut recording = Recording::default();
        recording.add("ref recording 1\t7\tlab\thost\t18446744073709551615\n5\t1\t1\topen\t-\tok\t-\t0\n");
        assert_eq!((recording.unread, recording.calls.len()), (1, 0));
    }
}
