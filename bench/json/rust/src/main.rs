//! Round trips of an order through JSON, decoded into its type. `BENCH_N` says how many.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Customer {
    email: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    price: f64,
    qty: i64,
    sku: String,
}

#[derive(Serialize, Deserialize)]
struct Order {
    customer: Customer,
    id: i64,
    lines: Vec<Line>,
    note: Option<String>,
    paid: bool,
    tags: Vec<String>,
}

fn order(id: i64) -> Order {
    let line = |price, qty, sku: &str| Line { price, qty, sku: sku.to_owned() };
    Order {
        customer: Customer { email: "ines@example.org".to_owned(), name: "Ines Duarte".to_owned() },
        id,
        lines: vec![line(4.25, 2, "K-17"), line(310.5, 1, "K-230"), line(0.5, 64, "P-9")],
        note: None,
        paid: true,
        tags: ["export", "fragile", "marked \"top\""].map(str::to_owned).to_vec(),
    }
}

fn main() -> Result<(), serde_json::Error> {
    let rounds = std::env::var("BENCH_N").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let mut total = 0;
    for id in 1..=rounds {
        let back: Order = serde_json::from_str(&serde_json::to_string(&order(id))?)?;
        total += back.id + back.lines[2].qty;
    }
    println!("{}", serde_json::to_string(&order(1))?);
    println!("{total}");
    Ok(())
}
