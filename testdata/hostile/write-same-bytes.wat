;; One fd_write of 4,000 times the same 60 KiB: 240 MB that it never had.
;; verdict: trap fuel
;; at: tick
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $i i32)
    (loop
      (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const 61440))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 4000))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 4000) (i32.const 65532)))
    (i64.const 0)))
