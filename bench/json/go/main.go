// Round trips of an order through JSON, decoded into its type. BENCH_N says how many.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
)

type customer struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type line struct {
	Price float64 `json:"price"`
	Qty   int     `json:"qty"`
	SKU   string  `json:"sku"`
}

type order struct {
	Customer customer `json:"customer"`
	ID       int      `json:"id"`
	Lines    []line   `json:"lines"`
	Note     *string  `json:"note"`
	Paid     bool     `json:"paid"`
	Tags     []string `json:"tags"`
}

func orderOf(id int) order {
	return order{
		Customer: customer{"ines@example.org", "Ines Duarte"},
		ID:       id,
		Lines:    []line{{4.25, 2, "K-17"}, {310.5, 1, "K-230"}, {0.5, 64, "P-9"}},
		Paid:     true,
		Tags:     []string{"export", "fragile", `marked "top"`},
	}
}

func encode(o order) []byte {
	text, err := json.Marshal(o)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func main() {
	rounds, err := strconv.Atoi(os.Getenv("BENCH_N"))
	if err != nil {
		rounds = 20000
	}
	total := 0
	for id := 1; id <= rounds; id++ {
		var back order
		if err := json.Unmarshal(encode(orderOf(id)), &back); err != nil {
			log.Fatal(err)
		}
		total += back.ID + back.Lines[2].Qty
	}
	fmt.Println(string(encode(orderOf(1))))
	fmt.Println(total)
}
