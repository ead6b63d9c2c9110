//! Hosts that are network namespaces, each with a virtual cable to a bridge. A test cuts and heals the cables.

use std::path::Path;
use std::process::Command;

/// Runs the ignored test `inside` of this program in namespaces of its own, as their root.
///
/// # Panics
/// If the test fails, or no namespaces are to be had.
pub fn in_namespaces(inside: &str) {
    let script = format!(r#"mount -t tmpfs tmpfs /run && exec "$0" --exact {inside} --ignored --nocapture"#);
    let namespaces =
        ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let program = std::env::current_exe().unwrap();
    let output = Command::new("unshare").args(namespaces).args(["sh", "-c", &script]).arg(program).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let hint = "this test needs network namespaces of its own (`unshare --user --net`), and the commands of iproute2; where \
        they are not permitted, run the others with `--skip hosts`";
    assert!(output.status.success() && said.contains("1 passed"), "{hint}\n{said}");
}

fn run(line: &str) {
    let mut words = line.split(' ');
    let status = Command::new(words.next().unwrap()).args(words).status();
    assert!(status.is_ok_and(|status| status.success()), "{line}");
}

/// Makes a bridge with the address 10.77.0.1, and the hosts `a` and `b` with a cable to the bridge.
///
/// # Panics
/// If a command of iproute2 fails.
pub fn lay_cables() {
    for line in [
        "ip link set lo up",
        "ip link add name lan type bridge",
        "ip addr add 10.77.0.1/24 dev lan",
        "ip link set lan up",
    ] {
        run(line);
    }
    for (host, address) in [("a", "10.77.0.2/24"), ("b", "10.77.0.3/24")] {
        run(&format!("ip netns add {host}"));
        run(&format!("ip link add name to-{host} type veth peer name eth0 netns {host}"));
        run(&format!("ip link set to-{host} master lan up"));
        run(&format!("ip -n {host} addr add {address} dev eth0"));
        run(&format!("ip -n {host} link set eth0 up"));
    }
}

/// Cuts a host's cable.
///
/// # Panics
/// If a command of iproute2 fails.
pub fn cut(host: &str) {
    run(&format!("ip link set to-{host} down"));
}

/// Connects a host again.
///
/// # Panics
/// If a command of iproute2 fails.
pub fn heal(host: &str) {
    run(&format!("ip link set to-{host} up"));
}

/// Returns the command that runs a program on a host.
#[must_use]
pub fn on_host(host: &str, program: &Path) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", host]).arg(program);
    command
}
