package github

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/hereby/hereby/internal/sandbox/host"
)

const docs = "https://docs.github.com/rest"

// apiError is an answer that is an error, in GitHub's form.
type apiError struct {
	status   int
	message  string
	fields   []fieldError // of a 422
	docs     string       // "": the general page
	location string       // of a redirect
	header   http.Header
}

type fieldError struct {
	Resource string `json:"resource,omitempty"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
	Value    any    `json:"value,omitempty"`
}

func (e *apiError) Error() string { return e.message }

func encode(err error) answer {
	var e *apiError
	if !errors.As(err, &e) {
		e = &apiError{status: http.StatusInternalServerError, message: err.Error()}
	}
	body := struct {
		Message string       `json:"message"`
		Errors  []fieldError `json:"errors,omitempty"`
		URL     string       `json:"url,omitempty"`
		Docs    string       `json:"documentation_url"`
		Status  string       `json:"status"`
	}{e.message, e.fields, e.location, e.docs, strconv.Itoa(e.status)}
	if body.Docs == "" {
		body.Docs = docs
	}
	h := http.Header{}
	for k, v := range e.header {
		h[k] = v
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	if e.location != "" {
		h.Set("Location", e.location)
	}
	return answer{status: e.status, header: h, body: host.JSON(body)}
}

func notFound() error { return &apiError{status: http.StatusNotFound, message: "Not Found"} }

func unauthenticated() error {
	return &apiError{status: http.StatusUnauthorized, message: "Requires authentication"}
}

func forbidden(message string) error {
	return &apiError{status: http.StatusForbidden, message: message}
}

func gone(message string) error { return &apiError{status: http.StatusGone, message: message} }

func movedTo(location string) error {
	return &apiError{status: http.StatusMovedPermanently, message: "Moved Permanently", location: location}
}

// invalid is a 422 about one field.
func invalid(resource, field, code string, value any) error {
	return &apiError{status: http.StatusUnprocessableEntity, message: "Validation Failed",
		fields: []fieldError{{Resource: resource, Field: field, Code: code, Value: value}}}
}

// unprocessable is a 422 with a message of its own.
func unprocessable(resource, field, message string) error {
	return &apiError{status: http.StatusUnprocessableEntity, message: "Validation Failed",
		fields: []fieldError{{Resource: resource, Field: field, Code: "custom", Message: message}}}
}

func invalidRequest(detail string) error {
	return &apiError{status: http.StatusUnprocessableEntity, message: "Invalid request.\n\n" + detail}
}
