;; Calls agenthost.fail, with an escape sequence in its words.
;; verdict: trap fail
;; at: tick
;; code: 7
;; message: I give up
(module
  (import "agenthost" "fail" (func $fail (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 8) "I \1b[31mgive\07 up")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (call $fail (i32.const 7) (i32.const 8) (i32.const 15))
    (i64.const 0)))
