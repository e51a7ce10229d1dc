;; One order more than a tick may have.
;; verdict: trap output
;; at: tick
(module
  (memory (export "memory") 2)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 512) "AHOU\00\00\01\00\80\60\00\00\20\00\00\00\01\01\00\00\80\60\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 33000) "\01\00\60\00\00\00\00\00\01\00\00\00\00\00\00\00\01\00\01\00\01\00\01\00\00\00\00\00\00\00\00\00\64\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $i i32)
    (loop
      (memory.copy (i32.add (i32.const 544) (i32.mul (local.get $i) (i32.const 96))) (i32.const 33000) (i32.const 96))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get $i) (i32.const 257))))
    (i64.const 0x20000006080)))
