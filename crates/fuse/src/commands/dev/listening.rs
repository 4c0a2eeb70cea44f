//! Whether a process accepts connections, as the system tells.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// What the tables call the state of a socket that accepts connections.
const LISTEN: &str = "0A";

/// Whether a process has a TCP socket that accepts connections. Where the system does not tell, it has none.
pub fn listens(process: u32) -> bool {
    let process = Path::new("/proc").join(process.to_string());
    let tables =
        ["net/tcp", "net/tcp6"].map(|name| fs::read_to_string(process.join(name)).unwrap_or_default());
    let listening: HashSet<&str> =
        tables.iter().flat_map(|table| table.lines().filter_map(listening)).collect();
    if listening.is_empty() {
        return false;
    }
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().filter_map(|file| fs::read_link(file.path()).ok()).any(|target| {
        let number = target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'));
        number.is_some_and(|number| listening.contains(number))
    })
}

/// The number of the socket of a line, if it accepts connections.
fn listening(line: &str) -> Option<&str> {
    let mut columns = line.split_ascii_whitespace();
    let state = columns.nth(3)?;
    columns.nth(5).filter(|_| state == LISTEN)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_seen() {
        // In a process of its own: other tests of this one may listen.
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n   1: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0\n";
        assert_eq!(table.lines().filter_map(listening).collect::<Vec<_>>(), ["4711"]);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(listens(std::process::id()));
        drop(listener);
        assert!(!listens(u32::MAX));
    }
}
