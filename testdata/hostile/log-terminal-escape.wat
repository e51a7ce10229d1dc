;; Logs escape sequences, bells, a right-to-left override and broken UTF-8: harmless text comes out.
;; verdict: ok
;; at: tick
;; printed: clean \ufffd text
(module
  (import "agenthost" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 8) "\1b]0;title\07cl\1b[2Je\08an\e2\80\ae \ff te\c2\9b1mxt")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (call $log (i32.const 2) (i32.const 8) (i32.const 35))
    (i64.const 0)))
