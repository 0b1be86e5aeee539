package demo

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/sandbox/host"
)

// library is the wiki on the stage, whatever its make: what people do to its
// pages, and what they then read.
type library interface {
	wiki() reconcile.Wiki
	shared() bool                             // by several places
	behind(tracker http.Handler) http.Handler // serves it beside the tracker
	sheets() []host.WorldPage
	read(page string) string // as Markdown; "" if there is no such page
	// write puts a text, in Markdown, under a heading in place of the prompts.
	write(who, page, heading, text string) error
	reword(who, page, old, new string) error
}

// page is the post-mortem as it stands in the wiki.
func (p *play) page() (name, text string) {
	name = incident.PageName(p.head, p.stage.library.shared())
	return name, p.stage.library.read(name)
}

// edit is what a person does to the page in the browser: a tracker whose wiki
// it is tells of it as of any other event, and else a sweep sees it.
func (p *play) edit(who string, change func(page string) error) error {
	name, text := p.page()
	if text == "" {
		return fmt.Errorf("there is no page %s", name)
	}
	if err := change(name); err != nil {
		return err
	}
	if err := p.stage.town.wrote(who, name); err != nil {
		return err
	}
	return p.stage.Store.Touch(p.ctx, time.Time{}, incident.SweepOf(p.stage.town.name(), p.stage.town.place()))
}

// write puts a text under a heading of the post-mortem.
func (p *play) write(who, heading string, lines ...string) error {
	return p.edit(who, func(page string) error {
		return p.stage.library.write(who, page, heading, strings.Join(lines, "\n"))
	})
}

// reword exchanges words of people's on the post-mortem.
func (p *play) reword(who, old, new string) error {
	return p.edit(who, func(page string) error { return p.stage.library.reword(who, page, old, new) })
}

// finish has the owners of the page's issues do them.
func (p *play) finish(titles ...string) error {
	if p.stage.library == nil {
		return nil
	}
	for _, title := range titles {
		if err := p.close("alice", p.child(title)); err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
	}
	return nil
}

// page looks for texts on the post-mortem.
func page(parts ...string) look {
	return func(p *play) error {
		if p.stage.library == nil {
			return nil
		}
		_, text := p.page()
		return holds("the post-mortem", text, parts)
	}
}
