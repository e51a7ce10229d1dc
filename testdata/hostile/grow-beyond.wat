;; Asks for one page more than the limit, then for 2^32-1: both answer -1.
;; verdict: ok
;; at: tick
;; memory: 64 KiB
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (if (i32.ne (memory.grow (i32.const 1024)) (i32.const -1)) (then (unreachable)))
    (if (i32.ne (memory.grow (i32.const -1)) (i32.const -1)) (then (unreachable)))
    (i64.const 0)))
