fn sort_and_sum(n: i64) -> i64 {
    let mut seed = 42;
    let mut xs: Vec<i64> = (0..n)
        .map(|_| {
            seed = (seed * 1103 + 12345) % 65537;
            seed
        })
        .collect();
    for i in 1..xs.len() {
        let v = xs[i];
        let mut j = i;
        while j > 0 && xs[j - 1] > v {
            xs[j] = xs[j - 1];
            j -= 1;
        }
        xs[j] = v;
    }
    let mut total = 0;
    for (x, weight) in xs.iter().zip(1..) {
        total = (total + x * weight) % 1_000_000_007;
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
    println!("{}", sort_and_sum(size(20_000)));
}
