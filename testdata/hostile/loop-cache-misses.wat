;; Dependent loads all over 60 MiB: the slowest unit of fuel that was measured.
;; verdict: trap fuel
;; at: tick
;; memory: 61440 KiB
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $x i32)
    (drop (memory.grow (i32.const 959)))
    (loop
      (local.set $x (i32.add (i32.load (i32.and (local.get $x) (i32.const 0x3bfffc)))
        (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223))))
      (i32.store (i32.rem_u (local.get $x) (i32.const 62900000)) (local.get $x))
      (br 0))
    (unreachable)))
