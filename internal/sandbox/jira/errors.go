package jira

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is a refusal, in Jira's form.
type apiError struct {
	status   int
	messages []string
	fields   map[string]string
	header   http.Header
}

// Error tells a person what was refused.
func (e *apiError) Error() string {
	all := append([]string{}, e.messages...)
	for _, k := range sortedKeys(e.fields) {
		all = append(all, k+": "+e.fields[k])
	}
	return fmt.Sprintf("%d %s", e.status, strings.Join(all, "; "))
}

// collection is the JSON of a refusal.
func (e *apiError) collection() map[string]any {
	fields := e.fields
	if fields == nil {
		fields = map[string]string{}
	}
	return map[string]any{"errorMessages": list(e.messages), "errors": fields}
}

func refused(status int, format string, args ...any) *apiError {
	return &apiError{status: status, messages: []string{fmt.Sprintf(format, args...)}}
}

func badRequest(format string, args ...any) *apiError {
	return refused(http.StatusBadRequest, format, args...)
}

func forbidden(format string, args ...any) *apiError {
	return refused(http.StatusForbidden, format, args...)
}

func notFound(format string, args ...any) *apiError {
	return refused(http.StatusNotFound, format, args...)
}

// wrongField is a refusal of one field's value.
func wrongField(name, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, fields: map[string]string{name: fmt.Sprintf(format, args...)}}
}

// notOnScreen is Jira's refusal of a field that it may know but does not take
// here.
func notOnScreen(name string) *apiError {
	return wrongField(name, "Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
}

func noIssue() *apiError {
	return notFound("Issue does not exist or you do not have permission to see it.")
}

func unauthenticated() *apiError {
	return refused(http.StatusUnauthorized, "You are not authenticated. Authentication required to perform this operation.")
}
