fn sieve(n: i64) -> i64 {
    let mut xs: Vec<i64> = (0..=n).collect();
    let n = n as usize;
    xs[1] = 0;
    let mut i = 2;
    while i * i <= n {
        if xs[i] != 0 {
            let mut j = i * i;
            while j <= n {
                xs[j] = 0;
                j += i;
            }
        }
        i += 1;
    }
    xs.iter().sum()
}

fn rounds(n: i64, count: i64) -> i64 {
    (0..count).map(|_| sieve(n)).sum()
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", rounds(size(1_000_000), 10));
}
