// Kernels in AssemblyScript: typed arrays, objects with a collector, a map.
export function as_ema(n: i32): i64 {
  const prices = new Float64Array(1 << 14), ema = new Float64Array(1 << 14);
  let seed: u32 = 1;
  for (let i = 0; i < prices.length; i++) {
    seed = seed * 1664525 + 1013904223;
    prices[i] = 100 + <f64>(seed >> 16) / 65536;
  }
  for (let round = 0; round < n; round++) {
    let e = prices[0];
    const k = 2.0 / <f64>(10 + round);
    for (let i = 0; i < prices.length; i++) {
      e += k * (prices[i] - e);
      ema[i] = e;
    }
  }
  return <i64>(ema[ema.length - 1] * 1e6);
}

class Point {
  constructor(public x: f64, public y: f64) {}
  plus(o: Point): Point { return new Point(this.x + o.x, this.y + o.y); }
}
export function as_objs(n: i32): i64 {
  let p = new Point(0, 0);
  const kept = new Array<Point>();
  for (let i = 0; i < n; i++) {
    p = p.plus(new Point(1, <f64>i));
    if (i % 100 == 0) kept.push(p);
  }
  return <i64>(p.x + p.y) + kept.length;
}

export function as_map(n: i32): i64 {
  const m = new Map<i32, i64>();
  let seed: u32 = 3, sum: i64 = 0;
  for (let i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223;
    const k = <i32>(seed >> 20);
    if (m.has(k)) { sum += m.get(k); m.set(k, sum & 0xffff); } else m.set(k, i);
  }
  return sum + m.size;
}
