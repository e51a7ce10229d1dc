;; A loop with ten back-edges: the meter charges such loops at their head.
;; verdict: trap fuel
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 0)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 1)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 2)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 3)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 4)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 5)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 6)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 7)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 8)))
      (br_if $l (i32.eq (i32.and (local.get $i) (i32.const 15)) (i32.const 9)))
      (br $l))
    (unreachable)))
