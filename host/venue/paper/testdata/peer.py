#!/usr/bin/env python3
"""Makes up markets and orders, lets backtesting.py 0.6.6 trade them, and writes down what it did.

    pip install backtesting==0.6.6
    python3 peer.py 250 1 peer.json.gz            # what is checked in
    python3 peer.py 5000 1000 /tmp/big.json.gz    # more of it; set PAPER_PEER=/tmp/big.json.gz for go test

The peer is run, never read. Prices are made in cents and written as integers of 10^-2, so that both sides
begin from the same numbers. Scripts leave out what the venue does otherwise on purpose (see doc.go): plain
stops with trade_on_close, and several orders on a bar with exclusive orders.
"""
import gzip, json, random, sys, warnings

warnings.filterwarnings("ignore")
import pandas as pd
from backtesting import Backtest, Strategy

CLASSES = ["plain", "market_bracket", "limit_bracket", "stop_bracket", "mixed"]


def market(r, n):
    """Bars in cents: a random walk with gaps, on a coarse grid now and then so that prices tie."""
    grid = r.choice([1, 1, 1, 5, 25, 100])
    price, vol = r.choice([2000, 5000, 10000, 30000]), r.choice([0.005, 0.01, 0.03, 0.08])
    snap = lambda x: max(grid, int(round(x / grid)) * grid)
    bars, close = [], price
    for _ in range(n):
        o = snap(close * (1 + r.gauss(0, vol / 2)) if r.random() < 0.4 else close)
        c = snap(o * (1 + r.gauss(0, vol)))
        h = snap(max(o, c) * (1 + abs(r.gauss(0, vol / 2))))
        l = snap(min(o, c) * (1 - min(0.9, abs(r.gauss(0, vol / 2)))))
        bars.append([o, max(h, o, c), min(l, o, c), c])
        close = c
    return bars


def script(r, bars, cfg, kind):
    """Orders and cancels for each bar. Prices are in cents, relative to that bar's close."""
    ops, orders = [], 0
    rate = r.choice([0.1, 0.2, 0.4])
    for i in range(1, len(bars)):
        if r.random() > rate:
            continue
        for _ in range(1 if cfg["exclusive"] else r.choice([1, 1, 1, 2, 3])):
            roll = r.random()
            if roll < 0.08:
                ops.append({"bar": i, "op": "close"})
            elif roll < 0.16 and orders:
                ops.append({"bar": i, "op": "cancel", "order": r.randrange(orders)})
            else:
                ops.append({"bar": i, "op": "order", **order(r, bars[i][3], cfg, kind)})
                orders += 1
    return ops


def order(r, close, cfg, kind):
    buy = r.random() < 0.5
    away = lambda lo, hi: r.uniform(lo, hi) * r.choice([0.01, 0.03, 0.1])
    cents = lambda x: max(1, int(round(x)))
    o = {"side": "buy" if buy else "sell"}
    roll = r.random()
    if roll < 0.3:
        o["fraction"] = None  # all
    elif roll < 0.55:
        o["fraction"] = r.choice([0.05, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.95])
    else:
        o["units"] = r.randint(1, max(1, int(cfg["cash"] / (close / 100) / cfg["margin"] / r.choice([1, 2, 4, 10]))))
    types = ["market", "limit"] + ([] if cfg["trade_on_close"] else ["stop"])
    if kind in ("plain", "mixed"):
        types += ["stop_limit"]
    t = r.choice(types)
    if t in ("limit", "stop_limit"):
        o["limit"] = cents(close * (1 + away(-1, 1)))
    if t in ("stop", "stop_limit"):
        o["stop"] = cents(close * (1 + away(-1, 1)))
    if (kind == t + "_bracket" or (kind == "mixed" and t != "stop_limit")) and r.random() < 0.8:
        base = o.get("limit") or o.get("stop") or close * (1 + cfg["spread"] if buy else 1 - cfg["spread"])
        sign = 1 if buy else -1
        gap = cents(base * 0.0011) + 1
        if r.random() < 0.8:
            o["sl"] = max(1, cents(base - sign * base * abs(away(0, 1))) - sign * gap)
        if r.random() < 0.8:
            o["tp"] = cents(base + sign * base * abs(away(0, 1))) + sign * gap
        if buy and (o.get("sl", 0) >= base or o.get("tp", 1e18) <= base) or not buy and (o.get("sl", 1e18) <= base or o.get("tp", 0) >= base or o.get("tp", 1) < 1):
            o.pop("sl", None), o.pop("tp", None)
    return o


