package bolt

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/hereby/hereby/internal/incident"
)

const (
	logSuffix = "-touches"
	logSize   = 1 << 20 // of the file, in bytes; it never grows
	maxNews   = 16384   // keys that wait to be folded, about
)

// A record is the touches of one batch, in the integers of the pages:
//
//	uint32 CRC-32C of all that follows
//	uint32 length of all that follows
//	uint64 id · uint64 generation · uint64 ms of the writing
//	uvarint ms after the writing · uvarint length · KEY, for each key
const (
	sealed     = 4 + 4          // what the length does not count
	recordHead = sealed + 3*8   // in front of the keys
	minRecord  = recordHead + 3 // one key of one byte
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// touchlog is the log of touches. It belongs to the writer.
type touchlog struct {
	path string
	open func(path string) (logFile, error)
	id   uint64  // of this opening of the store
	file logFile // nil before the first touch
	end  int64   // where the next record goes
	sick bool    // writing failed: until the next beat touches go into the pages

	record []byte                 // being made
	fresh  map[incident.Key]int64 // what it holds

	news atomic.Pointer[news] // for readers
}

// logFile is the file of a log. What is written is safe after Datasync.
type logFile interface {
	io.WriterAt
	io.Closer
	Datasync() error
}

// news are the touches that the log holds and the pages do not.
type news struct {
	mu         sync.RWMutex
	generation int64 // of the records; pages of a later one hold these touches
	at         map[incident.Key]int64
}

func newNews(generation int64) *news {
	return &news{generation: generation, at: map[incident.Key]int64{}}
}

// touch returns a place as the news make it.
func (n *news) touch(key incident.Key, it item) item {
	if n == nil {
		return it
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if at, ok := n.at[key]; ok {
		it = it.touched(at, 0)
	}
	return it
}

func (n *news) len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.at)
}

// rest returns the keys of which there is no touch as early as at.
func (n *news) rest(keys []incident.Key, at int64) (rest []incident.Key) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, key := range keys {
		if have, ok := n.at[key]; !ok || have > at {
			rest = append(rest, key)
		}
	}
	return rest
}

// all returns a copy of the touches.
func (n *news) all() map[incident.Key]int64 {
	if n == nil {
		return nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	return maps.Clone(n.at)
}

// in reports whether pages of a generation hold these touches.
func (n *news) in(generation int64) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return generation > n.generation
}

func newID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.BigEndian.Uint64(b[:])
}

func (l *touchlog) init(path string, id uint64) {
	l.path, l.open, l.id = path, createLog, id
	l.fresh = map[incident.Key]int64{}
	l.news.Store(newNews(0))
}

// start begins a record.
func (l *touchlog) start(now int64) {
	clear(l.fresh)
	b := append(l.record[:0], make([]byte, sealed)...)
	b = binary.BigEndian.AppendUint64(b, l.id)
	b = binary.BigEndian.AppendUint64(b, uint64(l.news.Load().generation))
	l.record = binary.BigEndian.AppendUint64(b, uint64(now))
}

// add puts a touch into the record, unless it holds an earlier one of the key.
func (l *touchlog) add(key incident.Key, at, now int64) {
	if have, ok := l.fresh[key]; ok && have <= at {
		return
	}
	l.fresh[key] = at
	b := binary.AppendUvarint(l.record, uint64(at-now))
	b = binary.AppendUvarint(b, uint64(len(key)))
	l.record = append(b, key...)
}

// fits reports whether the log takes the record.
func (l *touchlog) fits() bool {
	return l.end+int64(len(l.record)) <= logSize && l.news.Load().len()+len(l.fresh) <= maxNews
}

// flush makes the record durable, and its touches news.
func (l *touchlog) flush() (err error) {
	if l.file == nil {
		if l.file, err = l.open(l.path); err != nil {
			l.file = nil
			return err
		}
	}
	binary.BigEndian.PutUint32(l.record[4:], uint32(len(l.record)-sealed))
	binary.BigEndian.PutUint32(l.record, crc32.Checksum(l.record[4:], castagnoli))
	if _, err := l.file.WriteAt(l.record, l.end); err != nil {
		return err
	}
	if err := l.file.Datasync(); err != nil {
		return err
	}
	l.end += int64(len(l.record))
	n := l.news.Load()
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, at := range l.fresh {
		n.at[key] = earlier(n.at[key], at)
	}
	return nil
}

// next returns the generation of pages into which all news are folded.
func (l *touchlog) next() int64 { return l.news.Load().generation + 1 }

