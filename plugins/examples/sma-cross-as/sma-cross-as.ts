// sma-cross in AssemblyScript: when the fast moving average of the closes crosses the slow one it turns
// its position round. The same strategy, order for order, as sma-cross-go, -c and -wat.
import {
  Bar, BarFlag, Close, FRACTION_ONE, Header, Instrument, IntentKind, LogLevel, OrderFlag, OrderType, Owner,
  ParamsHeader, Position, SectionKind, Series, Side, SizeKind, Submit, TimeInForce,
  add, at, begin, end, find, log, param, priceTimes, result,
} from "../../sdk/assemblyscript/agenthost";

export { agenthost_abi, agenthost_buffer } from "../../sdk/assemblyscript/agenthost";

// Averages of at most so many bars: the products of sums stay within 64 bits for prices up to 3e13.
const SLOW_MAX: i64 = 500;

// The strategy looks at the first instrument of its list and at no other.
const INSTRUMENT: u32 = 0;

let fast: i64 = 10;
let slow: i64 = 20;
let stopLoss: i64 = 0;
let takeProfit: i64 = 0;
let orderSize: i64 = FRACTION_ONE;
const closes: usize = memory.data(4000, 8); // A ring of SLOW_MAX closes; bar n is at n modulo slow.
let bars: i64 = 0;
let sumFast: i64 = 0;
let sumSlow: i64 = 0;
let priceTick: i64 = 1;

const description = '{"name":"sma-cross","version":"1.0.0",'
  + '"summary":"Turns its position round when the fast moving average crosses the slow one.",'
  + '"parameters":['
  + '{"name":"fast","type":"integer","default":10,"min":1,"max":500,'
  + '"help":"Bars in the fast average; fewer than in the slow one."},'
  + '{"name":"slow","type":"integer","default":20,"min":2,"max":500,'
  + '"help":"Bars in the slow average."},'
  + '{"name":"stop_loss","type":"decimal","default":"0","min":"0","max":"0.99",'
  + '"help":"Distance of the stop from the close, as a fraction of it; 0 means no stop."},'
  + '{"name":"take_profit","type":"decimal","default":"0","min":"0","max":"10",'
  + '"help":"Distance of the target from the close, as a fraction of it; 0 means no target."},'
  + '{"name":"size","type":"decimal","default":"1","min":"0.00000001","max":"1",'
  + '"help":"Fraction of the margin available that each position takes."}],'
  + '"series":[{"name":"sma_fast","unit":"price"},{"name":"sma_slow","unit":"price"}]}';

let described: ArrayBuffer | null = null;

export function strategy_describe(): i64 {
  if (!described) described = String.UTF8.encode(description);
  const bytes = described!;
  return result(changetype<usize>(bytes), <u32>bytes.byteLength);
}

