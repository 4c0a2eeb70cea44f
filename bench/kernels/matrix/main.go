package main

import (
	"fmt"
	"os"
	"strconv"
)

func matrix(n int, step float64) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		for j := range rows[i] {
			rows[i][j] = float64((i*7+j*3)%11) * step
		}
	}
	return rows
}

func product(a, b [][]float64, n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		for j := range rows[i] {
			sum := 0.0
			for k := range n {
				sum += a[i][k] * b[k][j]
			}
			rows[i][j] = sum
		}
	}
	return rows
}

func total(n int) float64 {
	sum := 0.0
	for _, row := range product(matrix(n, 0.5), matrix(n, 0.25), n) {
		for _, value := range row {
			sum += value
		}
	}
	return sum
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
	fmt.Println(strconv.FormatFloat(total(size(500)), 'f', -1, 64))
}
