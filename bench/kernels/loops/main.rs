fn loops(n: i64) -> i64 {
    let mut acc = 1;
    for i in 0..n {
        for j in 0..n {
            acc = (acc * 31 + i + j) % 1_000_003;
        }
    }
    acc
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", loops(size(12_000)));
}
