package confluence

import (
	"context"

	"github.com/hereby/hereby/internal/incident"
)

// file is an attachment of a page, with its text.
type file struct {
	id      string
	version int
	text    string
}

// file reads an attachment. One that did not change is not fetched again.
func (s *shelf) file(ctx context.Context, page, name string) (file, error) {
	if page == "" {
		return file{}, nil
	}
	a, err := s.w.server.attachment(ctx, page, name)
	if err != nil || a == nil {
		return file{}, err
	}
	if f, ok := s.w.files.Peek(s.key(name)); ok && f.id == a.id && f.version == a.version {
		return f, nil
	}
	f := file{id: a.id, version: a.version}
	if a.size > int64(s.w.opt.MaxBytes) {
		return f, tooLarge(name)
	}
	if f.text, err = s.w.client.download(ctx, a.path); err != nil {
		return f, err
	}
	s.w.files.Put(s.key(name), f)
	return f, nil
}

// putFile writes an attachment of a page of ours.
func (s *shelf) putFile(ctx context.Context, of string, d incident.Draft, page *state) error {
	if page == nil || page.remote == nil {
		var err error
		if page, err = s.load(ctx, of); err != nil {
			return err
		}
		if page.remote == nil {
			return errMoved
		}
	}
	f, err := s.file(ctx, page.remote.id, d.Name)
	switch {
	case err != nil:
		return err
	case f.id != "" && f.text == d.Text:
		return nil
	case (f.id != "") != d.Was.Exists || f.text != d.Was.Text:
		return errMoved
	case len(d.Text) > s.w.opt.MaxBytes:
		return tooLarge(d.Name)
	}
	err = s.explain(s.w.client.upload(ctx, page.remote.id, f.id, d.Name, d.Text), d.Name)
	if conflict(err) {
		return errMoved
	}
	return err
}
