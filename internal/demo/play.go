package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Options say how the demo is played.
type Options struct {
	Tracker string  // github or jira; "": github
	World   string  // a file for the final state as JSON; "" writes none
	Keep    bool    // stay up afterwards, for a browser
	Speed   float64 // virtual seconds per real one; 0: as fast as it goes
	Out     io.Writer

	wrap func(http.Handler) http.Handler // around the tracker's API; may be nil
	mail io.Writer                       // gets the mails that went out; may be nil
}

// beginning is a Friday afternoon, as it would be.
var beginning = time.Date(2026, 11, 20, 15, 4, 0, 0, time.UTC)

// errInterrupted is the error of a story that was not played to its end.
var errInterrupted = errors.New("interrupted before the story's end")

// Run plays the story and reports the first scene whose effect was not seen.
func Run(ctx context.Context, o Options) error {
	if o.Tracker = cmp.Or(o.Tracker, "github"); towns[o.Tracker] == nil {
		return fmt.Errorf("--tracker %s: there is no such tracker to play on; expected %s", o.Tracker, strings.Join(slices.Sorted(maps.Keys(towns)), " or "))
	}
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
	stage, err := newStage(o.Tracker, clock, o.wrap)
	if err != nil {
		return err
	}
	defer stage.Close()
	fmt.Fprintf(o.Out, "An incident, from the declaration to the close, on a %s of our own at %s\n\n", stage.town.title(), stage.URL)
	if stage.library == nil {
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
		_, err := world.Write(stage.town.world(stage.sheets()))
		if err = errors.Join(err, world.Close()); err != nil {
			return fmt.Errorf("the final state could not be written: %w", err)
		}
		fmt.Fprintf(o.Out, "The final state is in %s.\n", o.World)
	}
	if !o.Keep {
		return nil
	}
	fmt.Fprintf(o.Out, "\nOpen %s in a browser: open an issue, label it incident, comment %s as bob, and watch. Ctrl-C ends it.\n", stage.URL, stage.town.typed("/ops"))
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
	head    incident.Ref // of the incident
	earlier incident.Ref // an issue that was there before
	saidBy  map[string]bool
}

// indent is where what is told begins.
const indent = "                      "

func (p *play) all(out io.Writer) error {
	i := 0
	for _, sc := range story {
		if sc.wiki && p.stage.library == nil || sc.on != "" && sc.on != p.stage.town.name() {
			continue
		}
		i++
		if sc.later > 0 {
			if err := p.pass(sc.later); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "%s  %2d. %s\n", p.stage.Clock.Now().Format("Mon 02 Jan 15:04"), i, p.stage.town.typed(strings.ReplaceAll(sc.told, "\t", indent)))
		p.note()
		if err := sc.act(p); err != nil {
			return fmt.Errorf("scene %d: %w", i, err)
		}
		if err := p.rest(); err != nil {
			return fmt.Errorf("scene %d: %w", i, err)
		}
		if err := sc.look(p); err != nil {
			return fmt.Errorf("scene %d: %q was not seen: %w", i, sc.seen, err)
		}
		fmt.Fprintf(out, "%s→ %s\n\n", indent, sc.seen)
	}
	return nil
}

func (p *play) comment(who, text string) error { return p.stage.town.comment(who, p.head, text) }

func (p *play) close(who string, ref incident.Ref) error { return p.stage.town.finish(who, ref) }

func (p *play) rest() error { return p.stage.Settle(p.ctx) }

func (p *play) pass(d time.Duration) error { return p.stage.Wait(p.ctx, d) }

// note remembers the comments that are there, so that a scene looks only for
// its own.
func (p *play) note() {
	p.saidBy = map[string]bool{}
	if p.head == "" {
		return
	}
	for _, c := range p.said() {
		p.saidBy[c.id] = true
	}
}

// said are the comments on the incident.
func (p *play) said() []remark { return p.stage.town.comments(p.head) }

// issue returns an issue as it stands.
func (p *play) issue(ref incident.Ref) issue {
	for _, i := range p.stage.town.issues() {
		if i.ref == ref {
			return i
		}
	}
	return issue{}
}

// child returns the issue whose title holds a text; "": there is none.
func (p *play) child(title string) incident.Ref {
	for _, i := range p.stage.town.issues() {
		if i.ref != p.head && strings.Contains(i.title, title) {
			return i.ref
		}
	}
	return ""
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

// board looks for texts in our first comment. Where each of its edits is mailed
// to everybody it may lag behind for a while.
func board(parts ...string) look {
	return func(p *play) error {
		err := p.onBoard(parts)
		if calm := p.stage.town.calm(); err != nil && calm > 0 {
			if err := p.pass(calm); err != nil {
				return err
			}
			return p.onBoard(parts)
		}
		return err
	}
}

func (p *play) onBoard(parts []string) error {
	for _, c := range p.said() {
		if c.author == bot {
			return holds("the board", c.body, parts)
		}
	}
	return errors.New("there is no board")
}

// said looks for texts in a comment of ours that is new.
func said(parts ...string) look {
	return func(p *play) error {
		var last error = errors.New("nothing new was said")
		for _, c := range p.said() {
			if c.author != bot || p.saidBy[c.id] {
				continue
			}
			if last = holds("what was said", c.body, parts); last == nil {
				return nil
			}
		}
		return last
	}
}

// answered looks for our acknowledgement of the last new comment of a person,
// and for texts in our answer.
func answered(as incident.Verdict, parts ...string) look {
	return func(p *play) error {
		for _, c := range slices.Backward(p.said()) {
			if c.author == bot || p.saidBy[c.id] {
				continue
			}
			if c.acked != as {
				return fmt.Errorf("the comment of %s is acknowledged as %q, not as %q", c.author, c.acked, as)
			}
			return said(parts...)(p)
		}
		return errors.New("nobody said anything")
	}
}

// The two answers to a command.
const (
	obeyed  = incident.Obeyed
	refused = incident.RefusedByRule
)

// child looks for a ticket that is part of the incident.
func child(title string, assignees ...string) look {
	return func(p *play) error {
		i := p.issue(p.child(title))
		if i.ref == "" {
			return fmt.Errorf("there is no ticket %q", title)
		}
		if !slices.Contains(i.under, p.head) {
			return fmt.Errorf("%q hangs under %v", title, i.under)
		}
		if len(assignees) > 0 && !slices.Equal(i.assignees, assignees) {
			return fmt.Errorf("%q is assigned to %v", title, i.assignees)
		}
		return nil
	}
}

func noChild(title string) look {
	return func(p *play) error {
		if p.child(title) != "" {
			return fmt.Errorf("there is a ticket %q", title)
		}
		return nil
	}
}

func done(title string) look {
	return func(p *play) error {
		if i := p.issue(p.child(title)); i.state == incident.Open || i.ref == "" {
			return fmt.Errorf("%q is %s:\n%s", title, i.state, i.body)
		}
		return nil
	}
}

func labels(want ...string) look {
	return func(p *play) error {
		have := p.issue(p.head).labels
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
		if slices.Contains(p.issue(p.head).labels, label) {
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
	if i := p.issue(p.head); i.state != incident.Open {
		return fmt.Errorf("it is %s", i.state)
	}
	return nil
}

func closed(as incident.State) look {
	return func(p *play) error {
		if i := p.issue(p.head); i.state != as {
			return fmt.Errorf("it is %s, not closed as %s", i.state, as)
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
