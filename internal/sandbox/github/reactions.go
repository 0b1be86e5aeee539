package github

import (
	"net/http"
	"slices"
	"time"
)

type reaction struct {
	id      int64
	user    *user
	content string
	created time.Time
}

var contents = []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"}

// rollup counts the reactions to one thing.
type rollup struct {
	URL      string `json:"url"`
	Total    int    `json:"total_count"`
	PlusOne  int    `json:"+1"`
	MinusOne int    `json:"-1"`
	Laugh    int    `json:"laugh"`
	Hooray   int    `json:"hooray"`
	Confused int    `json:"confused"`
	Heart    int    `json:"heart"`
	Rocket   int    `json:"rocket"`
	Eyes     int    `json:"eyes"`
}

func (s *Server) rollup(of string, rs []*reaction) *rollup {
	count := func(content string) (n int) {
		for _, r := range rs {
			if r.content == content {
				n++
			}
		}
		return n
	}
	return &rollup{of + "/reactions", len(rs), count("+1"), count("-1"), count("laugh"), count("hooray"), count("confused"),
		count("heart"), count("rocket"), count("eyes")}
}

type reactionView struct {
	ID        int64     `json:"id"`
	NodeID    string    `json:"node_id"`
	User      *userView `json:"user"`
	Content   string    `json:"content"`
	CreatedAt jsonTime  `json:"created_at"`
}

func (s *Server) reactionView(r *reaction) reactionView {
	return reactionView{r.id, nodeID("REA", r.id), s.maybeUser(r.user), r.content, jsonTime(r.created)}
}

// react adds a reaction, unless this person has reacted so before. It changes
// no updated_at and is told to no hook.
func (s *Server) react(by *identity, i *issue, to *[]*reaction, content string) (r *reaction, fresh bool, err error) {
	if err := s.mayWrite(by, i.repo, Read); err != nil {
		return nil, false, err
	}
	if i.locked && s.mayWrite(by, i.repo, Write) != nil {
		return nil, false, forbidden("Unable to create reaction because issue is locked.")
	}
	if !slices.Contains(contents, content) {
		return nil, false, invalid("Reaction", "content", "invalid", content)
	}
	for _, r := range *to {
		if r.user == by.user && r.content == content {
			return r, false, nil
		}
	}
	r = &reaction{s.id(), by.user, content, s.now()}
	*to = append(slices.Clone(*to), r)
	return r, true, nil
}

func (s *Server) unreact(by *identity, i *issue, to *[]*reaction, id int64) error {
	n := slices.IndexFunc(*to, func(r *reaction) bool { return r.id == id })
	if n < 0 {
		return notFound()
	}
	if (*to)[n].user != by.user {
		if err := s.mayWrite(by, i.repo, Admin); err != nil {
			return err
		}
	}
	*to = slices.Delete(slices.Clone(*to), n, n+1)
	return nil
}

// reactable finds what a reaction route is about: a comment or an issue.
func (c *call) reactable() (*issue, *[]*reaction, error) {
	if c.issue != nil {
		return c.issue, &c.issue.reactions, nil
	}
	x, err := c.loadComment()
	if err != nil {
		return nil, nil, err
	}
	return x.issue, &x.reactions, nil
}

func listReactions(c *call) (int, any, error) {
	_, to, err := c.reactable()
	if err != nil {
		return 0, nil, err
	}
	want := c.r.URL.Query().Get("content")
	var out []reactionView
	for _, r := range *to {
		if want == "" || r.content == want {
			out = append(out, c.s.reactionView(r))
		}
	}
	return http.StatusOK, list(page(c, out)), nil
}

func createReaction(c *call) (int, any, error) {
	i, to, err := c.reactable()
	if err != nil {
		return 0, nil, err
	}
	in, err := decode[struct {
		Content string `json:"content"`
	}](c)
	if err != nil {
		return 0, nil, err
	}
	r, fresh, err := c.s.react(c.who, i, to, in.Content)
	if err != nil {
		return 0, nil, err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return status, c.s.reactionView(r), nil
}

func deleteReaction(c *call) (int, any, error) {
	i, to, err := c.reactable()
	if err != nil {
		return 0, nil, err
	}
	id, err := c.number("reaction")
	if err == nil {
		err = c.s.unreact(c.who, i, to, id)
	}
	return http.StatusNoContent, nil, err
}
