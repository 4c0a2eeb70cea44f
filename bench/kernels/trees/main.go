package main

import (
	"fmt"
	"os"
	"strconv"
)

type tree struct {
	left, right *tree
}

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func (t *tree) count() int {
	if t == nil {
		return 0
	}
	return 1 + t.left.count() + t.right.count()
}

func trees(most int) int {
	kept := grow(most)
	total := 0
	rounds := 1 << most
	for depth := 4; depth <= most; depth += 4 {
		for range rounds {
			total += grow(depth).count()
		}
		rounds /= 16
	}
	return total + kept.count()
}

// size is BENCH_N, or fallback when it is unset.
func size(fallback int) int {
	text, ok := os.LookupEnv("BENCH_N")
	if !ok {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	fmt.Println(trees(size(16)))
}
