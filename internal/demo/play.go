package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// Options say how the demo is played.
type Options struct {
	World string  // a file for the final state as JSON; "" writes none
	Keep  bool    // stay up afterwards, for a browser
	Speed float64 // virtual seconds per real one; 0: as fast as it goes
	Out   io.Writer

	wrap func(http.Handler) http.Handler // around the tracker's API; may be nil
	mail io.Writer                       // gets the mails that went out; may be nil
}

// beginning is a Friday afternoon, as it would be.
var beginning = time.Date(2026, 11, 20, 15, 4, 0, 0, time.UTC)

// errInterrupted is the error of a story that was not played to its end.
var errInterrupted = errors.New("interrupted before the story's end")

// Run plays the story and reports the first scene whose effect was not seen.
func Run(ctx context.Context, o Options) error {
	if o.Speed < 0 || math.IsNaN(o.Speed) || math.IsInf(o.Speed, 0) {
		return fmt.Errorf("--speed %v: expected a number of virtual seconds in a real one, such as 600, or 0 for as fast as it goes", o.Speed)
	}
	world, err := o.create()
	if err != nil {
		return err
	}
	defer world.Close()
	clock := NewClock(beginning)
	if o.Speed > 0 {
		clock.Pause = func(moved time.Duration) {
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(float64(moved) / o.Speed)):
			}
		}
	}
	stage, err := newStage(clock, o.wrap)
	if err != nil {
		return err
	}
	defer stage.Close()
	fmt.Fprintf(o.Out, "An incident, from the declaration to the close, on a GitHub of our own at %s\n\n", stage.URL)
	if stage.Wiki == nil {
		fmt.Fprintf(o.Out, "git and its http-backend are not on this machine: the story is told without the wiki.\n\n")
	}
	p := &play{ctx: ctx, stage: stage}
	switch err := p.all(o.Out); {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	}
	fmt.Fprintf(o.Out, "%s went to the team's channels, %d of them by mail: %s.\n", counted(len(stage.Sent), "message"), len(stage.mailed()), p.events())
	if o.mail != nil {
		printMail(o.mail, stage.mailed())
	}
	if o.World != "" {
		_, err := world.Write(stage.Town.World(stage.Pages(Repo)...))
		if err = errors.Join(err, world.Close()); err != nil {
			return fmt.Errorf("the final state could not be written: %w", err)
		}
		fmt.Fprintf(o.Out, "The final state is in %s.\n", o.World)
	}
	if !o.Keep {
		return nil
	}
	fmt.Fprintf(o.Out, "\nOpen %s in a browser: open an issue, label it incident, comment /ops as bob, and watch. Ctrl-C ends it.\n", stage.URL)
	return stage.Run(ctx)
}

// create makes the file for the final state, before anybody waits for it; an
// earlier one is not to be taken for this one's.
func (o Options) create() (*os.File, error) {
	if o.World == "" {
		return nil, nil
	}
	f, err := os.OpenFile(o.World, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the final state cannot be written there: %w; name another file with --world", err)
	}
	return f, nil
}

// play is the story while it is played.
type play struct {
	ctx     context.Context
	stage   *Stage
	head    int // the incident's number
	earlier int // an issue that was there before
	saidBy  map[int64]bool
}

// indent is where what is told begins.
const indent = "                      "

func (p *play) all(out io.Writer) error {
	for i, sc := range story {
		if sc.wiki && p.stage.Wiki == nil {
			continue
		}
		if sc.later > 0 {
			if err := p.pass(sc.later); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "%s  %2d. %s\n", p.stage.Clock.Now().Format("Mon 02 Jan 15:04"), i+1, strings.ReplaceAll(sc.told, "\t", indent))
		p.note()
		if err := sc.act(p); err != nil {
			return fmt.Errorf("scene %d: %w", i+1, err)
		}
		if err := p.rest(); err != nil {
			return fmt.Errorf("scene %d: %w", i+1, err)
		}
		if err := sc.look(p); err != nil {
			return fmt.Errorf("scene %d: %q was not seen: %w", i+1, sc.seen, err)
		}
		fmt.Fprintf(out, "%s→ %s\n\n", indent, sc.seen)
	}
	return nil
}

func (p *play) as(who string) sandbox.Actor { return p.stage.Town.As(who) }

func (p *play) comment(who, text string) error {
	_, err := p.as(who).Comment(Repo, p.head, text)
	return err
}

func (p *play) rest() error { return p.stage.Settle(p.ctx) }

func (p *play) pass(d time.Duration) error { return p.stage.Wait(p.ctx, d) }

// note remembers the comments that are there, so that a scene looks only for
// its own.
func (p *play) note() {
	p.saidBy = map[int64]bool{}
	if p.head == 0 {
		return
	}
	for _, c := range p.stage.Town.Comments(Repo, p.head) {
		p.saidBy[c.ID] = true
	}
}

