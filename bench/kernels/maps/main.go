package main

import (
	"fmt"
	"os"
	"strconv"
)

func key(i int) string {
	return "key" + strconv.Itoa(i)
}

func churn(n int) int {
	m := map[string]int{}
	for i := range n {
		m[key(i)] = i * 3
	}
	for i := 0; i < n; i += 2 {
		m[key(i)]++
	}
	total := 0
	for i := range n + 1000 {
		if v, ok := m[key(i)]; ok {
			total += v
		} else {
			total += 7
		}
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
	fmt.Println(churn(size(100000)))
}
