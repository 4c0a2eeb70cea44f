package main

import (
	"fmt"
	"os"
	"strconv"
)

func sieve(n int) int {
	xs := make([]int, n+1)
	for i := range xs {
		xs[i] = i
	}
	xs[1] = 0
	for i := 2; i*i <= n; i++ {
		if xs[i] != 0 {
			for j := i * i; j <= n; j += i {
				xs[j] = 0
			}
		}
	}
	total := 0
	for _, x := range xs {
		total += x
	}
	return total
}

func rounds(n, count int) int {
	total := 0
	for range count {
		total += sieve(n)
	}
	return total
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
	fmt.Println(rounds(size(1000000), 10))
}
