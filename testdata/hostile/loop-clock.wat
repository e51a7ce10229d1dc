;; Waits for time to pass, which it does not while a strategy computes.
;; verdict: trap fuel
;; at: tick
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $start i64)
    (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
    (local.set $start (i64.load (i32.const 0)))
    (loop
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
      (br_if 0 (i64.eq (i64.load (i32.const 0)) (local.get $start))))
    (i64.const 0)))
