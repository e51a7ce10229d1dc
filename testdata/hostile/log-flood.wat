;; Logs 60,000 bytes: 4 KiB are passed on, and it is said that the rest was cut.
;; verdict: ok
;; at: tick
;; printed: bytes of output were cut
(module
  (import "agenthost" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $i i32)
    (memory.fill (i32.const 0) (i32.const 65) (i32.const 100))
    (loop
      (call $log (i32.const 2) (i32.const 0) (i32.const 100))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 600))))
    (i64.const 0)))
