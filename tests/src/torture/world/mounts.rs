//! What a run does outside of its mount namespace: makes a folder, and the namespace with small disks. The folder and
//! the namespace end with the run.

use super::place::{BASE, PARTS};
use super::{Report, World, WorldPlan};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Mounts the disks, and becomes the driver by `exec`. `$1` is the base folder, `$2` the kind of the second disk, and
/// the rest is the driver's command.
const SCRIPT: &str = r#"
set -e
mount -t tmpfs -o mode=0700,size=24m,nr_inodes=4000 tmpfs "$1/disk"
if [ "$2" = ext4 ]; then
    truncate -s 24M "$1/ext.img"
    mkfs.ext4 -q -b 1024 -N 4000 -m 0 -O ^has_journal "$1/ext.img"
    mount -o loop "$1/ext.img" "$1/ext"
    chmod 0700 "$1/ext"
else
    mount -t tmpfs -o mode=0700,size=24m,nr_inodes=4000 tmpfs "$1/ext"
fi
shift 2
exec "$@"
"#;

/// Runs a hostile world, and returns the report of the run.
///
/// # Errors
/// The world cannot be made, for example because the system does not permit its namespaces, or its driver ends early.
pub fn run(plan: &WorldPlan) -> Result<Report, String> {
    let base = tempfile::Builder::new().prefix("ref-world-").tempdir_in("/dev/shm").map_err(|e| e.to_string())?;
    let world = World::new(base.path().to_owned(), plan.parts.clone());
    prepare(&world, plan).map_err(|error| format!("the world's folder: {error}"))?;
    let status = driver(&world, plan).status().map_err(|error| format!("unshare: {error}"))?;
    match Report::read(&world) {
        Some(report) if status.success() => Ok(report),
        _ => Err(format!("the world ended early ({status}); mount namespaces are needed\n{}", said(&world))),
    }
}

fn prepare(world: &World, plan: &WorldPlan) -> std::io::Result<()> {
    for folder in [world.disk(), world.ext()] {
        fs::create_dir(folder)?;
    }
    fs::copy(&plan.program, world.program())?;
    fs::set_permissions(world.program(), fs::Permissions::from_mode(0o700))
}

fn driver(world: &World, plan: &WorldPlan) -> Command {
    let mut unshare = Command::new("unshare");
    // Only the system's own root can mount an ext4. Every user can mount a tmpfs in a user namespace.
    if !plan.ext4 {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--mount", "sh", "-c", SCRIPT, "sh"]).arg(world.base());
    unshare.arg(if plan.ext4 { "ext4" } else { "tmpfs" }).arg(&plan.program);
    unshare.args(["drive", &plan.processes.to_string(), &plan.time.as_secs().to_string(), &plan.seed.to_string()]);
    let parts: Vec<_> = plan.parts.iter().map(|part| part.name()).collect();
    let parts = if parts.is_empty() { "none".to_owned() } else { parts.join(",") };
    unshare.env(BASE, world.base()).env(PARTS, parts).env("REF_STORE_DIR", world.stores());
    // The standard error of the processes is kept for the report.
    unshare.stdin(Stdio::null()).stderr(said_file(&world.said()));
    unshare
}

fn said_file(path: &Path) -> Stdio {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    file.map_or_else(|_| Stdio::inherit(), Stdio::from)
}

/// Returns the last 4,000 bytes that the processes have written to their standard error.
pub(super) fn said(world: &World) -> String {
    let text = fs::read(world.said()).unwrap_or_default();
    String::from_utf8_lossy(&text[text.len().saturating_sub(4_000)..]).into_owned()
}
