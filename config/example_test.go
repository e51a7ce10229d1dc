package config_test

import (
	"fmt"
	"os"

	"github.com/agenthost/agenthost/config"
)

func Example() {
	c, diagnostics := config.Load("testdata/good", config.Options{
		Variables: map[string]string{"cash": "25000"},
	})
	if diagnostics.HasErrors() {
		if err := diagnostics.WriteText(os.Stdout, false, 78); err != nil {
			fmt.Println(err)
		}
		return
	}
	for _, a := range c.Agents {
		cash := c.Venue(a.Venue).Paper.Cash
		fmt.Printf("%s trades %v with %d of 10^-%d, fast = %s\n", a.Name, a.Instruments, cash, config.MoneyDecimals, a.Params["fast"].Text)
	}
	// Output:
	// sma trades [GOOG] with 2500000000000 of 10^-8, fast = 10
}

func ExampleDiagnostics_WriteText() {
	_, diagnostics := config.Load("testdata/misspelled.hcl", config.Options{})
	if err := diagnostics.WriteText(os.Stdout, false, 78); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ╷
	// │ Error: Unknown attribute
	// │
	// │   on testdata/misspelled.hcl line 2, in venue "paper" "paper":
	// │    2:   comission = "0.2%"
	// │         ^^^^^^^^^
	// │
	// │ venue "paper" "paper" has no attribute "comission". Did you mean commission?
	// ╵
	// ╷
	// │ Error: Value not allowed
	// │
	// │   on testdata/misspelled.hcl line 10, in agent "sma":
	// │   10:   on_stop     = "flaten"
	// │                       ^^^^^^^^
	// │
	// │ on_stop is "flaten"; it can be "keep", "cancel" or "flatten". Did you mean
	// │ "flatten"?
	// ╵
}
