package sim

import (
	"strings"
)

// otherSpace is where people move pages to.
const otherSpace = "DEV"

func (s *space) fates() []fault   { return []fault{renamed, moved, trashed, deleted, returned} }
func (s *space) follows() []fault { return []fault{renamed, moved} }

// take does what its menu offers.
func (s *space) take(who, page string, what fault) (left string, err error) {
	st, _ := s.Page(spaceKey, page)
	s.taken[page] = st.ID
	switch at := s.As(who); what {
	case renamed:
		err = at.Rename(spaceKey, page, otherTitle)
	case moved:
		err = at.Move(spaceKey, page, otherSpace, "Elsewhere Home")
	case deleted:
		err = at.Purge(spaceKey, page)
	default:
		err = at.Trash(spaceKey, page)
	}
	if err != nil {
		return "", err
	}
	return s.left(page, what)
}

// left: in the trash all is left.
func (s *space) left(page string, what fault) (string, error) {
	if what != trashed {
		return "", nil
	}
	st, _ := s.Page(spaceKey, "#"+s.taken[page])
	return st.Status + " " + st.Storage, nil
}

func (s *space) restore(who, page string) error { return s.As(who).Restore(spaceKey, page) }

// where returns where a page is by now.
func (s *space) where(page string) (key, title string) {
	for _, key := range []string{spaceKey, otherSpace} {
		if st, ok := s.Page(key, "#"+s.taken[page]); ok {
			return key, st.Title
		}
	}
	return spaceKey, page
}

func (s *space) named(text string) string {
	for page := range s.taken {
		text = strings.NewReplacer(otherTitle, page, strings.ReplaceAll(otherTitle, " ", "+"), page,
			"/spaces/"+otherSpace+"/", "/spaces/"+spaceKey+"/", "/display/"+otherSpace+"/", "/display/"+spaceKey+"/").Replace(text)
	}
	return text
}
