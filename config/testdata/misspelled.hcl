venue "paper" "paper" {
  comission = "0.2%"
}

agent "sma" {
  strategy    = "sma.wasm"
  feed        = "daily"
  venue       = "paper"
  instruments = ["GOOG"]
  on_stop     = "flaten"
}

instrument "GOOG" {}

feed "csv" "daily" {
  instrument = "GOOG"
  file       = "GOOG.csv"
}
