# The run that a peer nobody here wrote (backtesting.py 0.6.6) has figures for: SMA cross 10/20 over
# GOOG, all in, 0.2 % commission, the last trade left open. Every cost and rule is a variable, so that
# other data and other rules can be tried from the command line:
#
#   agenthost run testdata/golden/sma_goog.hcl --var data=../shared/data/GOOG.csv --json

variable "data" {
  description = "CSV file with daily bars."
  default     = "../market/GOOG.csv"
}
variable "strategy" {
  description = "Module to run: any of plugins/examples/sma-cross-*."
  default     = "../../plugins/examples/sma-cross-c/sma-cross-c.wasm"
}
variable "fast" { default = 10 }
variable "slow" { default = 20 }
variable "size" { default = 1 }
variable "stop_loss" { default = 0 }
variable "take_profit" { default = 0 }
variable "cash" { default = 10000 }
variable "commission" { default = "0.002" }
variable "fee_fixed" { default = 0 }
variable "spread" { default = 0 }
variable "margin" { default = 1 }
variable "trade_on_close" { default = false }
variable "exclusive_orders" { default = true }
variable "finalize_trades" { default = false }
variable "slippage_volume" { default = 0 }
variable "lot" { default = 1 }
variable "quantity_decimals" { default = 0 }

feed "csv" "bars" {
  instrument = "GOOG"
  file       = var.data
}

instrument "GOOG" {
  kind              = "share"
  quote             = "USD"
  quantity_decimals = var.quantity_decimals
  lot               = var.lot
}

venue "paper" "exchange" {
  cash             = var.cash
  commission       = var.commission
  fee_fixed        = var.fee_fixed
  spread           = var.spread
  margin           = var.margin
  trade_on_close   = var.trade_on_close
  exclusive_orders = var.exclusive_orders
  finalize_trades  = var.finalize_trades
  slippage_volume  = var.slippage_volume
}

agent "sma" {
  strategy    = var.strategy
  feed        = "bars"
  venue       = "exchange"
  instruments = ["GOOG"]
  params {
    fast        = var.fast
    slow        = var.slow
    size        = var.size
    stop_loss   = var.stop_loss
    take_profit = var.take_profit
  }
}
