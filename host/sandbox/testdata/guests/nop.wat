;; The least strategy: it does nothing. What a tick of it takes is what the sandbox takes.
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32) (i32.const 1024))
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