// folded starts the log over under the next generation. Nothing is written: at
// its next opening what the file still holds is known by its generation.
func (l *touchlog) folded() {
	l.news.Store(newNews(l.next()))
	l.end = 0
}

// unsure is told when the pages of the next generation, which it returns, may
// or may not have reached the disk. Records that follow count in either case.
func (l *touchlog) unsure() int64 {
	n := l.news.Load()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.generation++
	return n.generation
}

// close closes the log, and removes it if the pages hold all of it.
func (l *touchlog) close() (err error) {
	if l.file != nil {
		err = l.file.Close()
	}
	if l.news.Load().len() == 0 {
		if gone := os.Remove(l.path); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// createLog makes the log's file. It is as long as it will ever be and its
// blocks are written, so that a sync has nothing but data to write.
func createLog(path string) (logFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|writeThrough, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err = f.WriteAt(make([]byte, logSize), 0); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return diskLog{f}, nil
}

type diskLog struct{ *os.File }

func (d diskLog) Datasync() error { return datasync(d.File) }

// past is what a log holds that the pages do not.
type past struct {
	at   map[incident.Key]int64
	last int64 // when it was last written to, ms; 0 if never
}

// readLog returns what the log at path holds for pages of an id and generation.
// Without a file that is nothing.
func readLog(path string, id uint64, generation int64) (past, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return past{}, nil
	}
	if err != nil {
		return past{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, logSize))
	if err != nil {
		return past{}, err
	}
	p, err := replay(b, id, generation)
	if err != nil {
		return past{}, fmt.Errorf("%s, the log beside it, %w: what was acknowledged there cannot be read. "+
			"Keep a copy and move the log away: what it held is found by the next sweep of the tracker", path, err)
	}
	return p, nil
}

// replay reads records until the first that is none: there the log ends, or a
// write was torn that nobody was told of. If a record that counts stands behind
// it, it was acknowledged once, and the log is damaged.
func replay(b []byte, id uint64, generation int64) (past, error) {
	p := past{at: map[incident.Key]int64{}}
	at := 0
	for {
		r, size := parse(b[at:], id)
		if size == 0 {
			break
		}
		if r.generation >= generation {
			if err := p.take(r); err != nil {
				return past{}, fmt.Errorf("holds at byte %d %w", at, err)
			}
		}
		at += size
	}
	if next := behind(b, at, id, generation); next != 0 {
		return past{}, fmt.Errorf("is damaged between the bytes %d and %d", at, next)
	}
	return p, nil
}

// behind returns where, behind a place, a record starts that counts; 0 if none does.
func behind(b []byte, at int, id uint64, generation int64) int {
	for at++; at+minRecord <= len(b); at++ {
		if binary.BigEndian.Uint64(b[at+sealed:]) != id || int64(binary.BigEndian.Uint64(b[at+sealed+8:])) < generation {
			continue
		}
		if _, size := parse(b[at:], id); size != 0 {
			return at
		}
	}
	return 0
}

type record struct {
	generation, now int64
	keys            []byte
}

// parse returns the record at the start of b and its size; 0 if there is none.
func parse(b []byte, id uint64) (record, int) {
	if len(b) < minRecord || binary.BigEndian.Uint64(b[sealed:]) != id {
		return record{}, 0
	}
	length := int64(binary.BigEndian.Uint32(b[4:]))
	if length < minRecord-sealed || length > int64(len(b)-sealed) {
		return record{}, 0
	}
	size := sealed + int(length)
	if crc32.Checksum(b[4:size], castagnoli) != binary.BigEndian.Uint32(b) {
		return record{}, 0
	}
	return record{
		generation: int64(binary.BigEndian.Uint64(b[sealed+8:])),
		now:        int64(binary.BigEndian.Uint64(b[sealed+16:])),
		keys:       b[recordHead:size],
	}, size
}

var errRecord = errors.New("a record that no hereby wrote")

// take adds the touches of a record.
func (p *past) take(r record) error {
	p.last = max(p.last, r.now)
	for b := r.keys; len(b) > 0; {
		after, n := binary.Uvarint(b)
		if n <= 0 {
			return errRecord
		}
		length, m := binary.Uvarint(b[n:])
		if m <= 0 || length == 0 || length > uint64(len(b)-n-m) {
			return errRecord
		}
		at := r.now + int64(after)
		if at < r.now || at <= 0 {
			return errRecord
		}
		key := incident.Key(b[n+m : n+m+int(length)])
		p.at[key] = earlier(p.at[key], at)
		b = b[n+m+int(length):]
	}
	return nil
}
