package main

import (
	"fmt"
	"os"
	"strconv"
)

func loops(n int) int {
	acc := 1
	for i := range n {
		for j := range n {
			acc = (acc*31 + i + j) % 1000003
		}
	}
	return acc
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
	fmt.Println(loops(size(12000)))
}
