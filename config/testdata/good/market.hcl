variable "cash" {
  type    = number
  default = 10000
}

instrument "GOOG" {}

feed "csv" "daily" {
  instrument = "GOOG"
  file       = "GOOG.csv"
}

venue "paper" "paper" {
  cash = var.cash
}
