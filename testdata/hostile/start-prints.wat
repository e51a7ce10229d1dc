;; The start function prints without end.
;; verdict: refused start
;; at: load
;; cause: fuel
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 0) "\08\00\00\00\05\00\00\00spam\0a")
  (func $s (loop (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))) (br 0)))
  (start $s)
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
