package abi

import (
	"testing"
	"unsafe"
)

func TestRecordSizesAreThoseOfVersion1(t *testing.T) {
	sizes := map[string][2]uintptr{
		"Header":       {unsafe.Sizeof(Header{}), 96},
		"Section":      {unsafe.Sizeof(Section{}), 12},
		"Currency":     {unsafe.Sizeof(Currency{}), uintptr(strideMin[SectionCurrencies])},
		"Instrument":   {unsafe.Sizeof(Instrument{}), uintptr(strideMin[SectionInstruments])},
		"Bar":          {unsafe.Sizeof(Bar{}), uintptr(strideMin[SectionBars])},
		"Quote":        {unsafe.Sizeof(Quote{}), uintptr(strideMin[SectionQuotes])},
		"Trade":        {unsafe.Sizeof(Trade{}), uintptr(strideMin[SectionTrades])},
		"FeedHealth":   {unsafe.Sizeof(FeedHealth{}), uintptr(strideMin[SectionFeedHealth])},
		"Balance":      {unsafe.Sizeof(Balance{}), uintptr(strideMin[SectionBalances])},
		"Account":      {unsafe.Sizeof(Account{}), uintptr(strideMin[SectionAccount])},
		"Position":     {unsafe.Sizeof(Position{}), uintptr(strideMin[SectionPositions])},
		"OpenOrder":    {unsafe.Sizeof(OpenOrder{}), uintptr(strideMin[SectionOpenOrders])},
		"Event":        {unsafe.Sizeof(Event{}), uintptr(strideMin[SectionEvents])},
		"OutputHeader": {unsafe.Sizeof(OutputHeader{}), 32},
		"Submit":       {unsafe.Sizeof(Submit{}), uintptr(recordSizes[IntentSubmit])},
		"Cancel":       {unsafe.Sizeof(Cancel{}), uintptr(recordSizes[IntentCancel])},
		"CancelAll":    {unsafe.Sizeof(CancelAll{}), uintptr(recordSizes[IntentCancelAll])},
		"Replace":      {unsafe.Sizeof(Replace{}), uintptr(recordSizes[IntentReplace])},
		"Close":        {unsafe.Sizeof(Close{}), uintptr(recordSizes[IntentClose])},
		"Timer":        {unsafe.Sizeof(Timer{}), uintptr(recordSizes[IntentTimer])},
		"Series":       {unsafe.Sizeof(Series{}), uintptr(recordSizes[IntentSeries])},
		"Alert":        {unsafe.Sizeof(Alert{}), uintptr(recordSizes[IntentAlert])},
		"ParamsHeader": {unsafe.Sizeof(ParamsHeader{}), 24},
		"Param":        {unsafe.Sizeof(Param{}), 24},
		"StateHeader":  {unsafe.Sizeof(StateHeader{}), 48},
	}
	for name, s := range sizes {
		if s[0] != s[1] {
			t.Errorf("%s is %d bytes, want %d", name, s[0], s[1])
		}
	}
}
