# Five strategies in four languages trade thirteen years of daily share prices, side by side, each on an
# account of its own at a paper venue. Run it with `make demo`, or:
#
#   agenthost run config/demo.hcl --report report.html

variable "cash" {
  description = "What each account begins with, in dollars."
  default     = 10000
}

# Daily bars, 2000-03-01 to 2013-03-01. Exchanges close on holidays that no rule of ours knows, so a
# missing day is not a gap here.
feed "csv" "shares" {
  quality {
    ohlc     = "quarantine"
    calendar = "gaps_expected"
  }
  source "AAPL" { file = "../testdata/market/AAPL.csv" }
  source "FB" { file = "../testdata/market/FB.csv" }
  source "GOOG" { file = "../testdata/market/GOOG.csv" }
  source "IBM" { file = "../testdata/market/IBM.csv" }
  source "MSFT" { file = "../testdata/market/MSFT.csv" }
}

instrument "AAPL" { quote = "USD" }
instrument "FB" { quote = "USD" }
instrument "GOOG" { quote = "USD" }
instrument "IBM" { quote = "USD" }
instrument "MSFT" { quote = "USD" }

# A new order closes what is open and takes its place: what the SMA cross wants.
venue "paper" "one_at_a_time" {
  cash             = var.cash
  commission       = "0.1%"
  exclusive_orders = true
}

# Several positions side by side, with stops and limits: what the breakout strategy wants.
venue "paper" "portfolio" {
  cash       = var.cash
  commission = "0.1%"
}

agent "sma-go" {
  strategy    = "../plugins/examples/sma-cross-go/sma-cross-go.wasm"
  feed        = "shares"
  venue       = "one_at_a_time"
  instruments = ["GOOG"]
}

agent "sma-c" {
  strategy    = "../plugins/examples/sma-cross-c/sma-cross-c.wasm"
  feed        = "shares"
  venue       = "one_at_a_time"
  instruments = ["AAPL"]
  params {
    fast = 20
    slow = 50
  }
}

agent "sma-as" {
  strategy    = "../plugins/examples/sma-cross-as/sma-cross-as.wasm"
  feed        = "shares"
  venue       = "one_at_a_time"
  instruments = ["IBM"]
  params {
    fast      = 50
    slow      = 200
    stop_loss = "0.08"
  }
}

agent "sma-wat" {
  strategy    = "../plugins/examples/sma-cross-wat/sma-cross-wat.wasm"
  feed        = "shares"
  venue       = "one_at_a_time"
  instruments = ["MSFT"]
  params {
    fast = 30
    slow = 100
  }
}

agent "breakout" {
  strategy    = "../plugins/examples/breakout-go/breakout-go.wasm"
  feed        = "shares"
  venue       = "portfolio"
  instruments = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
  risk {
    order_notional_max = 25000
    open_orders_max    = 20
  }
}
