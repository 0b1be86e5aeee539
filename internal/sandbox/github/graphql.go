package github

import (
	"fmt"
	"net/http"
	"strings"
)

// graphql answers the one question that REST does not: what an issue is a
// duplicate of. It knows queries of the form
//
//	query($owner:…,$name:…,$number:…){repository(owner:$owner,name:$name){issue(number:$number){FIELD}}}
//
// where FIELD is duplicateOf{number repository{nameWithOwner}} (not on an
// Enterprise Server), or the MarkedAsDuplicateEvent of timelineItems. Anything
// else is answered, as GraphQL does, with 200 and errors.
func graphql(c *call) (int, any, error) {
	in, err := decode[struct {
		Query     string `json:"query"`
		Variables struct {
			Owner, Name string
			Number      int
		} `json:"variables"`
	}](c)
	if err != nil {
		return 0, nil, err
	}
	if c.who.anonymous() {
		return 0, nil, unauthenticated()
	}
	field, events := strings.Contains(in.Query, "duplicateOf"), strings.Contains(in.Query, "MARKED_AS_DUPLICATE_EVENT")
	if !strings.Contains(in.Query, "issue(number:$number)") || field == events {
		return graphqlError("undefinedField", "The sandbox knows no such query.")
	}
	if field && c.s.opt.GHES {
		return graphqlError("undefinedField", "Field 'duplicateOf' doesn't exist on type 'Issue'")
	}
	r := c.s.repos[strings.ToLower(in.Variables.Owner+"/"+in.Variables.Name)]
	if r == nil || !c.canRead(r) {
		return graphqlError("NOT_FOUND", fmt.Sprintf("Could not resolve to a Repository with the name '%s/%s'.", in.Variables.Owner, in.Variables.Name))
	}
	if n := in.Variables.Number; n < 1 || n > len(r.issues) || r.issues[n-1].deleted {
		return graphqlError("NOT_FOUND", fmt.Sprintf("Could not resolve to an Issue with the number of %d.", n))
	}
	var target any
	if of := r.issues[in.Variables.Number-1].duplicate; of != nil && c.canRead(of.repo) {
		target = map[string]any{"number": of.number, "repository": map[string]any{"nameWithOwner": of.repo.full()}}
	}
	issue := map[string]any{"duplicateOf": target}
	if events {
		nodes := []any{}
		if target != nil {
			nodes = append(nodes, map[string]any{"canonical": target})
		}
		issue = map[string]any{"timelineItems": map[string]any{"nodes": nodes}}
	}
	return http.StatusOK, map[string]any{"data": map[string]any{"repository": map[string]any{"issue": issue}}}, nil
}

func graphqlError(kind, message string) (int, any, error) {
	return http.StatusOK, map[string]any{"data": nil, "errors": []any{map[string]any{"type": kind, "message": message}}}, nil
}
