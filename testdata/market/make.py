#!/usr/bin/env python3
"""Makes the CSV files of this folder out of stocks.csv.gz of the package bokeh_sampledata.

    pip download --no-deps bokeh_sampledata==2026.1 && unzip -o bokeh_sampledata-*.whl
    python3 make.py bokeh_sampledata/_data/stocks.csv.gz

Prices in the package are as traded, so a two-for-one split looks like a fall by half. Everything
before a split is divided by its factor (volumes multiplied), which is what holders of the share saw.
"""
import csv, gzip, sys
from decimal import Decimal

SPLITS = {"AAPL": [("2000-06-21", 2), ("2005-02-28", 2)], "MSFT": [("2003-02-18", 2)]}

rows = {}
with gzip.open(sys.argv[1], "rt") as f:
    for r in csv.DictReader(f):
        rows.setdefault(r["Ticker"], []).append(r)

def plain(d):
    s = format(d.normalize(), "f")
    return s

for ticker, list_ in rows.items():
    with open(f"{ticker}.csv", "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["Date", "Open", "High", "Low", "Close", "Volume"])
        for r in list_:
            factor = 1
            for day, by in SPLITS.get(ticker, []):
                if r["Date"] < day:
                    factor *= by
            prices = [plain(Decimal(r[k]) / factor) for k in ("Open", "High", "Low", "Close")]
            w.writerow([r["Date"], *prices, int(Decimal(r["Volume"])) * factor])
