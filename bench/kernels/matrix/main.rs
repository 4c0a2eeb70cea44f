fn matrix(n: usize, step: f64) -> Vec<Vec<f64>> {
    let value = |i: usize, j: usize| ((i * 7 + j * 3) % 11) as f64 * step;
    (0..n).map(|i| (0..n).map(|j| value(i, j)).collect()).collect()
}

fn product(a: &[Vec<f64>], b: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    let cell = |i: usize, j: usize| {
        let mut sum = 0.0;
        for k in 0..n {
            sum += a[i][k] * b[k][j];
        }
        sum
    };
    (0..n).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect()
}

fn total(n: usize) -> f64 {
    product(&matrix(n, 0.5), &matrix(n, 0.25), n).iter().flatten().sum()
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: usize) -> usize {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", total(size(500)));
}
