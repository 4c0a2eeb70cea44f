package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

type badInput struct {
	code int
}

func (e *badInput) Error() string {
	return fmt.Sprintf("bad input %d", e.code)
}

func parse(n int) (int, error) {
	if n%7 == 0 {
		return 0, &badInput{code: n % 100}
	}
	return n % 1000, nil
}

func scale(n int) (int, error) {
	v, err := parse(n)
	if err != nil {
		return 0, err
	}
	return v * 2, nil
}

func shift(n int) (int, error) {
	v, err := scale(n)
	if err != nil {
		return 0, err
	}
	return v + 1, nil
}

func score(n int) int {
	v, err := shift(n)
	if err != nil {
		var bad *badInput
		if errors.As(err, &bad) {
			return bad.code
		}
		panic(err)
	}
	return v
}

func totalScore(n int) int {
	total := 0
	for i := range n {
		total += score(i)
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
	fmt.Println(totalScore(size(5000000)))
}
