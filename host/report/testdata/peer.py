"""Writes peer.json: random runs of backtesting.py 0.6.6 and the statistics that it makes of them.

    pip install backtesting==0.6.6 && python3 testdata/peer.py > testdata/peer.json

The peer is run, nothing of it is copied. Each case holds what a Recorder is told (times, closes, equity,
trades) and what it must come to.
"""
import json
import math
import random
import warnings

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

warnings.filterwarnings("ignore")

CALENDARS = {  # name: (pandas frequency, first day, rows at least and at most)
    "daily": ("B", "2019-01-01", 40, 160),
    "daily_with_weekends": ("D", "2020-02-20", 40, 160),
    "weekly": ("W-FRI", "2010-01-01", 30, 110),
    "monthly": ("ME", "1999-12-01", 24, 90),
    "yearly": ("YE", "1970-01-01", 12, 40),
    "hourly": ("h", "2021-03-05 07:00", 60, 180),
    "business_hours": ("bh", "2022-06-01", 60, 180),
    "minutes": ("7min", "2022-12-30 21:00", 60, 180),
}


def prices(rng, n):
    close = 100 * np.exp(np.cumsum(rng.normal(0.0005, rng.choice([0.004, 0.02, 0.05]), n)))
    start = close * np.exp(rng.normal(0, 0.006, n))
    high = np.maximum(start, close) * (1 + np.abs(rng.normal(0, 0.008, n)))
    low = np.minimum(start, close) * (1 - np.abs(rng.normal(0, 0.008, n)))
    return pd.DataFrame({"Open": start, "High": high, "Low": low, "Close": close}).round(4)


def strategy(seed, warmup, pace, kind):
    rnd = random.Random(seed)

    class Random(Strategy):
        def init(self):
            if warmup > 1:
                self.mean = self.I(lambda c: pd.Series(c).rolling(warmup).mean(), self.data.Close)

        def next(self):
            if kind == "idle" or rnd.random() > pace:
                return
            act, price = rnd.random(), self.data.Close[-1]
            if act < 0.25:
                self.position.close(rnd.choice([1.0, 1.0, 0.5]))
                return
            size = rnd.choice([0.1, 0.3, 0.9, 1, 3, 7])
            stop = {}
            if rnd.random() < 0.4:
                stop = {"sl": price * 0.94, "tp": price * 1.08}
            if kind == "long" or act < 0.6:
                self.buy(size=size, **stop)
            else:
                if stop:
                    stop = {"sl": price * 1.06, "tp": price * 0.92}
                self.sell(size=size, **stop)

    return Random


def plain(v):
    if isinstance(v, pd.Timedelta):
        return v.value
    v = float(v)
    return v if math.isfinite(v) else None


def case(seed, calendar, kind):
    rng, rnd = np.random.default_rng(seed), random.Random(seed)
    freq, first, least, most = CALENDARS[calendar]
    n = rnd.randint(least, most)
    data = prices(rng, n)
    data.index = pd.date_range(first, periods=n, freq=freq)
    if calendar == "daily" and rnd.random() < 0.5:  # holidays
        data = data.drop(data.index[rng.choice(np.arange(1, n - 1), n // 20, replace=False)])
    warmup = rnd.choice([1, 5, 12])
    # A fixed fee is paid once by us and once per part by the peer where a lot is closed in parts, which
    # the venue's tests are about; here fees are proportional.
    s = Backtest(
        data, strategy(seed, warmup, rnd.choice([0.1, 0.3, 0.6]), kind), cash=10_000,
        commission=rnd.choice([0, 0.001, 0.004]), spread=rnd.choice([0, 0.002]),
        margin=rnd.choice([1, 1, 0.25]) if kind != "long" else 1,
        trade_on_close=rnd.random() < 0.3, exclusive_orders=rnd.random() < 0.4,
        finalize_trades=rnd.random() < 0.5,
    ).run()
    trades, curve = s["_trades"], s["_equity_curve"]
    fall = curve["DrawdownPct"]
    if ((fall > 0) & (fall < 1e-11)).any():
        return None  # a float that misses its own peak by a bit; with integers there is no such drawdown
    drawn = curve["DrawdownDuration"].dropna()
    if drawn.dtype == float:
        drawn = drawn[:0]  # a drawdown of the last row alone: the peer puts its depth where durations are
    stats = {k: plain(s[k]) for k in s.index if k not in ("Start", "End", "Duration") and not k.startswith("_")}
    # The peer rounds durations up to the bars' resolution; the exact ones are these.
    for name, of in (("Drawdown", drawn), ("Trade", trades["Duration"])):
        stats[f"Max. {name} Duration"] = plain(of.max()) if len(of) else None
        stats[f"Avg. {name} Duration"] = sum(d.value for d in of) / len(of) if len(of) else None
    return {
        "name": f"{calendar}/{kind}/{seed}",
        "first_trading_bar": warmup - 1,
        "times": [int(t.timestamp()) for t in data.index],
        "closes": [data["Close"].iloc[warmup - 1], data["Close"].iloc[-1]],  # all that buy and hold needs
        "equity": [round(e, 8) for e in curve["Equity"]],
        "trades": [
            {"size": int(t.Size), "entry_bar": int(t.EntryBar), "exit_bar": int(t.ExitBar),
             "entry_price": round(t.EntryPrice, 8), "exit_price": round(t.ExitPrice, 8),
             "fees": round(t.Commission, 8), "pnl": round(t.PnL, 8), "return": round(t.ReturnPct, 12)}
            for t in trades.itertuples()
        ],
        "stats": stats,
    }


def main():
    cases, seed = [], 1
    for calendar in CALENDARS:
        for kind in ("both", "both", "both", "long", "long", "both", "idle"):
            made = None
            while made is None:
                made, seed = case(seed, calendar, kind), seed + 1
            cases.append(made)
    print("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]")


main()
