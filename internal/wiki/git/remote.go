package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// source is a remote as its list of references shows it.
type source struct {
	session transport.UploadPackSession
	caps    *capability.List
	branch  plumbing.ReferenceName // the default branch: the only one that a wiki shows
	head    plumbing.Hash
}

// look asks the remote where its default branch is: one small request.
func (v *visit) look(ctx context.Context) (*source, error) {
	session, err := v.client.NewUploadPackSession(v.endpoint, v.auth)
	if err != nil {
		return nil, v.judge(ctx, err, false)
	}
	refs, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return nil, v.judge(ctx, err, false)
	}
	all, err := refs.AllReferences()
	if err != nil {
		return nil, v.judge(ctx, err, false)
	}
	head, err := all.Reference(plumbing.HEAD)
	if err == nil && head.Type() == plumbing.SymbolicReference {
		if tip, err := all.Reference(head.Target()); err == nil {
			return &source{session, refs.Capabilities, tip.Name(), tip.Hash()}, nil
		}
	}
	p := v.problem(Uninitialised) // other branches may exist, but no wiki shows them
	p.Said = "its default branch has no commit"
	return nil, p
}

// canPick reports whether single files can be fetched.
func (s *source) canPick() bool {
	return s.caps.Supports(capability.Filter) && s.caps.Supports(capability.AllowReachableSHA1InWant)
}

// fetch brings objects into the store: depth commits back from a commit, with
// what they hold; depth 0 fetches the wanted objects alone.
func (s *source) fetch(ctx context.Context, into *store, depth int, filter packp.Filter, want ...plumbing.Hash) error {
	req := packp.NewUploadPackRequestFromCapabilities(s.caps)
	req.Wants = want
	if depth > 0 && s.caps.Supports(capability.Shallow) {
		if err := req.Capabilities.Set(capability.Shallow); err != nil {
			return err
		}
		req.Depth = packp.DepthCommits(depth)
	}
	if filter != "" {
		if err := req.Capabilities.Set(capability.Filter); err != nil {
			return err
		}
		req.Filter = filter
	}
	if s.caps.Supports(capability.NoProgress) {
		if err := req.Capabilities.Set(capability.NoProgress); err != nil {
			return err
		}
	}
	resp, err := s.session.UploadPack(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Close()
	pack, err := io.ReadAll(demux(req.Capabilities, resp, nil))
	if err != nil {
		return err
	}
	return into.unpack(pack)
}

// demux separates the pack from what the server says meanwhile.
func demux(caps *capability.List, r io.Reader, said io.Writer) io.Reader {
	var d *sideband.Demuxer
	switch {
	case caps.Supports(capability.Sideband64k):
		d = sideband.NewDemuxer(sideband.Sideband64k, r)
	case caps.Supports(capability.Sideband):
		d = sideband.NewDemuxer(sideband.Sideband, r)
	default:
		return r
	}
	d.Progress = said
	return d
}

// unpack puts the objects of a pack into the store. Sizes are summed up before
// anything is inflated into memory: a small pack can hold a huge file.
func (s *store) unpack(pack []byte) error {
	scan := packfile.NewScanner(bytes.NewReader(pack))
	_, count, err := scan.Header()
	if err != nil {
		return err
	}
	total := int64(0)
	for range count {
		h, err := scan.NextObjectHeader()
		if err != nil {
			return err
		}
		if total += h.Length; h.Length < 0 || total > s.left {
			return errTooLarge
		}
	}
	parser, err := packfile.NewParserWithStorage(packfile.NewScanner(bytes.NewReader(pack)), s)
	if err != nil {
		return err
	}
	_, err = parser.Parse()
	return err
}

// errStale: the branch is no longer where we read it.
var errStale = errors.New("the branch has moved")

// refusal is the remote's own no to a commit that it was sent: the branch had
// moved, or a rule forbids it. Servers word these as they like.
type refusal struct{ said string }

func (r *refusal) Error() string { return r.said }

// push sends a commit that stands on top of src.head. The remote moves the
// branch only if it is still there.
func (v *visit) push(ctx context.Context, src *source, commit plumbing.Hash, pack []byte) error {
	session, err := v.client.NewReceivePackSession(v.endpoint, v.auth)
	if err != nil {
		return err
	}
	refs, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return err
	}
	if refs.References[src.branch.String()] != src.head {
		return errStale
	}
	req := packp.NewReferenceUpdateRequestFromCapabilities(refs.Capabilities)
	if refs.Capabilities.Supports(capability.Sideband64k) {
		if err := req.Capabilities.Set(capability.Sideband64k); err != nil {
			return err
		}
	}
	said := &remarks{}
	req.Progress = said
	req.Commands = []*packp.Command{{Name: src.branch, Old: src.head, New: commit}}
	req.Packfile = io.NopCloser(bytes.NewReader(pack))
	report, err := session.ReceivePack(ctx, req)
	if err != nil && report != nil {
		return &refusal{strings.Join([]string{err.Error(), said.String()}, " ")}
	}
	if err == nil && report == nil {
		return fmt.Errorf("the remote did not say what became of the push")
	}
	return err
}

// remarks keeps the first of what a server says to the person who pushes.
type remarks struct{ bytes.Buffer }

func (r *remarks) Write(p []byte) (int, error) {
	if room := 2000 - r.Len(); room > 0 {
		r.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
