;; sma-cross in WebAssembly text: when the fast moving average of the closes crosses the slow one it
;; turns its position round. The same strategy, order for order, as sma-cross-go, -c and -as.
;; It shows that the ABI needs no library: offsets are those of the tables in abi/SPEC.md.
;;
;; Memory: 256 description, 4096 ring of closes (500 x 8), 8192 output, 12288 input.
(module
  (import "agenthost" "log" (func $log (param $level i32) (param $text i32) (param $length i32)))

  (memory (export "memory") 1)
  (data (i32.const 256) "{\"name\":\"sma-cross\",\"version\":\"1.0.0\",\"summary\":\"Turns its position round when the fast moving average crosses the slow one.\",\"parameters\":[{\"name\":\"fast\",\"type\":\"integer\",\"default\":10,\"min\":1,\"max\":500,\"help\":\"Bars in the fast average; fewer than in the slow one.\"},{\"name\":\"slow\",\"type\":\"integer\",\"default\":20,\"min\":2,\"max\":500,\"help\":\"Bars in the slow average.\"},{\"name\":\"stop_loss\",\"type\":\"decimal\",\"default\":\"0\",\"min\":\"0\",\"max\":\"0.99\",\"help\":\"Distance of the stop from the close, as a fraction of it; 0 means no stop.\"},{\"name\":\"take_profit\",\"type\":\"decimal\",\"default\":\"0\",\"min\":\"0\",\"max\":\"10\",\"help\":\"Distance of the target from the close, as a fraction of it; 0 means no target.\"},{\"name\":\"size\",\"type\":\"decimal\",\"default\":\"1\",\"min\":\"0.00000001\",\"max\":\"1\",\"help\":\"Fraction of the margin available that each position takes.\"}],\"series\":[{\"name\":\"sma_fast\",\"unit\":\"price\"},{\"name\":\"sma_slow\",\"unit\":\"price\"}]}")
  (data (i32.const 2048) "sma-cross has five parameters")
  (data (i32.const 2112) "fast must be at least 1 and less than slow, slow at most 500")

  (global $fast (mut i64) (i64.const 10))
  (global $slow (mut i64) (i64.const 20))
  (global $stop_loss (mut i64) (i64.const 0))
  (global $take_profit (mut i64) (i64.const 0))
  (global $order_size (mut i64) (i64.const 100000000))
  (global $bars (mut i64) (i64.const 0))
  (global $sum_fast (mut i64) (i64.const 0))
  (global $sum_slow (mut i64) (i64.const 0))
  (global $price_tick (mut i64) (i64.const 1))
  (global $input (mut i32) (i32.const 12288))
  (global $input_size (mut i32) (i32.const 53248))
  (global $output_size (mut i32) (i32.const 32))
  (global $output_count (mut i32) (i32.const 0))

  (func (export "agenthost_abi") (result i32)
    (i32.const 0x10000))

  ;; An input beyond the first page gets pages of its own.
  (func (export "agenthost_buffer") (param $size i32) (result i32)
    (local $pages i32) (local $first i32)
    (if (i32.gt_u (local.get $size) (global.get $input_size)) (then
      (local.set $pages (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
      (local.set $first (memory.grow (local.get $pages)))
      (if (i32.eq (local.get $first) (i32.const -1)) (then (return (i32.const 0))))
      (global.set $input (i32.shl (local.get $first) (i32.const 16)))
      (global.set $input_size (i32.shl (local.get $pages) (i32.const 16)))))
    (global.get $input))

  ;; Where the description is, and its length.
  (func (export "strategy_describe") (result i64)
    (i64.or (i64.shl (i64.const 256) (i64.const 32)) (i64.const 914)))

  ;; The value of parameter $i: records of stride u16 at 14, from header_size u16 at 12; value at 8.
  (func $param (param $params i32) (param $i i32) (result i64)
    (i64.load offset=8
      (i32.add
        (i32.add (local.get $params) (i32.load16_u offset=12 (local.get $params)))
        (i32.mul (local.get $i) (i32.load16_u offset=14 (local.get $params))))))

  (func (export "strategy_init") (param $params i32) (param $length i32) (result i32)
    (if (i32.ne (i32.load offset=16 (local.get $params)) (i32.const 5)) (then
      (call $log (i32.const 4) (i32.const 2048) (i32.const 29))
      (return (i32.const 1))))
    (global.set $fast (call $param (local.get $params) (i32.const 0)))
    (global.set $slow (call $param (local.get $params) (i32.const 1)))
    (global.set $stop_loss (call $param (local.get $params) (i32.const 2)))
    (global.set $take_profit (call $param (local.get $params) (i32.const 3)))
    (global.set $order_size (call $param (local.get $params) (i32.const 4)))
    (if (i32.or
          (i32.or
            (i64.lt_s (global.get $fast) (i64.const 1))
            (i64.gt_s (global.get $slow) (i64.const 500)))
          (i64.ge_s (global.get $fast) (global.get $slow)))
      (then
        (call $log (i32.const 4) (i32.const 2112) (i32.const 60))
        (return (i32.const 1))))
    (i32.const 0))

  ;; The directory's entry of a kind, or 0. Entries of 12 bytes: kind, stride, count at 4, offset at 8.
  (func $find (param $tick i32) (param $kind i32) (result i32)
    (local $entry i32) (local $left i32)
    (local.set $entry (i32.add (local.get $tick) (i32.load offset=16 (local.get $tick))))
    (local.set $left (i32.load16_u offset=14 (local.get $tick)))
    (block $none
      (loop $next
        (br_if $none (i32.eqz (local.get $left)))
        (if (i32.eq (i32.load16_u (local.get $entry)) (local.get $kind))
          (then (return (local.get $entry))))
        (local.set $entry (i32.add (local.get $entry) (i32.const 12)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; A record of zeros at the end of the output, with its kind and size. They always fit: a tick has at
  ;; most one close, three submits and two series.
  (func $record (param $kind i32) (param $size i32) (result i32)
    (local $at i32) (local $i i32)
    (local.set $at (i32.add (i32.const 8192) (global.get $output_size)))
    (loop $zero
      (i64.store (i32.add (local.get $at) (local.get $i)) (i64.const 0))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $zero (i32.lt_u (local.get $i) (local.get $size))))
    (i32.store16 (local.get $at) (local.get $kind))
    (i32.store16 offset=2 (local.get $at) (local.get $size))
    (global.set $output_size (i32.add (global.get $output_size) (local.get $size)))
    (global.set $output_count (i32.add (global.get $output_count) (i32.const 1)))
    (local.get $at))

  ;; Where the close of a bar is in the ring: bar n is at n modulo slow.
  (func $slot (param $bar i64) (result i32)
    (i32.add (i32.const 4096)
      (i32.shl (i32.wrap_i64 (i64.rem_s (local.get $bar) (global.get $slow))) (i32.const 3))))

  ;; Takes a close in and tells the side of a cross at this bar, or 0. Sums are compared crosswise, so
  ;; that nothing is divided and no language rounds otherwise than another.
  (func $add (param $price i64) (result i32)
    (local $was_fast i64) (local $was_slow i64) (local $is_fast i64) (local $is_slow i64) (local $was_defined i32)
    (local.set $was_fast (i64.mul (global.get $sum_fast) (global.get $slow)))
    (local.set $was_slow (i64.mul (global.get $sum_slow) (global.get $fast)))
    (local.set $was_defined (i64.ge_s (global.get $bars) (global.get $slow)))
    (if (local.get $was_defined) (then
      (global.set $sum_slow (i64.sub (global.get $sum_slow) (i64.load (call $slot (global.get $bars)))))))
    (if (i64.ge_s (global.get $bars) (global.get $fast)) (then
      (global.set $sum_fast (i64.sub (global.get $sum_fast)
        (i64.load (call $slot (i64.sub (global.get $bars) (global.get $fast))))))))
    (i64.store (call $slot (global.get $bars)) (local.get $price))
    (global.set $sum_fast (i64.add (global.get $sum_fast) (local.get $price)))
    (global.set $sum_slow (i64.add (global.get $sum_slow) (local.get $price)))
    (global.set $bars (i64.add (global.get $bars) (i64.const 1)))
    (if (i32.eqz (local.get $was_defined)) (then (return (i32.const 0))))
    (local.set $is_fast (i64.mul (global.get $sum_fast) (global.get $slow)))
    (local.set $is_slow (i64.mul (global.get $sum_slow) (global.get $fast)))
    (if (i32.and
          (i64.lt_s (local.get $was_fast) (local.get $was_slow))
          (i64.gt_s (local.get $is_fast) (local.get $is_slow)))
      (then (return (i32.const 1))))
    (if (i32.and
          (i64.gt_s (local.get $was_fast) (local.get $was_slow))
          (i64.lt_s (local.get $is_fast) (local.get $is_slow)))
      (then (return (i32.const 2))))
    (i32.const 0))

  ;; price * factor / 1e8, rounded to the nearest multiple of the price tick, halves up.
  (func $price_times (param $price i64) (param $factor i64) (result i64)
    (local $twice i64)
    (local.set $twice
      (i64.add
        (i64.mul
          (i64.mul (i64.div_s (local.get $price) (i64.const 100000000)) (i64.const 2))
          (local.get $factor))
        (i64.div_s
          (i64.mul
            (i64.mul (i64.rem_s (local.get $price) (i64.const 100000000)) (i64.const 2))
            (local.get $factor))
          (i64.const 100000000))))
    (i64.mul
      (i64.div_s
        (i64.add (local.get $twice) (global.get $price_tick))
        (i64.mul (global.get $price_tick) (i64.const 2)))
      (global.get $price_tick)))

  ;; An exit contingent on the order $parent. Its size stays 0: all that the order opens.
  (func $exit (param $side i32) (param $ref i64) (param $parent i64) (param $type i32) (result i32)
    (local $at i32)
    (local.set $at (call $record (i32.const 1) (i32.const 96)))
    (i64.store offset=8 (local.get $at) (local.get $ref))
    (i32.store16 offset=16 (local.get $at) (i32.sub (i32.const 3) (local.get $side)))
    (i32.store16 offset=18 (local.get $at) (local.get $type))
    (i32.store16 offset=20 (local.get $at) (i32.const 1))   ;; until cancelled
    (i32.store16 offset=22 (local.get $at) (i32.const 1))   ;; units
    (i32.store offset=24 (local.get $at) (i32.const 2))     ;; reduce-only
    (i64.store offset=72 (local.get $at) (local.get $parent))
    (local.get $at))

  (func $protect (param $side i32) (param $ref i64) (param $price i64)
    (local $stop_factor i64) (local $target_factor i64)
    (local.set $stop_factor (i64.sub (i64.const 100000000) (global.get $stop_loss)))
    (local.set $target_factor (i64.add (i64.const 100000000) (global.get $take_profit)))
    (if (i32.eq (local.get $side) (i32.const 2)) (then
      (local.set $stop_factor (i64.add (i64.const 100000000) (global.get $stop_loss)))
      (local.set $target_factor (i64.sub (i64.const 100000000) (global.get $take_profit)))))
    (if (i64.gt_s (global.get $stop_loss) (i64.const 0)) (then
      (i64.store offset=48
        (call $exit (local.get $side) (i64.add (local.get $ref) (i64.const 1)) (local.get $ref) (i32.const 3))
        (call $price_times (local.get $price) (local.get $stop_factor)))))
    ;; A short cannot gain more than its whole price.
    (if (i32.and
          (i64.gt_s (global.get $take_profit) (i64.const 0))
          (i64.gt_s (local.get $target_factor) (i64.const 0)))
      (then
        (i64.store offset=40
          (call $exit (local.get $side) (i64.add (local.get $ref) (i64.const 2)) (local.get $ref) (i32.const 2))
          (call $price_times (local.get $price) (local.get $target_factor))))))

  ;; Position records: instrument u32, owner u16 at 4, quantity i64 at 8.
  (func $has_position (param $tick i32) (result i32)
    (local $entry i32) (local $at i32) (local $left i32)
    (local.set $entry (call $find (local.get $tick) (i32.const 11)))
    (if (i32.eqz (local.get $entry)) (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $tick) (i32.load offset=8 (local.get $entry))))
    (local.set $left (i32.load offset=4 (local.get $entry)))
    (block $none
      (loop $next
        (br_if $none (i32.eqz (local.get $left)))
        (if (i32.and
              (i32.and
                (i32.eqz (i32.load (local.get $at)))
                (i32.eq (i32.load16_u offset=4 (local.get $at)) (i32.const 1)))
              (i64.ne (i64.load offset=8 (local.get $at)) (i64.const 0)))
          (then (return (i32.const 1))))
        (local.set $at (i32.add (local.get $at) (i32.load16_u offset=2 (local.get $entry))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  ;; Closes what there is and opens the other side. Refs come from the tick's sequence, so that no state
  ;; is needed to keep them apart, and a module that is swapped in does not repeat one.
  (func $turn (param $tick i32) (param $side i32) (param $price i64)
    (local $ref i64) (local $at i32)
    (local.set $ref (i64.mul (i64.load offset=24 (local.get $tick)) (i64.const 4)))
    (if (call $has_position (local.get $tick)) (then
      (local.set $at (call $record (i32.const 5) (i32.const 48)))
      (i64.store offset=8 (local.get $at) (i64.add (local.get $ref) (i64.const 3)))
      (i32.store16 offset=16 (local.get $at) (i32.const 3))  ;; fraction
      (i64.store offset=24 (local.get $at) (i64.const 100000000))))
    (local.set $at (call $record (i32.const 1) (i32.const 96)))
    (i64.store offset=8 (local.get $at) (local.get $ref))
    (i32.store16 offset=16 (local.get $at) (local.get $side))
    (i32.store16 offset=18 (local.get $at) (i32.const 1))    ;; market
    (i32.store16 offset=20 (local.get $at) (i32.const 1))    ;; until cancelled
    (i32.store16 offset=22 (local.get $at) (i32.const 3))    ;; fraction
    (i64.store offset=32 (local.get $at) (global.get $order_size))
    (call $protect (local.get $side) (local.get $ref) (local.get $price)))

  ;; Gives the chart an average, rounded to the nearest price.
  (func $show (param $series i32) (param $sum i64) (param $n i64)
    (local $at i32)
    (if (i64.lt_s (global.get $bars) (local.get $n)) (then (return)))
    (local.set $at (call $record (i32.const 7) (i32.const 24)))
    (i32.store offset=4 (local.get $at) (local.get $series))
    (i64.store offset=16 (local.get $at)
      (i64.div_s
        (i64.add (i64.shl (local.get $sum) (i64.const 1)) (local.get $n))
        (i64.shl (local.get $n) (i64.const 1)))))

  (func (export "strategy_tick") (param $tick i32) (param $length i32) (result i64)
    (local $entry i32) (local $at i32) (local $left i32) (local $side i32) (local $crossed i32) (local $last i64)
    (global.set $output_size (i32.const 32))
    (global.set $output_count (i32.const 0))
    ;; Instrument 0: its price tick is at 24.
    (local.set $entry (call $find (local.get $tick) (i32.const 3)))
    (if (local.get $entry) (then
      (global.set $price_tick
        (i64.load offset=24 (i32.add (local.get $tick) (i32.load offset=8 (local.get $entry)))))))
    ;; Bars: instrument u32, flags u32 at 4 (bit 0: closed), close i64 at 56.
    (local.set $entry (call $find (local.get $tick) (i32.const 4)))
    (if (i32.eqz (local.get $entry)) (then (return (i64.const 0))))
    (local.set $at (i32.add (local.get $tick) (i32.load offset=8 (local.get $entry))))
    (local.set $left (i32.load offset=4 (local.get $entry)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (if (i32.and
              (i32.eqz (i32.load (local.get $at)))
              (i32.and (i32.load offset=4 (local.get $at)) (i32.const 1)))
          (then
            (local.set $last (i64.load offset=56 (local.get $at)))
            (local.set $side (call $add (local.get $last)))
            (if (local.get $side) (then (local.set $crossed (local.get $side))))))
        (local.set $at (i32.add (local.get $at) (i32.load16_u offset=2 (local.get $entry))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (if (local.get $crossed) (then
      (call $turn (local.get $tick) (local.get $crossed) (local.get $last))))
    (if (i64.ne (local.get $last) (i64.const 0)) (then
      (call $show (i32.const 0) (global.get $sum_fast) (global.get $fast))
      (call $show (i32.const 1) (global.get $sum_slow) (global.get $slow))))
    (if (i32.eqz (global.get $output_count)) (then (return (i64.const 0))))
    ;; The header: "AHOU", version, size, header_size, count, strings_offset, strings_length, 0.
    (i32.store (i32.const 8192) (i32.const 0x554f4841))
    (i32.store (i32.const 8196) (i32.const 0x10000))
    (i32.store (i32.const 8200) (global.get $output_size))
    (i32.store (i32.const 8204) (i32.const 32))
    (i32.store (i32.const 8208) (global.get $output_count))
    (i32.store (i32.const 8212) (global.get $output_size))
    (i64.store (i32.const 8216) (i64.const 0))
    (i64.or (i64.const 0x200000000000) (i64.extend_i32_u (global.get $output_size)))))
