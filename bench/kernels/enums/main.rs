enum Op {
    Add(i64),
    Mul(i64),
    Mod(i64),
    Inc,
    JumpBelow(i64, usize),
    Halt,
}

fn execute(n: i64) -> i64 {
    let code = vec![Op::Add(7), Op::Mul(3), Op::Mod(10007), Op::Inc, Op::JumpBelow(n, 0), Op::Halt];
    let mut acc = 1;
    let mut count = 0;
    let mut pc = 0;
    loop {
        match code[pc] {
            Op::Add(k) => {
                acc += k;
                pc += 1;
            }
            Op::Mul(k) => {
                acc *= k;
                pc += 1;
            }
            Op::Mod(k) => {
                acc %= k;
                pc += 1;
            }
            Op::Inc => {
                count += 1;
                pc += 1;
            }
            Op::JumpBelow(limit, target) => pc = if count < limit { target } else { pc + 1 },
            Op::Halt => return acc,
        }
    }
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", execute(size(10_000_000)));
}
