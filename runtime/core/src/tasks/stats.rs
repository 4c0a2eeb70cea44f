//! How many tasks there were and how long they took (runtime reference 21.4).

use crate::console;
use crate::env;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Bounds of the times in microseconds, with their names in the order of the line; what reaches none is the first.
const TIMES: [(&str, u64); 5] = [
    ("ge_1s", u64::MAX),
    ("lt_100ms", 100_000),
    ("lt_10ms", 10_000),
    ("lt_1ms", 1_000),
    ("lt_1s", 1_000_000),
];

/// Counts of a program's tasks.
pub(super) struct Stats {
    /// Tasks that were spawned and have not ended.
    active: AtomicUsize,
    /// Since when times are measured; `None` if nobody wants to know anything.
    start: Option<Instant>,
    completed: AtomicU64,
    microseconds: AtomicU64,
    times: [AtomicU64; TIMES.len()],
}

fn wants_metrics() -> bool {
    env::lookup("FUSE_METRICS_HOOK").is_some_and(|value| value.eq_ignore_ascii_case(b"stderr"))
}

fn wants_events() -> bool {
    env::lookup("FUSE_DIAGNOSTICS") == Some(b"json")
}

impl Stats {
    pub(super) fn new() -> Stats {
        Stats {
            active: AtomicUsize::new(0),
            start: (wants_metrics() || wants_events()).then(Instant::now),
            completed: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
            times: [const { AtomicU64::new(0) }; TIMES.len()],
        }
    }

    /// The time, in microseconds; 0 if nobody wants to know.
    pub(super) fn now(&self) -> u64 {
        self.start.map_or(0, |start| u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// Tasks that were spawned and have not ended.
    pub(super) fn active(&self) -> usize {
        self.active.load(Ordering::Acquire)
    }

    /// A task was spawned.
    pub(super) fn spawned(&self) {
        self.active.fetch_add(1, Ordering::Relaxed);
    }

    /// A task has ended that was spawned then.
    pub(super) fn completed(&self, spawned: u64) {
        if self.start.is_none() {
            return;
        }
        let time = self.now().saturating_sub(spawned);
        self.completed.fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(time, Ordering::Relaxed);
        let below = |bound: u64| time < bound;
        let fitting = TIMES.iter().enumerate().filter(|(_, row)| below(row.1));
        if let Some((at, _)) = fitting.min_by_key(|(_, row)| row.1) {
            self.times[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Nothing of a task that has ended is used any more.
    pub(super) fn gone(&self) {
        self.active.fetch_sub(1, Ordering::Release);
    }

    /// Writes the snapshot, to whoever wants it.
    pub(super) fn write(&self, workers: usize) {
        if wants_events() {
            console::write_stderr(self.line("event", workers).as_bytes());
        }
        if wants_metrics() {
            console::write_stderr(["metrics: ", &self.line("metric", workers)].concat().as_bytes());
        }
    }

    /// The snapshot as JSON; `event` and `metric` stand at the place that the alphabet gives them.
    fn line(&self, name: &str, workers: usize) -> String {
        let completed = self.completed.load(Ordering::Relaxed);
        let average = self.microseconds.load(Ordering::Relaxed).checked_div(completed).unwrap_or(0);
        let times: Vec<String> = TIMES
            .iter()
            .zip(&self.times)
            .map(|((name, _), count)| format!("\"{name}\":{}", count.load(Ordering::Relaxed)))
            .collect();
        let active = self.active();
        let name_field = format!("\"{name}\":\"concurrency.snapshot\"");
        let times = format!("\"latency_hist\":{{{}}}", times.join(","));
        let (first, second) =
            if name < "latency_hist" { (&name_field, &times) } else { (&times, &name_field) };
        format!(
            "{{\"active_tasks\":{active},\"avg_latency_us\":{average},{first},{second},\"queue_depth\":0,\
             \"total_completed\":{completed},\"total_spawned\":{},\"worker_count\":{workers}}}\n",
            completed + active as u64
        )
    }
}
