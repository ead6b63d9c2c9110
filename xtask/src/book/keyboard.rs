//! A page by the keyboard alone: Chromium is driven over WebDriver, and presses the keys that a reader presses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The keys, as WebDriver names them.
const TAB: &str = "\\uE004";
const RIGHT: &str = "\\uE014";

/// Keeps each element that gets the focus, and those whose focus cannot be seen. Returns the number of Tabs that reach
/// every element.
const WATCH: &str = "window.reached = new Set(); window.unseen = [];
document.addEventListener('focusin', e => {
    window.reached.add(e.target);
    const style = getComputedStyle(e.target);
    if (style.outlineStyle === 'none' || style.outlineWidth === '0px') window.unseen.push(e.target.outerHTML);
});
return String(document.querySelectorAll('a, button, input, [tabindex], pre').length + 10)";

/// Returns the links, the code and the wide tables of the page that got no focus, and those whose focus cannot be seen.
const MISSED: &str = "const kinds = 'main a[href], main pre code[tabindex], main .table-wrapper[tabindex]';
const all = [...document.querySelectorAll(kinds)];
const missed = all.filter(e => !window.reached.has(e)).map(e => e.outerHTML);
const unseen = window.unseen.filter(html => all.some(e => e.outerHTML === html));
const found = all.length ? [...missed, ...unseen] : ['no element at all'];
return found.map(html => html.slice(0, 120).replace(/[^ -!#-~]/g, ' ')).join('; ')";

/// Gives the focus to code or a table that is wider than its place. Returns whether the page has one.
const FOCUS: &str = "const all = [...document.querySelectorAll('main pre code, main .table-wrapper')];
window.wide = all.find(e => e.scrollWidth > e.clientWidth);
if (window.wide) window.wide.focus();
return String(Boolean(window.wide))";

/// Returns the name of the page, and whether what has the focus was scrolled.
const PLACE: &str = "return location.pathname.split('/').pop() + ' ' + (window.wide ? window.wide.scrollLeft > 0 : '')";

/// Goes through the page `path` with the Tab key, and scrolls with an arrow key. Returns an error if a link or a
/// program is not reached, if its focus cannot be seen, or if the arrow key does not scroll.
pub(crate) fn check(driver: &Path, html: &Path, path: &str, width: u32) -> Result<(), String> {
    let wrong = |problem: String| Err(format!("{path}, {width} pixels wide, by the keyboard: {problem}"));
    let driver = Driver::start(driver, width)?;
    driver.post("url", &format!("{{\"url\":\"file://{}\"}}", html.join(path).display()))?;
    let count = driver.run(WATCH)?.parse::<usize>().map_err(|error| error.to_string())?;
    driver.press(TAB, count)?;
    let missed = driver.run(MISSED)?;
    if !missed.is_empty() {
        return wrong(format!("these are not reached, or do not show that they are: {missed}"));
    }
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if driver.run(FOCUS)? == "true" {
        driver.press(RIGHT, 3)?;
        // The browser scrolls smoothly, so that the place changes a moment later.
        let scrolled = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            driver.run(PLACE).is_ok_and(|place| place == format!("{name} true"))
        });
        if !scrolled {
            return wrong(format!("the right arrow does not scroll what is too wide: {}", driver.run(PLACE)?));
        }
    }
    Ok(())
}

/// A running `chromedriver` with one window of the browser. Both end when the value is dropped.
struct Driver {
    process: Child,
    port: u16,
    session: String,
}

impl Driver {
    /// Starts the browser with a window of the width.
    fn start(program: &Path, width: u32) -> Result<Self, String> {
        let mut command = Command::new(program);
        let started = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let lines = process.stdout.take().map(|output| BufReader::new(output).lines().map_while(Result::ok));
        let port = lines
            .into_iter()
            .flatten()
            .find_map(|line| line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok());
        let mut driver = Self { process, port: port.unwrap_or_default(), session: String::new() };
        let options = format!(
            "{{\"capabilities\":{{\"alwaysMatch\":{{\"goog:chromeOptions\":{{\
             \"args\":[\"--headless=new\",\"--no-sandbox\",\"--disable-gpu\",\"--window-size=1280,1000\"],\
             \"mobileEmulation\":{{\"deviceMetrics\":{{\"width\":{width},\"height\":1000,\"pixelRatio\":1}}}}}}}}}}}}"
        );
        let made = driver.request("POST", "/session", &options)?;
        driver.session = between(&made, "\"sessionId\":\"", "\"").ok_or(format!("no session: {made}"))?.to_owned();
        Ok(driver)
    }

    /// Runs a script in the page. Returns the text that the script returns.
    fn run(&self, script: &str) -> Result<String, String> {
        let script = script.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let said = self.post("execute/sync", &format!("{{\"script\":\"{script}\",\"args\":[]}}"))?;
        between(&said, "\"value\":\"", "\"}").map(str::to_owned).ok_or(said)
    }

    /// Presses a key so many times.
    fn press(&self, key: &str, times: usize) -> Result<(), String> {
        let press = format!("{{\"type\":\"keyDown\",\"value\":\"{key}\"}},{{\"type\":\"keyUp\",\"value\":\"{key}\"}}");
        let presses = vec![press; times].join(",");
        let keys = format!("{{\"actions\":[{{\"type\":\"key\",\"id\":\"keys\",\"actions\":[{presses}]}}]}}");
        self.post("actions", &keys).map(drop)
    }

    fn post(&self, command: &str, body: &str) -> Result<String, String> {
        self.request("POST", &format!("/session/{}/{command}", self.session), body)
    }

    /// Sends a request over HTTP. Returns the body of the response.
    fn request(&self, method: &str, path: &str, body: &str) -> Result<String, String> {
        let sent = || -> std::io::Result<(String, String)> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            let length = body.len();
            write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")?;
            write!(stream, "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")?;
            // The driver keeps the connection open, so the length says where the response ends.
            let mut lines = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while lines.read_line(&mut head)? > 2 {
                let line = head.lines().next_back().unwrap_or_default().to_ascii_lowercase();
                length = line.strip_prefix("content-length:").map_or(length, |text| text.trim().parse().unwrap_or(0));
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body)?;
            Ok((head, String::from_utf8_lossy(&body).into_owned()))
        };
        let (head, body) = sent().map_err(|error| format!("chromedriver: {error}"))?;
        if head.starts_with("HTTP/1.1 200") { Ok(body) } else { Err(format!("chromedriver: {body}")) }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _browser_ends = self.request("DELETE", &format!("/session/{}", self.session), "");
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Returns what stands between `start` and the first `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}
