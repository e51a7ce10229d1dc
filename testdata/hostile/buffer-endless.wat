;; agenthost_buffer never ends: it pays out of the tick's budget.
;; verdict: trap fuel
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32) (loop (br 0)) (unreachable))
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
