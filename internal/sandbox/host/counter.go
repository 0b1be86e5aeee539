package host

import (
	"maps"
	"sync"
)

// Counter counts API requests and what they were answered. The zero value is
// ready; it is safe for requests that come at once.
type Counter struct {
	mu      sync.Mutex
	total   int
	routes  map[string]int
	answers map[int]int
}

// Asked counts a request to a route, and returns how many there were of all
// since the server began.
func (c *Counter) Asked(route string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.routes == nil {
		c.routes = map[string]int{}
	}
	c.total++
	c.routes[route]++
	return c.total
}

// Answered counts an answer by its status.
func (c *Counter) Answered(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[int]int{}
	}
	c.answers[status]++
}

// Total returns how many requests there were since the server began.
func (c *Counter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Requests returns how many API requests came in since the last reset, by
// method and route, such as "GET /repos/{owner}/{repo}/issues/{number}".
// Requests to no known route are under "other". Requests that a fault
// swallowed count.
func (c *Counter) Requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.routes)
}

// Answers returns how many answers were sent since the last reset, by status.
func (c *Counter) Answers() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.answers)
}

// ResetRequests starts Requests and Answers anew; the n of Options.Fault
// counts on.
func (c *Counter) ResetRequests() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.routes)
	clear(c.answers)
}
