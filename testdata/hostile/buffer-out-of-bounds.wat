;; Offers a buffer outside of its memory.
;; verdict: trap output
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32) (i32.const -8))
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
