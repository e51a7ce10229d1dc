;; Declares a parameter and has no strategy_init to take it.
;; verdict: refused export
;; at: load
(module
  (memory (export "memory") 1)
  (func (export "agenthost_abi") (result i32) (i32.const 0x10000))
  (func (export "agenthost_buffer") (param i32) (result i32)
    (if (i32.gt_u (local.get 0) (i32.const 32768)) (then (return (i32.const 0))))
    (i32.const 4096))
  (data (i32.const 8) "{\22name\22:\22x\22,\22version\22:\221\22,\22parameters\22:[{\22name\22:\22n\22,\22type\22:\22integer\22,\22default\22:1,\22help\22:\22h\22}]}")
  (func (export "strategy_describe") (result i64) (i64.const 0x000000080000005e))
  (func (export "strategy_tick") (param i32 i32) (result i64) (i64.const 0)))
