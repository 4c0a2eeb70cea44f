package main

import (
	"fmt"
	"os"
	"strconv"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
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
	fmt.Println(fib(size(35)))
}
