package bolt

import (
	"maps"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// records returns what a log holds after some batches, each of a generation.
func records(id uint64, generations ...int64) []byte {
	var l touchlog
	l.init("", id)
	f := &memory{}
	l.open = func(string) (logFile, error) { return f, nil }
	for i, g := range generations {
		l.news.Load().generation = g
		l.start(int64(1000 * (i + 1)))
		l.add(incident.Key("jira:OPS-1"), int64(1000*(i+1)), int64(1000*(i+1)))
		l.add(incident.Key("github:acme/shop#2"), int64(1000*(i+1)+300), int64(1000*(i+1)))
		l.add(incident.Key("jira:OPS-1"), int64(1000*(i+1)+1), int64(1000*(i+1)))
		if err := l.flush(); err != nil {
			panic(err) // unreachable: memory takes all
		}
	}
	return f.b
}

type memory struct{ b []byte }

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	m.b = append(m.b[:at], b...)
	return len(b), nil
}
func (m *memory) Datasync() error { return nil }
func (m *memory) Close() error    { return nil }

func TestReplay(t *testing.T) {
	b := records(7, 3, 4, 4)
	for _, c := range []struct {
		id         uint64
		generation int64
		want       map[incident.Key]int64
		last       int64
	}{
		{7, 1, map[incident.Key]int64{"jira:OPS-1": 1000, "github:acme/shop#2": 1300}, 3000},
		{7, 4, map[incident.Key]int64{"jira:OPS-1": 2000, "github:acme/shop#2": 2300}, 3000},
		{7, 5, nil, 0},
		{8, 1, nil, 0},
	} {
		p, err := replay(b, c.id, c.generation)
		if err != nil || !maps.Equal(p.at, c.want) || p.last != c.last {
			t.Errorf("of log %d from generation %d came %+v, %v; not %v until %d", c.id, c.generation, p, err, c.want, c.last)
		}
	}
}

// FuzzReplay reads whatever a file may hold. Only what was sealed counts.
func FuzzReplay(f *testing.F) {
	f.Add(records(7, 1, 2))
	f.Add(records(7, 2, 1))
	f.Add([]byte{})
	f.Add(make([]byte, 4096))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := replay(b, 7, 1)
		if err != nil {
			return
		}
		for key, at := range p.at {
			if key == "" || at <= 0 || p.last == 0 {
				t.Errorf("%q is due %d, written %d", key, at, p.last)
			}
		}
	})
}

// FuzzRecord reads what is sealed and yet was never written.
func FuzzRecord(f *testing.F) {
	r, _ := parse(records(7, 1), 7)
	f.Add(r.keys, r.now)
	f.Add([]byte{0, 0}, int64(1))
	f.Add([]byte{0, 200, 1, 'k'}, int64(1))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 'k'}, int64(1))
	f.Fuzz(func(t *testing.T, keys []byte, now int64) {
		p := past{at: map[incident.Key]int64{}}
		if err := p.take(record{now: now, keys: keys}); err != nil {
			return
		}
		for key, at := range p.at {
			if key == "" || at < now || at <= 0 {
				t.Errorf("%q is due %d, touched %d", key, at, now)
			}
		}
	})
}
