package main

import (
	"fmt"
	"os"
	"strconv"
)

var (
	heads = []string{"al", "be", "cor", "du", "en", "fa", "gri", "hol"}
	tails = []string{"a", "bar", "cel", "dor", "er", "fin", "gul", "han"}
)

func word(pick int) string {
	return heads[pick/8%8] + tails[pick%8]
}

func words(n int) string {
	counts := map[string]int{}
	lines := map[string]int{}
	var order []string
	seed, repeated := 42, 0
	for range n {
		seed = (seed*1103515245 + 12345) % 2147483648
		a, b, c := word(seed/64), word(seed/4096), word(seed/262144)
		for _, each := range []string{a, b, c} {
			before := counts[each]
			if before == 0 {
				order = append(order, each)
			}
			counts[each] = before + 1
		}
		line := a + " " + b + ", " + c + "."
		seen := lines[line]
		if seen > 0 {
			repeated++
		}
		lines[line] = seen + 1
	}
	check := 0
	for _, each := range order {
		check = (check*31 + counts[each]) % 1000000007
	}
	longest := 0
	for _, times := range lines {
		longest = max(longest, times)
	}
	return fmt.Sprintf("%s %d %d %d", order[0], repeated, longest, check)
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
	fmt.Println(words(size(300000)))
}
