// Command fuel measures what fuel costs: agenthost's meter on wazero beside wasmtime's fuel and
// epochs and wazero's close-on-done, over the same kernels in one process.
//
// Times are the thread's processor time. Every figure is the lower quartile of interleaved runs in shuffled order (what slows a run down on
// a shared machine comes on top), with one warm-up call before each
// timed one. A ratio is against the same engine without the feature.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand"
	"runtime"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 11, "timed runs of each kernel and configuration (three times as many for AssemblyScript)")
	dir := flag.String("kernels", "../host/meter/testdata/kernels", "folder of the kernels")
	only := flag.String("suite", "", "c, go or as: only this one, on wazero alone, without the last lines")
	flag.Parse()
	runtime.LockOSThread()
	log.SetFlags(0)
	start := time.Now()
	suites, err := loadSuites(*dir)
	if err != nil {
		log.Fatal(err)
	}
	if *only != "" {
		for _, s := range suites {
			if s.name == *only {
				s.alone = true
				if _, err := measure(s, *rounds); err != nil {
					log.Fatal(err)
				}
			}
		}
		return
	}
	summary := map[string]map[string]float64{}
	for _, s := range suites {
		ratios, err := measure(s, *rounds)
		if err != nil {
			log.Fatalf("%s: %v", s.name, err)
		}
		summary[s.name] = ratios
	}
	for _, s := range suites {
		if err := measureCompile(s); err != nil {
			log.Fatal(err)
		}
	}
	if err := measureTick(suites[0]); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f s in all\n", time.Since(start).Seconds())
	c, g, a := summary["c"], summary["go"], summary["as"]
	fmt.Printf("with-stack-limit c=%.3f go=%.3f as=%.3f\n", c[fuelStack], g[fuelStack], a[fuelStack])
	fmt.Printf("everything-for-a-strategy c=%.3f go=%.3f as=%.3f\n", c[strategy], g[strategy], a[strategy])
	fmt.Printf("fuel-overhead c=%.3f go=%.3f as=%.3f wasmtime-fuel-c=%.3f wasmtime-fuel-go=%.3f wasmtime-fuel-as=%.3f\n",
		c[fuelOnly], g[fuelOnly], a[fuelOnly], c[wasmtimeFuel], g[wasmtimeFuel], a[wasmtimeFuel])
}

// measure runs a suite and prints its table. The ratios are geometric means by configuration.
func measure(s suite, rounds int) (map[string]float64, error) {
	runners, err := open(s)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, r := range runners {
			r.close()
		}
	}()
	fmt.Printf("\n%-18s %8s", s.name, "ms")
	for _, r := range runners {
		fmt.Printf(" %9s", r.name)
	}
	fmt.Println()
	sums := map[string]float64{}
	for _, k := range s.kernels {
		times, err := timeKernel(runners, k, rounds*s.repeat)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		fmt.Printf("%-18s %8.3f", k.name, times[plain]*1e3)
		for _, r := range runners {
			ratio := times[r.name] / times[r.base]
			sums[r.name] += math.Log(ratio)
			fmt.Printf(" %9.3f", ratio)
		}
		fmt.Println()
	}
	fmt.Printf("%-18s %8s", "GEOMEAN", "")
	for _, r := range runners {
		sums[r.name] = math.Exp(sums[r.name] / float64(len(s.kernels)))
		fmt.Printf(" %9.3f", sums[r.name])
	}
	fmt.Println()
	return sums, nil
}

// timeKernel gives the lower quartile of the seconds of one kernel by configuration.
func timeKernel(runners []*runner, k kernel, rounds int) (map[string]float64, error) {
	all := map[string][]float64{}
	order := slices.Clone(runners)
	var want int64
	for i := 0; i < rounds; i++ {
		rand.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		for _, r := range order {
			if r.slow && i >= (rounds+2)/3 {
				continue
			}
			got, err := r.call(k.name, k.size)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if want == 0 {
				want = got
			}
			if got != want {
				return nil, fmt.Errorf("%s gives %d, not %d", r.name, got, want)
			}
			begin := now()
			if _, err := r.call(k.name, k.size); err != nil {
				return nil, err
			}
			all[r.name] = append(all[r.name], (now() - begin).Seconds())
		}
	}
	quartiles := map[string]float64{}
	for name, ts := range all {
		slices.Sort(ts)
		quartiles[name] = ts[len(ts)/4]
	}
	return quartiles, nil
}
