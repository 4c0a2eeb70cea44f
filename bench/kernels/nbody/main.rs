#[derive(Clone, Copy)]
struct Body {
    mass: f64,
    vx: f64,
    vy: f64,
    vz: f64,
    x: f64,
    y: f64,
    z: f64,
}

#[rustfmt::skip]
fn make_bodies() -> Vec<Body> {
    vec![
        Body { mass: 39.47, vx: 0.0, vy: 0.0, vz: 0.0, x: 0.0, y: 0.0, z: 0.0 },
        Body { mass: 0.037, vx: 0.6, vy: 2.8, vz: 0.02, x: 4.84, y: 0.16, z: 0.1 },
        Body { mass: 0.011, vx: 1.01, vy: 1.8, vz: 0.01, x: 8.34, y: 4.12, z: 0.4 },
        Body { mass: 0.0017, vx: 1.08, vy: 0.86, vz: 0.01, x: 12.89, y: 15.11, z: 0.22 },
        Body { mass: 0.002, vx: 0.97, vy: 0.59, vz: 0.03, x: 15.37, y: 25.9, z: 0.17 },
    ]
}

fn simulate(steps: i64) -> f64 {
    let mut bodies = make_bodies();
    let dt = 0.001;
    for _ in 0..steps {
        for i in 0..bodies.len() {
            let (head, tail) = bodies.split_at_mut(i + 1);
            let a = &mut head[i];
            for b in tail {
                let dx = a.x - b.x;
                let dy = a.y - b.y;
                let dz = a.z - b.z;
                let d2 = dx * dx + dy * dy + dz * dz + 0.01;
                let mag = dt / (d2 * d2);
                a.vx -= dx * b.mass * mag;
                a.vy -= dy * b.mass * mag;
                a.vz -= dz * b.mass * mag;
                b.vx += dx * a.mass * mag;
                b.vy += dy * a.mass * mag;
                b.vz += dz * a.mass * mag;
            }
        }
        for c in &mut bodies {
            c.x += dt * c.vx;
            c.y += dt * c.vy;
            c.z += dt * c.vz;
        }
    }
    let mut total = 0.0;
    for b in &bodies {
        total = total + b.x + b.y + b.z + b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
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
    println!("{}", simulate(size(1_000_000)));
}
