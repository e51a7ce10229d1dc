;; An endless loop of the slowest integer instructions.
;; verdict: trap fuel
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $x i64)
    (local.set $x (i64.const -1))
    (loop
      (local.set $x (i64.div_u (i64.add (local.get $x) (i64.const 12345)) (i64.const 3)))
      (local.set $x (i64.rem_u (i64.sub (local.get $x) (i64.const 77)) (i64.const -7)))
      (br 0))
    (unreachable)))
