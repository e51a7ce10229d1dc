;; path_open finds no directory: badf (8).
;; verdict: ok
;; at: tick
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 8) "/etc/passwd")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (if (i32.ne (call $path_open (i32.const 3) (i32.const 0) (i32.const 8) (i32.const 11) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 0)) (i32.const 8)) (then (unreachable)))
    (i64.const 0)))
