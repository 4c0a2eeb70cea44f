use std::fmt::Write;

fn build(n: i64) -> String {
    let mut out = String::new();
    for i in 0..n {
        write!(out, "item {i} of {n};").expect("writing to a String cannot fail");
    }
    out
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", build(size(200_000)));
}
