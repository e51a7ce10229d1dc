package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agenthost/agenthost/host/journal"
)

// journalCounters are what is counted of the journal's device.
type journalCounters struct {
	appends, failures, entries, bytes prometheus.Counter
	flush                             prometheus.Observer
}

func newJournalCounters(f factory) journalCounters {
	return journalCounters{
		appends:  f.counter("journal_appends_total", "Transactions that the journal's device was given, each with one wait for the disk."),
		failures: f.counter("journal_append_failures_total", "Transactions of the journal that failed, in whole or for one of their streams."),
		entries:  f.counter("journal_entries_total", "Entries that became durable."),
		bytes:    f.counter("journal_appended_bytes_total", "Bytes of entries that became durable."),
		flush:    f.histograms("journal_flush_duration_seconds", "Transactions of the journal, until they are durable.", storing).WithLabelValues(),
	}
}

// device is a journal.Device that is measured. Everything else is the device's own.
type device struct {
	journal.Device
	counters *journalCounters
}

// Device measures a journal's device.
func (s *Set) Device(inner journal.Device) journal.Device { return &device{inner, &s.journal} }

// Append stores the batches and counts what became durable.
func (d *device) Append(batches []journal.Batch) error {
	began := time.Now()
	err := d.Device.Append(batches)
	d.counters.flush.Observe(time.Since(began).Seconds())
	d.counters.appends.Inc()
	failed := err != nil
	for i := range batches {
		b := &batches[i]
		if err != nil || b.Err != nil {
			failed = true
			continue
		}
		for k := range b.Frames {
			f := &b.Frames[k]
			d.counters.entries.Add(float64(f.Last - f.First + 1))
			d.counters.bytes.Add(float64(len(f.Bytes)))
		}
	}
	if failed {
		d.counters.failures.Inc()
	}
	return err
}
