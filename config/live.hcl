# A live run to try out: a strategy trades prices that are made up, at a paper exchange in a process of its
# own. No money is at stake. In one terminal:
#
#   export VENUE_KEY=try-me
#   agenthost venue --listen 127.0.0.1:8750 --key-env VENUE_KEY --synthetic 7 --symbols A,B --interval 1s
#
# and in another:
#
#   export VENUE_KEY=try-me
#   agenthost run config/live.hcl

variable "venue" {
  description = "Where the exchange listens."
  default     = "http://127.0.0.1:8750"
}

host {
  orders_rate = "50/1s"
  alert "log" "operator" {
    level_min    = "warning"
    repeat_every = "10m"
  }
}

instrument "A" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}

instrument "B" {
  kind              = "spot"
  price_decimals    = 4
  quantity_decimals = 4
}

feed "live" "prices" {
  url         = var.venue
  key_env     = "VENUE_KEY"
  instruments = ["A", "B"]
  interval    = "1s"
}

# The exchange keeps an Idempotency-Key for ever: an order whose reply was lost may be sent again.
venue "http" "exchange" {
  base_url = var.venue
  key_env  = "VENUE_KEY"
  test     = true
  dedupe   = "forever"
}

agent "breakout" {
  strategy    = "../plugins/examples/breakout-go/breakout-go.wasm"
  feed        = "prices"
  venue       = "exchange"
  account     = "main"
  instruments = ["A", "B"]
  capital     = 10000
  risk {
    order_notional_max    = 12000
    position_notional_max = 20000
    exposure_max          = 30000
    open_orders_max       = 20
    price_collar          = "5%"
    price_collar_close    = "20%"
  }
  modes {
    drawdown_max     = "25%"
    drawdown_day_max = "15%"
  }
}
