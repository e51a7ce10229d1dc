agent "sma" {
  strategy    = "sma.wasm"
  feed        = "daily"
  venue       = "paper"
  instruments = ["GOOG"]
  params {
    fast = 10
  }
}
