struct BadInput {
    code: i64,
}

// Kept out of line, so that the chain of calls is there to measure.
#[inline(never)]
fn parse(n: i64) -> Result<i64, BadInput> {
    if n % 7 == 0 {
        return Err(BadInput { code: n % 100 });
    }
    Ok(n % 1000)
}

#[inline(never)]
fn scale(n: i64) -> Result<i64, BadInput> {
    let v = parse(n)?;
    Ok(v * 2)
}

#[inline(never)]
fn shift(n: i64) -> Result<i64, BadInput> {
    let v = scale(n)?;
    Ok(v + 1)
}

fn score(n: i64) -> i64 {
    match shift(n) {
        Ok(v) => v,
        Err(e) => e.code,
    }
}

fn total_score(n: i64) -> i64 {
    (0..n).map(score).sum()
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", total_score(size(5_000_000)));
}
