package command

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	kyiv := time.FixedZone("EET", 2*60*60)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		berlin = nil // a machine without zones
	}
	for _, tt := range []struct {
		text string
		at   string
		zone *time.Location
		want string
	}{
		{"13:05", "2026-03-01T14:00:00Z", nil, "2026-03-01T13:05:00Z"},
		{"9:05", "2026-03-01T14:00:00Z", nil, "2026-03-01T09:05:00Z"},
		{"13:05:30", "2026-03-01T14:00:00Z", nil, "2026-03-01T13:05:30Z"},
		{"13:05", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T11:05:00Z"},
		{"13:05Z", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T13:05:00Z"},
		{"13:05 UTC", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T13:05:00Z"},
		{"13:05 utc,", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T13:05:00Z"},
		{"14:04", "2026-03-01T14:00:00Z", nil, "2026-03-01T14:04:00Z"},  // clocks differ
		{"14:06", "2026-03-01T14:00:00Z", nil, "2026-02-28T14:06:00Z"},  // so it was yesterday
		{"23:50", "2026-03-01T00:10:00Z", nil, "2026-02-28T23:50:00Z"},  // past midnight
		{"23:50", "2026-03-01T22:30:00Z", kyiv, "2026-03-01T21:50:00Z"}, // it is 00:30 there
		{"00:20", "2026-03-01T22:30:00Z", kyiv, "2026-03-01T22:20:00Z"},
		{"13:05", "2026-03-29T14:00:00Z", berlin, "2026-03-29T11:05:00Z"}, // summer time began that night
		{"23:05", "2026-03-29T10:00:00Z", berlin, "2026-03-28T22:05:00Z"}, // the day before it had not
		{"23:50", "2026-03-29T22:30:00Z", berlin, "2026-03-29T21:50:00Z"}, // nor is a day always 24 hours
		{"-10m", "2026-03-01T14:00:00Z", nil, "2026-03-01T13:50:00Z"},
		{"-10min", "2026-03-01T14:00:00Z", nil, "2026-03-01T13:50:00Z"},
		{"-1h30m", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T12:30:00Z"},
		{"-1.5h", "2026-03-01T14:00:00Z", kyiv, "2026-03-01T12:30:00Z"},
		{"2026-02-27T10:00:00+01:00", "2026-03-01T14:00:00Z", kyiv, "2026-02-27T09:00:00Z"},
		{"2026-02-27t10:00z", "2026-03-01T14:00:00Z", kyiv, "2026-02-27T10:00:00Z"},
		{"2026-02-27T10:00", "2026-03-01T14:00:00Z", kyiv, "2026-02-27T08:00:00Z"},
		{"2026-02-27 10:00", "2026-03-01T14:00:00Z", kyiv, "2026-02-27T08:00:00Z"},
		{"2026-02-27 10:00:01Z", "2026-03-01T14:00:00Z", kyiv, "2026-02-27T10:00:01Z"},
	} {
		if tt.zone == nil && berlin == nil {
			continue
		}
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		ctx := Context{At: at, Zone: tt.zone}
		for _, line := range []string{"/restored " + tt.text, "/note " + tt.text + " it began"} {
			p := Parse([]string{line}, ctx)[0]
			if got := p.Command.When.Format(time.RFC3339); p.Err != "" || got != tt.want {
				t.Errorf("%q at %s: %s %s, want %s", line, tt.at, got, p.Err, tt.want)
			}
			if want := map[string]string{"note": "it began"}[p.Command.Word]; p.Command.Text != want {
				t.Errorf("%q: text %q", line, p.Command.Text)
			}
		}
	}
}
