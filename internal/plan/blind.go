package plan

// blind reports that the board has just told of tickets that this snapshot does
// not cover, because the store forgot them. What they look like is seen by the
// next one, which comes at once; until then nothing is decided and nothing done.
func (v *view) blind() bool {
	for _, ref := range v.kept.Also {
		c := v.r.Counted[ref]
		if _, seen := v.lookup(ref); !seen && !c.Out && c.Since.Equal(v.s.At) {
			return true
		}
	}
	return false
}
