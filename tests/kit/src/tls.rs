//! A certificate for a server of a test.

use std::path::Path;
use std::process::Command;

const SUBJECT: &str = "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -addext basicConstraints=critical,CA:FALSE -days 2";
const KIND: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

/// Makes a key and a certificate of its own for `localhost`, in files of the folder. Returns their paths.
///
/// # Panics
/// If `openssl` is not there, or makes none.
#[must_use]
pub fn certificate(folder: &Path) -> (String, String) {
    let [key, certificate] = ["key", "certificate"].map(|name| folder.join(name).display().to_string());
    let mut openssl = Command::new("openssl");
    openssl.args(KIND.split(' ')).args(["-keyout", &key, "-out", &certificate]).args(SUBJECT.split_whitespace());
    let made = openssl.output().expect("`openssl` makes the test's certificate: apt-get install openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (key, certificate)
}
