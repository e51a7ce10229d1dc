;; Sleeps for a century, again and again: the virtual clock stops at its end, the host never waits.
;; verdict: trap fuel
;; at: tick
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (i64.store (i32.const 24) (i64.const 3155760000000000000))
    (loop (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) (br 0))
    (unreachable)))
