package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

func build(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "item %d of %d;", i, n)
	}
	return out.String()
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
	fmt.Println(build(size(200000)))
}
