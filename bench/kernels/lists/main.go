package main

import (
	"fmt"
	"os"
	"strconv"
)

func sortAndSum(n int) int {
	xs := make([]int, n)
	seed := 42
	for i := range xs {
		seed = (seed*1103 + 12345) % 65537
		xs[i] = seed
	}
	for i := 1; i < n; i++ {
		v := xs[i]
		j := i - 1
		for j >= 0 && xs[j] > v {
			xs[j+1] = xs[j]
			j--
		}
		xs[j+1] = v
	}
	total := 0
	for i, x := range xs {
		total = (total + x*(i+1)) % 1000000007
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
	fmt.Println(sortAndSum(size(20000)))
}
