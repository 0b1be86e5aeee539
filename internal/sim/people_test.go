package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// people are those who act, and what they wrote: it must stay as it is, byte
// for byte.
type people struct {
	r         *run
	floated   bool             // the floating comment was said
	scribbled bool             // the page was edited at some step
	texts     map[int64]string // of comments, by id
	bodies    map[place]string // of issues of theirs
	parts     map[place]string // within tickets of ours
}

type place struct {
	repo   string
	number int
}

func newPeople(r *run) *people {
	t := r.town
	team := []string{"erin", "alice", "bob", "carol", "dave", "olga"}
	t.AddOrg("acme", team...)
	t.AddTeam("acme", "on-call", "erin", "alice")
	for _, repo := range []string{shop, infra} {
		t.AddRepo(repo)
		for _, who := range append(team, bot) {
			t.SetRole(repo, who, sandbox.Write)
		}
		t.AddHook(repo, "http://hereby/webhooks/github", secret)
	}
	t.AddUser("mallory")
	t.SetRole(shop, "mallory", sandbox.Read)
	return &people{r: r, texts: map[int64]string{}, bodies: map[place]string{}, parts: map[place]string{}}
}

// ticket finds the issue whose title begins so; of several the first that is
// open, as a person would.
func (p *people) ticket(title string) (sandbox.WorldIssue, error) {
	var found *sandbox.WorldIssue
	for _, i := range p.r.town.Issues() {
		if strings.HasPrefix(i.Title, title) && (found == nil || found.State != "open" && i.State == "open") {
			found = &i
		}
	}
	if found == nil {
		return sandbox.WorldIssue{}, fmt.Errorf("nobody finds the ticket %q", title)
	}
	return *found, nil
}

// on acts on a ticket found by its title.
func (p *people) on(who, title string, act func(sandbox.Actor, sandbox.WorldIssue) error) error {
	i, err := p.ticket(title)
	if err != nil {
		return err
	}
	return act(p.r.town.As(who), i)
}

func (p *people) onHead(who string, act func(a sandbox.Actor, head int) error) error {
	return p.on(who, head, func(a sandbox.Actor, i sandbox.WorldIssue) error { return act(a, i.Number) })
}

// say comments on the head.
func (p *people) say(who, text string) error {
	return p.onHead(who, func(a sandbox.Actor, head int) error {
		id, err := a.Comment(shop, head, text)
		p.texts[id] = text
		return err
	})
}

// float says what may be said at any moment, once.
func (p *people) float() error {
	if p.floated {
		return nil
	}
	p.floated = true
	if p.r.heard() {
		p.r.agenda = slices.Insert(p.r.agenda, 0, act{p.r.clock.now().Add(time.Minute), (*people).answered})
		slices.SortStableFunc(p.r.agenda, func(a, b act) int { return a.at.Compare(b.at) })
	}
	return p.say("dave", floating)
}

// answered fails unless what was said at any moment was answered.
func (p *people) answered() error {
	return p.onHead("dave", func(_ sandbox.Actor, head int) error {
		for _, c := range p.r.town.Comments(shop, head) {
			if c.Body == floating && len(c.Reactions) == 0 {
				return errors.New("a webhook came in the middle of a pass, and nothing was done about it")
			}
		}
		return nil
	})
}

// edit rewrites one's comment that begins so.
func (p *people) edit(who, start, text string) error {
	return p.onHead(who, func(a sandbox.Actor, head int) error {
		for _, c := range p.r.town.Comments(shop, head) {
			if c.Author == who && strings.HasPrefix(c.Body, start) {
				p.texts[c.ID] = text
				return a.EditComment(c.ID, text)
			}
		}
		return fmt.Errorf("%s has no comment %q", who, start)
	})
}

// open opens an issue.
func (p *people) open(who, repo, title, body string) error {
	n, err := p.r.town.As(who).OpenIssue(repo, title, body)
	p.bodies[place{repo, n}] = body
	return err
}

// insert writes a part of one's own into a ticket of ours.
func (p *people) insert(who, title, part string, change func(body, part string) string) error {
	return p.on(who, title, func(a sandbox.Actor, i sandbox.WorldIssue) error {
		p.parts[place{i.Repo, i.Number}] = part
		return a.SetBody(i.Repo, i.Number, change(i.Body, part))
	})
}

// check reports texts of people that are no longer theirs.
func (p *people) check() (wrong []string) {
	found := map[int64]bool{}
	for _, i := range p.r.town.Issues() {
		at := place{i.Repo, i.Number}
		if body, ok := p.bodies[at]; ok && i.Body != body {
			wrong = append(wrong, fmt.Sprintf("the text of %s#%d was %q and is %q", i.Repo, i.Number, body, i.Body))
		}
		if part, ok := p.parts[at]; ok && !strings.Contains(i.Body, part) {
			wrong = append(wrong, fmt.Sprintf("%q is gone from %s#%d: %q", part, i.Repo, i.Number, i.Body))
		}
		for _, c := range p.r.town.Comments(i.Repo, i.Number) {
			found[c.ID] = true
			if text, ok := p.texts[c.ID]; ok && c.Body != text {
				wrong = append(wrong, fmt.Sprintf("%s wrote %q, which is now %q", c.Author, text, c.Body))
			}
		}
	}
	for id, text := range p.texts {
		if !found[id] {
			wrong = append(wrong, fmt.Sprintf("a comment is gone: %q", text))
		}
	}
	return wrong
}
