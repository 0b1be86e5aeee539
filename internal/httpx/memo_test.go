package httpx

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

func TestMemo(t *testing.T) {
	now := time.Unix(1000, 0)
	m := NewMemo[int](func() time.Time { return now }, time.Minute, 4)
	asked := 0
	ask := func() (int, error) { asked++; return asked, nil }
	for range 3 {
		if v, err := m.Get("a", ask); v != 1 || err != nil {
			t.Errorf("%d %v", v, err)
		}
	}
	now = now.Add(time.Minute)
	if v, _ := m.Get("a", ask); v != 2 {
		t.Errorf("what is stale is not asked again: %d", v)
	}
	m.Forget("a")
	if _, err := m.Get("a", func() (int, error) { return 9, errors.New("down") }); err == nil {
		t.Error("an error is lost")
	}
	if v, _ := m.Get("a", ask); v != 3 {
		t.Errorf("an error is remembered: %d", v)
	}
	for n := range 100 {
		m.Put(strconv.Itoa(n), n)
		if v, ok := m.Peek(strconv.Itoa(n)); !ok || v != n {
			t.Errorf("%d is not remembered", n)
		}
	}
	if len(m.m) > 4 {
		t.Errorf("%d things are remembered, want at most 4", len(m.m))
	}
}
