module github.com/agenthost/agenthost/bench

go 1.26.0

require (
	github.com/agenthost/agenthost v0.0.0
	github.com/bytecodealliance/wasmtime-go/v39 v39.0.1
	github.com/tetratelabs/wazero v1.12.0
)

require golang.org/x/sys v0.49.0 // indirect

replace github.com/agenthost/agenthost => ../
