// Many goroutines that have next to nothing to do, and a WaitGroup that waits for them.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	n := 100000
	if size, err := strconv.Atoi(os.Getenv("BENCH_N")); err == nil {
		n = size
	}
	var total atomic.Int64
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			total.Add(1)
		}()
	}
	group.Wait()
	fmt.Println(total.Load())
}
