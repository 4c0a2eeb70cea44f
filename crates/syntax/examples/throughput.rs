//! Times lexing and parsing of a generated program: `throughput [LINES]`. Run it in release mode.

use std::time::Instant;

use fuse_diagnostics::FileId;
use fuse_syntax::{Interner, lex, parse};

/// Sixteen lines of ordinary code.
const PART: &str = r#"
## What a customer of branch {n} ordered.
type Order{n}:
  sku: String(3..16, regex("^[A-Z0-9-]+$"))
  quantity: Int(1..999) = 1
  notes: Map<String, List<Int>>?

fn total_{n}(orders: List<Order{n}>, rate: Float = 0.2) -> Float!OutOfStock:
  var sum = 0.0 # of all orders
  for order in orders:
    if order.quantity * 2 >= limits[order.sku] ?? 100 and !closed(order.sku, day={n}):
      log.warn("no ${order.sku} left: ${order.quantity - 1} missing", {"branch": {n}})
      return null ?! OutOfStock(message="sold out", sku=order.sku)
    sum = sum + price(order.sku).cents * order.quantity * (1.0 + rate)
  return sum
"#;

fn main() {
    let lines: usize = std::env::args().nth(1).map_or(100_000, |lines| lines.parse().expect("a number"));
    let source: String = (0..lines / 16).map(|n| PART.replace("{n}", &n.to_string())).collect();
    println!("{} lines, {} bytes", source.lines().count(), source.len());
    for _ in 0..5 {
        let start = Instant::now();
        let lexed = lex(&source, FileId(0));
        let lexing = start.elapsed();
        let mut interner = Interner::new();
        let start = Instant::now();
        let parsed = parse(&source, FileId(0), &mut interner);
        let both = start.elapsed();
        let start = Instant::now();
        let (items, errors) = (parsed.module.items.len(), parsed.diagnostics.len());
        drop(parsed);
        println!(
            "lex {lexing:.1?} ({} tokens), lex and parse {both:.1?} ({items} items, {errors} errors), drop {:.1?}",
            lexed.tokens.len(),
            start.elapsed()
        );
    }
}
