enum Tree {
    Leaf,
    Node(Box<(Tree, Tree)>),
}

fn grow(depth: i64) -> Tree {
    if depth == 0 {
        return Tree::Node(Box::new((Tree::Leaf, Tree::Leaf)));
    }
    Tree::Node(Box::new((grow(depth - 1), grow(depth - 1))))
}

fn count(tree: &Tree) -> i64 {
    match tree {
        Tree::Leaf => 0,
        Tree::Node(both) => 1 + count(&both.0) + count(&both.1),
    }
}

fn trees(most: i64) -> i64 {
    let kept = grow(most);
    let mut total = 0;
    let mut rounds = 1 << most;
    for depth in (4..=most).step_by(4) {
        for _ in 0..rounds {
            total += count(&grow(depth));
        }
        rounds /= 16;
    }
    total + count(&kept)
}

/// `BENCH_N`, or `fallback` when it is unset.
fn size(fallback: i64) -> i64 {
    match std::env::var("BENCH_N") {
        Ok(text) => text.parse().expect("BENCH_N must be an integer"),
        Err(_) => fallback,
    }
}

fn main() {
    println!("{}", trees(size(16)));
}