export function strategy_init(pointer: usize, length: u32): i32 {
  const params = changetype<ParamsHeader>(pointer);
  if (params.count != 5) {
    log(LogLevel.Error, "sma-cross has five parameters");
    return 1;
  }
  fast = param(params, 0).value;
  slow = param(params, 1).value;
  stopLoss = param(params, 2).value;
  takeProfit = param(params, 3).value;
  orderSize = param(params, 4).value;
  if (fast < 1 || slow > SLOW_MAX || fast >= slow) {
    log(LogLevel.Error, "fast must be at least 1 and less than slow, slow at most 500");
    return 1;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function slot(bar: i64): usize {
  return closes + (<usize>(bar % slow) << 3);
}

/**
 * Takes a close in and tells the side of a cross at this bar, or 0. Sums are compared crosswise, so
 * that nothing is divided and no language rounds otherwise than another.
 */
function addClose(price: i64): u16 {
  const wasFast = sumFast * slow;
  const wasSlow = sumSlow * fast;
  const wasDefined = bars >= slow;
  if (bars >= slow) sumSlow -= load<i64>(slot(bars));
  if (bars >= fast) sumFast -= load<i64>(slot(bars - fast));
  store<i64>(slot(bars), price);
  sumFast += price;
  sumSlow += price;
  bars++;
  if (!wasDefined) return 0;
  const isFast = sumFast * slow;
  const isSlow = sumSlow * fast;
  if (wasFast < wasSlow && isFast > isSlow) return Side.Buy;
  if (wasFast > wasSlow && isFast < isSlow) return Side.Sell;
  return 0;
}

/** An exit contingent on the order ref. Its size stays 0: all that the order opens. */
function addExit(side: u16, ref: u64, parent: u64, type: u16): Submit {
  const exit = add<Submit>(IntentKind.Submit);
  exit.instrument = INSTRUMENT;
  exit.ref = ref;
  exit.side = Side.Buy + Side.Sell - side;
  exit.type = type;
  exit.timeInForce = TimeInForce.GTC;
  exit.sizeKind = SizeKind.Units;
  exit.flags = OrderFlag.ReduceOnly;
  exit.parentRef = parent;
  return exit;
}

function protect(side: u16, ref: u64, price: i64): void {
  let stopFactor = FRACTION_ONE - stopLoss;
  let targetFactor = FRACTION_ONE + takeProfit;
  if (side == Side.Sell) {
    stopFactor = FRACTION_ONE + stopLoss;
    targetFactor = FRACTION_ONE - takeProfit;
  }
  if (stopLoss > 0) {
    addExit(side, ref + 1, ref, OrderType.Stop).stopPrice = priceTimes(price, stopFactor, priceTick);
  }
  if (takeProfit > 0 && targetFactor > 0) { // A short cannot gain more than its whole price.
    addExit(side, ref + 2, ref, OrderType.Limit).price = priceTimes(price, targetFactor, priceTick);
  }
}

function hasPosition(tick: Header): bool {
  const positions = find(tick, SectionKind.Positions);
  if (!positions) return false;
  for (let i: u32 = 0; i < positions.count; i++) {
    const p = at<Position>(tick, positions, i);
    if (p.instrument == INSTRUMENT && p.owner == Owner.Agent && p.quantity != 0) return true;
  }
  return false;
}

/**
 * Closes what there is and opens the other side. Refs come from the tick's sequence, so that no state
 * is needed to keep them apart, and a module that is swapped in does not repeat one.
 */
function turn(tick: Header, side: u16, price: i64): void {
  const ref = tick.sequence * 4;
  if (hasPosition(tick)) {
    const c = add<Close>(IntentKind.Close);
    c.instrument = INSTRUMENT;
    c.ref = ref + 3;
    c.sizeKind = SizeKind.Fraction;
    c.size = FRACTION_ONE;
  }
  const entry = add<Submit>(IntentKind.Submit);
  entry.instrument = INSTRUMENT;
  entry.ref = ref;
  entry.side = side;
  entry.type = OrderType.Market;
  entry.timeInForce = TimeInForce.GTC;
  entry.sizeKind = SizeKind.Fraction;
  entry.size = orderSize;
  protect(side, ref, price);
}

/** Gives the chart an average, rounded to the nearest price. */
function show(series: u32, sum: i64, n: i64): void {
  if (bars < n) return;
  const s = add<Series>(IntentKind.Series);
  s.series = series;
  s.instrument = INSTRUMENT;
  s.value = (2 * sum + n) / (2 * n);
}

export function strategy_tick(pointer: usize, length: u32): i64 {
  const tick = changetype<Header>(pointer);
  begin();
  const instruments = find(tick, SectionKind.Instruments);
  if (instruments) priceTick = at<Instrument>(tick, instruments, INSTRUMENT).priceTick;
  const section = find(tick, SectionKind.Bars);
  if (!section) return 0;
  let crossed: u16 = 0;
  let last: i64 = 0;
  for (let i: u32 = 0; i < section.count; i++) {
    const bar = at<Bar>(tick, section, i);
    if (bar.instrument != INSTRUMENT || !(bar.flags & BarFlag.Closed)) continue;
    const side = addClose(bar.close);
    if (side) crossed = side;
    last = bar.close;
  }
  if (crossed) turn(tick, crossed, last);
  if (last) {
    show(0, sumFast, fast);
    show(1, sumSlow, slow);
  }
  return end();
}