def play(bars, ops, cfg):
    frame = pd.DataFrame(bars, columns=["Open", "High", "Low", "Close"]) / 100
    frame["Volume"] = 1000
    frame.index = pd.date_range("2020-01-01", periods=len(bars))
    by_bar = {}
    for op in ops:
        by_bar.setdefault(op["bar"], []).append(op)

    class Scripted(Strategy):
        def init(self):
            self.sent = []

        def next(self):
            for op in by_bar.get(len(self.data) - 1, []):
                if op["op"] == "close":
                    self.position.close()
                elif op["op"] == "cancel":
                    if op["order"] < len(self.sent) and self.sent[op["order"]] in self.orders:
                        self.sent[op["order"]].cancel()
                else:
                    args = {k: op[k] / 100 for k in ("limit", "stop", "sl", "tp") if k in op}
                    if "units" in op:
                        args["size"] = op["units"]
                    elif op["fraction"] is not None:
                        args["size"] = op["fraction"]
                    self.sent.append((self.buy if op["side"] == "buy" else self.sell)(**args))

    stats = Backtest(
        frame, Scripted, cash=cfg["cash"], spread=cfg["spread"], commission=(cfg["fixed"], cfg["commission"]),
        margin=cfg["margin"], trade_on_close=cfg["trade_on_close"], exclusive_orders=cfg["exclusive"],
        hedging=False, finalize_trades=cfg["finalize"],
    ).run()
    t = stats._trades
    closed = [[int(a), int(b), int(c), float(d), float(e), float(f)] for a, b, c, d, e, f in
              zip(t.Size, t.EntryBar, t.ExitBar, t.EntryPrice, t.ExitPrice, t.PnL)]
    held = [[int(t.size), int(t.entry_bar), float(t.entry_price)] for t in stats._strategy.trades]
    return closed, held, [float(x) for x in stats._equity_curve.Equity]


def case(seed):
    r = random.Random(seed)
    cfg = {
        "cash": r.choice([1000, 10000, 100000]), "spread": r.choice([0, 0, 0.001, 0.0025, 0.01]),
        "commission": r.choice([0, 0.001, 0.002, 0.0075]), "fixed": r.choice([0, 0, 1, 2.5]),
        "margin": r.choice([1, 1, 0.5, 0.1, 0.05]), "trade_on_close": r.random() < 0.3,
        "exclusive": r.random() < 0.35, "finalize": r.random() < 0.4,
    }
    kind = CLASSES[seed % len(CLASSES)]
    if kind == "stop_bracket":
        cfg["trade_on_close"] = False
    bars = market(r, r.choice([20, 40, 60]))
    ops = script(r, bars, cfg, kind)
    closed, held, equity = play(bars, ops, cfg)
    return {"seed": seed, "kind": kind, "config": cfg, "bars": bars, "ops": ops, "trades": closed, "open": held,
            "equity": [round(e, 7) for e in equity]}


def main():
    count, seed, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    cases = [case(s) for s in range(seed, seed + count)]
    with open(path, "wb") as f:
        with gzip.GzipFile(filename="", mode="wb", fileobj=f, mtime=0) as z:
            z.write(json.dumps(cases, separators=(",", ":")).encode())
    print(len(cases), "scripts,", sum(len(c["trades"]) for c in cases), "trades,", sum(c["equity"][-1] == 0 for c in cases), "bankrupt")


if __name__ == "__main__":
    main()
