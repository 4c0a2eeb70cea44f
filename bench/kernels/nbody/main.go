package main

import (
	"fmt"
	"os"
	"strconv"
)

type body struct {
	mass, vx, vy, vz, x, y, z float64
}

func makeBodies() []body {
	return []body{
		{mass: 39.47},
		{mass: 0.037, vx: 0.6, vy: 2.8, vz: 0.02, x: 4.84, y: 0.16, z: 0.1},
		{mass: 0.011, vx: 1.01, vy: 1.8, vz: 0.01, x: 8.34, y: 4.12, z: 0.4},
		{mass: 0.0017, vx: 1.08, vy: 0.86, vz: 0.01, x: 12.89, y: 15.11, z: 0.22},
		{mass: 0.002, vx: 0.97, vy: 0.59, vz: 0.03, x: 15.37, y: 25.9, z: 0.17},
	}
}

func simulate(steps int) float64 {
	bodies := makeBodies()
	const dt = 0.001
	for range steps {
		for i := range bodies {
			a := &bodies[i]
			for j := i + 1; j < len(bodies); j++ {
				b := &bodies[j]
				dx := a.x - b.x
				dy := a.y - b.y
				dz := a.z - b.z
				d2 := dx*dx + dy*dy + dz*dz + 0.01
				mag := dt / (d2 * d2)
				a.vx -= dx * b.mass * mag
				a.vy -= dy * b.mass * mag
				a.vz -= dz * b.mass * mag
				b.vx += dx * a.mass * mag
				b.vy += dy * a.mass * mag
				b.vz += dz * a.mass * mag
			}
		}
		for i := range bodies {
			c := &bodies[i]
			c.x += dt * c.vx
			c.y += dt * c.vy
			c.z += dt * c.vz
		}
	}
	total := 0.0
	for _, b := range bodies {
		total = total + b.x + b.y + b.z + b.mass*(b.vx*b.vx+b.vy*b.vy+b.vz*b.vz)
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
	fmt.Println(strconv.FormatFloat(simulate(size(1000000)), 'f', -1, 64))
}
