;; A guest whose start function says so, counts itself in memory and calls what calls what traps if
;; its input begins with 1. Its functions have names.
(module
  (import "agenthost" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "started")
  (func $begin
    (i32.store (i32.const 512) (i32.add (i32.load (i32.const 512)) (i32.const 1)))
    (call $log (i32.const 2) (i32.const 8) (i32.const 7)))
  (start $begin)
  (func $inner (result i64) (i64.div_u (i64.const 1) (i64.const 0)))
  (func $outer (result i64) (call $inner))
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32) (i32.const 1024))
  (func $tick (export "strategy_tick") (param $p i32) (param i32) (result i64)
    (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 1)) (then (return (call $outer))))
    (i64.or (i64.shl (i64.const 512) (i64.const 32)) (i64.const 4))))
