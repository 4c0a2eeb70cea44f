use std::collections::HashMap;

fn churn(n: i64) -> i64 {
    let mut m: HashMap<String, i64> = HashMap::new();
    for i in 0..n {
        m.insert(format!("key{i}"), i * 3);
    }
    for i in (0..n).step_by(2) {
        *m.entry(format!("key{i}")).or_insert(0) += 1;
    }
    let mut total = 0;
    for i in 0..n + 1000 {
        total += m.get(&format!("key{i}")).copied().unwrap_or(7);
    }
    total
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", churn(size(100_000)));
}