// child returns the number of the issue whose title holds a text.
func (p *play) child(title string) int {
	for _, i := range p.stage.Town.Issues() {
		if i.Number != p.head && strings.Contains(i.Title, title) {
			return i.Number
		}
	}
	return 0
}

func (p *play) events() string {
	var list []string
	for _, n := range p.stage.Sent {
		list = append(list, n.Event)
	}
	return strings.Join(list, ", ")
}

type look = func(*play) error

func all(looks ...look) look {
	return func(p *play) error {
		var errs []error
		for _, l := range looks {
			errs = append(errs, l(p))
		}
		return errors.Join(errs...)
	}
}

// board looks for texts in our first comment.
func board(parts ...string) look {
	return func(p *play) error {
		for _, c := range p.stage.Town.Comments(Repo, p.head) {
			if c.Author == bot {
				return holds("the board", c.Body, parts)
			}
		}
		return errors.New("there is no board")
	}
}

// bot is the account that Hereby has on the stage.
const bot = "hereby-bot"

// said looks for texts in a comment of ours that is new.
func said(parts ...string) look {
	return func(p *play) error {
		var last error = errors.New("nothing new was said")
		for _, c := range p.stage.Town.Comments(Repo, p.head) {
			if c.Author != bot || p.saidBy[c.ID] {
				continue
			}
			if last = holds("what was said", c.Body, parts); last == nil {
				return nil
			}
		}
		return last
	}
}

// answered looks for our reaction to the last new comment of a person, and for
// texts in our answer.
func answered(reaction string, parts ...string) look {
	return func(p *play) error {
		for _, c := range slices.Backward(p.stage.Town.Comments(Repo, p.head)) {
			if c.Author == bot || p.saidBy[c.ID] {
				continue
			}
			if !slices.ContainsFunc(c.Reactions, func(r sandbox.Reaction) bool { return r.User == bot && r.Content == reaction }) {
				return fmt.Errorf("the comment of %s carries no %s of ours", c.Author, reaction)
			}
			return said(parts...)(p)
		}
		return errors.New("nobody said anything")
	}
}

func child(title string, assignees ...string) look {
	return func(p *play) error {
		n := p.child(title)
		if n == 0 {
			return fmt.Errorf("there is no ticket %q", title)
		}
		i := p.stage.Town.Issue(Repo, n)
		if i.Parent != any(p.head) {
			return fmt.Errorf("%q hangs under %v", title, i.Parent)
		}
		if len(assignees) > 0 && !slices.Equal(i.Assignees, assignees) {
			return fmt.Errorf("%q is assigned to %v", title, i.Assignees)
		}
		return nil
	}
}

func noChild(title string) look {
	return func(p *play) error {
		if p.child(title) != 0 {
			return fmt.Errorf("there is a ticket %q", title)
		}
		return nil
	}
}

func done(title string) look {
	return func(p *play) error {
		if i := p.stage.Town.Issue(Repo, p.child(title)); i.State != "closed" {
			return fmt.Errorf("%q is %s:\n%s", title, i.State, i.Body)
		}
		return nil
	}
}

func labels(want ...string) look {
	return func(p *play) error {
		have := p.stage.Town.Issue(Repo, p.head).Labels
		for _, l := range want {
			if !slices.Contains(have, l) {
				return fmt.Errorf("the label %s is not on it: %v", l, have)
			}
		}
		return nil
	}
}

func noLabel(label string) look {
	return func(p *play) error {
		if slices.Contains(p.stage.Town.Issue(Repo, p.head).Labels, label) {
			return fmt.Errorf("the label %s is on it", label)
		}
		return nil
	}
}

// mailed looks for a mail of an event to somebody.
func mailed(event, to string) look {
	return func(p *play) error {
		for _, n := range p.stage.mailed() {
			if n.Event == event && strings.Contains(strings.Join(n.Mail.To, ", "), to) {
				return nil
			}
		}
		return fmt.Errorf("%s was not told %q by mail", to, event)
	}
}

func open(p *play) error {
	if i := p.stage.Town.Issue(Repo, p.head); i.State != "open" {
		return fmt.Errorf("it is %s", i.State)
	}
	return nil
}

func closed(reason string) look {
	return func(p *play) error {
		i := p.stage.Town.Issue(Repo, p.head)
		if i.State != "closed" || i.StateReason == nil || *i.StateReason != reason {
			return fmt.Errorf("it is %s, not closed as %s", i.State, reason)
		}
		return nil
	}
}

func holds(what, text string, parts []string) error {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return fmt.Errorf("%q is not in %s:\n%s", part, what, text)
		}
	}
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
