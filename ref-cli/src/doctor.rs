//! `ref doctor`: what of this host may harm a store, each with its remedy.

use crate::fields::{FORMAT, json};
use crate::text::plain_lines;
use crate::{Done, Place};
use ref_core::inspect::Inspector;
use serde::Serialize;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Serialize)]
struct Checks {
    format: u32,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    text: String,
    /// What to do; `None` if nothing is wrong.
    remedy: Option<&'static str>,
}

pub(crate) fn run(place: &Place) -> Done {
    let mut checks = vec![opens(&place.address)];
    let me = std::fs::metadata("/proc/self").map(|meta| meta.uid()).unwrap_or_default();
    if let Some(folder) = folder_of(&place.address, me) {
        checks.push(permissions(&folder, me));
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        checks.push(file_system(&folder, &mounts));
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        checks.extend(limit(&limits, "Max open files", 1024, "raise the limit (`ulimit -n`)"));
        checks.extend(limit(&limits, "Max file size", 1 << 30, "raise the limit (`ulimit -f`)"));
        checks.extend(limit(&limits, "Max address space", 1 << 32, "raise the limit (`ulimit -v`)"));
        let rules = Command::new("systemd-tmpfiles").arg("--cat-config").output().ok();
        checks.extend(rules.map(|rules| cleaner(&folder, &String::from_utf8_lossy(&rules.stdout))));
        checks.extend(removes_at_logout(&folder, me));
    }
    if place.json {
        return json(&Checks { format: FORMAT, checks });
    }
    Ok(checks.iter().map(Check::lines).collect())
}

impl Check {
    fn fine(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, ok: true, text: text.into(), remedy: None }
    }

    fn bad(name: &'static str, text: impl Into<String>, remedy: &'static str) -> Self {
        Self { name, ok: false, text: text.into(), remedy: Some(remedy) }
    }

    fn lines(&self) -> String {
        let (colour, word) =
            if self.ok { (anstyle::AnsiColor::Green, "ok") } else { (anstyle::AnsiColor::Yellow, "problem") };
        let style = colour.on_default().bold();
        let remedy = self.remedy.map(|remedy| format!("         remedy: {remedy}\n")).unwrap_or_default();
        format!("{style}{word:<8}{style:#} {}: {}\n{remedy}", self.name, plain_lines(&self.text))
    }
}

/// Whether the store can be looked into. A store that another build has made, and a server with unsafe settings, say so.
fn opens(address: &str) -> Check {
    match Inspector::open(address).and_then(|store| store.sessions()) {
        Ok(sessions) => Check::fine("store", format!("it is there, and has {} sessions", sessions.len())),
        Err(error) => Check::bad("store", error.to_string(), "the message says what to do; see `docs/failure.md`"),
    }
}

/// Returns the folder of a store on this host.
fn folder_of(address: &str, me: u32) -> Option<PathBuf> {
    let base = || std::env::var_os("REF_STORE_DIR").filter(|base| !base.is_empty()).map(PathBuf::from);
    let folder = match address.strip_prefix("shm://") {
        Some(name) => base().unwrap_or_else(|| format!("/dev/shm/ref-{me}").into()).join(name),
        None => PathBuf::from(address.strip_prefix("file:")?),
    };
    std::path::absolute(folder).ok()
}

fn permissions(folder: &Path, me: u32) -> Check {
    match folder.metadata() {
        Err(error) => {
            Check::bad("folder", format!("{}: {error}", folder.display()), "check the address, and REF_STORE_DIR")
        }
        Ok(meta) if meta.uid() != me => Check::bad(
            "folder",
            format!("{} belongs to user {}, and this is user {me}", folder.display(), meta.uid()),
            "look as that user: a store is for the processes of one user",
        ),
        Ok(meta) if meta.mode() & 0o022 != 0 => Check::bad(
            "folder",
            format!("other users may write to {} (mode {:o})", folder.display(), meta.mode() & 0o7777),
            "take that right away (`chmod go-w`)",
        ),
        Ok(meta) => Check::fine("folder", format!("{} (mode {:o})", folder.display(), meta.mode() & 0o7777)),
    }
}

/// Whether the file system of the folder has the locks and mappings of one host.
fn file_system(folder: &Path, mounts: &str) -> Check {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&point).then(|| (point, after.split(' ').next().unwrap_or_default().to_owned()))
    };
    let found = mounts.lines().filter_map(mount).max_by_key(|(point, _)| point.len());
    let Some((point, kind)) = found else { return Check::fine("file system", "the system does not say") };
    let is_shared =
        ["nfs", "cifs", "smb", "9p", "fuse", "ceph", "gluster", "afs"].iter().any(|no| kind.starts_with(no));
    let text = format!("{kind} at {point}");
    match is_shared {
        true => Check::bad("file system", text, "use a file system of this host, such as tmpfs, ext4 or xfs"),
        false => Check::fine("file system", text),
    }
}

