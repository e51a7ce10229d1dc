# Ten mistakes, one of each kind that is made most.
instrument "GOOG" {
  price_decimals = 2
  tick           = "0.001"
}

feed "csv" "daily" {
  instrument = "GOOG"
  file       = "GOGO.csv"
  interval   = 5
}

venue "paper" "paper" {
  cash      = "10,000"
  comission = 0.002
}

agent "sma" {
  feed        = "dayly"
  venue       = paper
  instruments = ["GOOG"]
  on_stop     = "flaten"
}

chaos {}
