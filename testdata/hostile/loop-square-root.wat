;; An endless loop of square roots and divisions of floats.
;; verdict: trap fuel
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $x f64)
    (local.set $x (f64.const 2))
    (loop
      (local.set $x (f64.sqrt (f64.div (local.get $x) (f64.const 0.3))))
      (br 0))
    (unreachable)))
