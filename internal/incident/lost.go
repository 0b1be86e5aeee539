package incident

// Lost is the error of a message that went to all who can be reached, while
// some refused it for good: sending it again would help nobody.
type Lost struct{ Why string } // names who, for the operator

func (e *Lost) Error() string { return e.Why }

// LostName is the name in Record.Done of a message, by its id, that some
// refused for good.
func LostName(id string) string { return "lost/" + id }