/// Compares a limit of processes with what a store may need. A process of the store may have other limits than `ref`.
fn limit(limits: &str, name: &'static str, least: u64, remedy: &'static str) -> Option<Check> {
    let soft = limits.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.to_owned();
    let is_enough = soft == "unlimited" || soft.parse::<u64>().is_ok_and(|soft| soft >= least);
    Some(if is_enough { Check::fine(name, soft) } else { Check::bad(name, soft, remedy) })
}

/// Whether a rule of `systemd-tmpfiles` removes old files in the folder.
fn cleaner(folder: &Path, rules: &str) -> Check {
    let is_in = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [kind, path, _, _, _, age, ..] = fields[..] else { return false };
        let cleans = kind.starts_with(['d', 'D', 'e', 'v', 'q', 'Q']) && age != "-";
        cleans && folder.starts_with(path)
    };
    let is_excluded = rules.lines().filter_map(|line| line.strip_prefix(['x', 'X'])).any(|rule| {
        let path = rule.split_whitespace().next();
        path.is_some_and(|path| folder.starts_with(path))
    });
    match rules.lines().find(is_in).filter(|_| !is_excluded) {
        None => Check::fine("cleaners", "no rule of systemd-tmpfiles removes files there"),
        Some(rule) => Check::bad(
            "cleaners",
            format!("systemd-tmpfiles removes old files there: `{rule}`"),
            "exclude the folder by a line `x PATH` in /etc/tmpfiles.d, or keep the store elsewhere",
        ),
    }
}

/// Whether logind removes the user's files in `/dev/shm` when the user logs out.
fn removes_at_logout(folder: &Path, me: u32) -> Option<Check> {
    let has_logind = Path::new("/run/systemd/seats").is_dir();
    if !has_logind || !folder.starts_with("/dev/shm") || me < 1000 {
        return None;
    }
    let mut files: Vec<_> = ["/usr/lib/systemd/logind.conf.d", "/etc/systemd/logind.conf.d"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .collect();
    files.sort();
    files.insert(0, "/etc/systemd/logind.conf".into());
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    Some(remove_ipc(&texts.collect::<Vec<_>>().join("\n")))
}

/// Reads the setting `RemoveIPC`, which is `yes` unless a line says otherwise. The last line counts.
fn remove_ipc(settings: &str) -> Check {
    let mut values = settings.lines().filter_map(|line| line.trim().strip_prefix("RemoveIPC="));
    match values.next_back().map(str::trim) {
        Some("no" | "false" | "off" | "0") => Check::fine("RemoveIPC", "files in /dev/shm outlive a logout"),
        _ => Check::bad(
            "RemoveIPC",
            "logind removes this user's files in /dev/shm when the user's last session ends",
            "set `RemoveIPC=no` in /etc/systemd/logind.conf, `loginctl enable-linger`, or REF_STORE_DIR elsewhere",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_harms_a_store_is_a_problem_with_a_remedy() {
        let folder = Path::new("/tmp/lab/store");
        let mounts = "22 1 8:1 / / rw - ext4 /dev/a rw\n23 22 0:5 / /tmp/lab rw shared:1 - nfs4 host:/ rw\n";
        let rules = "# a comment\nx /tmp/other\nd /var/tmp 1777 root root 30d\n";
        let problems = [
            file_system(folder, mounts),
            cleaner(folder, &format!("{rules}q /tmp 1777 root root 10d\n")),
            remove_ipc("[Login]\n#RemoveIPC=no\n"),
            limit(
                "Max open files            256                  4096                 files\n",
                "Max open files",
                1024,
                "x",
            )
            .unwrap(),
        ];
        assert!(problems.iter().all(|check| !check.ok && check.remedy.is_some()), "{problems:?}");
        let fine = [
            file_system(Path::new("/tmp/label"), mounts),
            cleaner(folder, rules),
            cleaner(folder, "q /tmp 1777 root root -\n"),
            cleaner(folder, "q /tmp 1777 root root 10d\nx /tmp/lab\n"),
            remove_ipc("RemoveIPC=yes\nRemoveIPC=no\n"),
            limit(
                "Max open files            unlimited            unlimited            files\n",
                "Max open files",
                1,
                "x",
            )
            .unwrap(),
        ];
        assert!(fine.iter().all(|check| check.ok), "{fine:?}");
    }
}
