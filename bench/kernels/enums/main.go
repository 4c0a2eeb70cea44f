package main

import (
	"fmt"
	"os"
	"strconv"
)

type kind uint8

const (
	add kind = iota
	mul
	mod
	inc
	jumpBelow
	halt
)

type op struct {
	kind kind
	a, b int
}

func execute(n int) int {
	code := []op{{add, 7, 0}, {mul, 3, 0}, {mod, 10007, 0}, {inc, 0, 0}, {jumpBelow, n, 0}, {halt, 0, 0}}
	acc, count, pc := 1, 0, 0
	for {
		o := code[pc]
		switch o.kind {
		case add:
			acc += o.a
			pc++
		case mul:
			acc *= o.a
			pc++
		case mod:
			acc %= o.a
			pc++
		case inc:
			count++
			pc++
		case jumpBelow:
			if count < o.a {
				pc = o.b
			} else {
				pc++
			}
		case halt:
			return acc
		}
	}
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
	fmt.Println(execute(size(10000000)))
}
