;; Offers the very start of its memory, over its own data: its own harm.
;; verdict: ok
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32) (i32.const 8))
  (data (i32.const 0) "mine")
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
