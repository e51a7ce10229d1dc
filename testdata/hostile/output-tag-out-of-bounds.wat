;; A tag that points behind the strings.
;; verdict: trap output
;; at: tick
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 512) "AHOU\00\00\01\00\88\00\00\00\20\00\00\00\01\00\00\00\80\00\00\00\08\00\00\00\00\00\00\00\01\00\60\00\00\00\00\00\01\00\00\00\00\00\00\00\01\00\01\00\01\00\01\00\00\00\00\00\00\00\00\00\64\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\f0\ff\ff\ff\20\00\00\00abcdefgh")
  (func (export "strategy_tick") (param i32 i32) (result i64)
    (i64.const 0x20000000088)))
