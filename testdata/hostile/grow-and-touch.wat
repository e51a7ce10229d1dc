;; Takes all of its memory and writes to every page of it.
;; verdict: ok
;; at: tick
;; memory: 65536 KiB
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $p i32)
    (drop (memory.grow (i32.const 1023)))
    (loop
      (i32.store (local.get $p) (i32.const 1))
      (local.set $p (i32.add (local.get $p) (i32.const 4096)))
      (br_if 0 (i32.lt_u (local.get $p) (i32.const 67108864))))
    (i64.const 0)))
