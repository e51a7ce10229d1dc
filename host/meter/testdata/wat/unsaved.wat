;; Changes a table: state that a snapshot does not hold.
(module
  (table 2 funcref)
  (func $f (export "f") (table.set 0 (i32.const 0) (ref.func $f))))
