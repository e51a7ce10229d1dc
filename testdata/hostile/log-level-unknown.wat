;; Logs at a level that does not exist.
;; verdict: ok
;; at: tick
;; printed: x
(module
  (import "agenthost" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 8) "x")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (call $log (i32.const -1) (i32.const 8) (i32.const 1))
    (i64.const 0)))
