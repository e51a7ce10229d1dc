;; Segments with gaps, out of order and on top of one another.
(module
  (memory (export "memory") 2)
  (data (i32.const 100) "abc")
  (data (i32.const 10) "xyz")
  (data (i32.const 101) "Q")
  (data (i32.const 13) "123")
  (data (i32.const 70000) "far")
  (data (i32.const 99) "____")
  (data (i32.const 131071) "e")
  (data (i32.const 50) ""))
