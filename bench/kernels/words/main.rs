use std::collections::HashMap;

const HEADS: [&str; 8] = ["al", "be", "cor", "du", "en", "fa", "gri", "hol"];
const TAILS: [&str; 8] = ["a", "bar", "cel", "dor", "er", "fin", "gul", "han"];

fn word(pick: usize) -> String {
    HEADS[pick / 8 % 8].to_owned() + TAILS[pick % 8]
}

fn words(n: usize) -> String {
    let mut counts: HashMap<String, i64> = HashMap::new();
    let mut lines: HashMap<String, i64> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    let (mut seed, mut repeated) = (42_usize, 0);
    for _ in 0..n {
        seed = (seed * 1_103_515_245 + 12345) % 2_147_483_648;
        let (a, b, c) = (word(seed / 64), word(seed / 4096), word(seed / 262_144));
        let line = format!("{a} {b}, {c}.");
        for each in [a, b, c] {
            if let Some(count) = counts.get_mut(&each) {
                *count += 1;
            } else {
                order.push(each.clone());
                counts.insert(each, 1);
            }
        }
        let seen = lines.entry(line).or_insert(0);
        if *seen > 0 {
            repeated += 1;
        }
        *seen += 1;
    }
    let check = order.iter().fold(0, |check, each| (check * 31 + counts[each]) % 1_000_000_007);
    let longest = lines.values().max().copied().unwrap_or(0);
    format!("{} {repeated} {longest} {check}", order[0])
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: usize) -> usize {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", words(size(300_000)));
}
