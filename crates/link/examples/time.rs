//! Links a minimal program again and again and says how long that takes and what comes out.

#[path = "../tests/common/mod.rs"]
mod common;

use fuse_link::{Mode, Profile, link};
use std::time::Instant;

fn main() {
    for mode in [Mode::Dynamic, Mode::Static] {
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..20 {
            let request = common::request(common::printing("ready"), Profile::Release, mode);
            let start = Instant::now();
            size = link(request).expect("linked").executable.len();
            times.push(start.elapsed());
        }
        let first = times[0];
        times.sort();
        println!("{mode:?}: {size} bytes; first {first:?}, median {:?}, best {:?}", times[10], times[0]);
        let linked =
            link(common::request(common::printing("ready"), Profile::Release, mode)).expect("linked");
        if let Some(folder) = std::env::args().nth(1) {
            let path = std::path::Path::new(&folder).join(format!("{mode:?}"));
            fuse_link::write_executable(&path, &linked.executable).expect("written");
        }
    }
}
