package incident_test

import (
	"slices"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func TestLabels(t *testing.T) {
	for label, want := range map[string]string{
		incident.LabelOf("42"): "42", "Hereby-42": "42", "hereby": "", "hereby-": "", "hereby/restored": "", "herebyx-1": "", "x-hereby-1": "",
	} {
		if id, ok := incident.LabelID(label); id != want || ok != (want != "") {
			t.Errorf("LabelID(%q) = %q, %v", label, id, ok)
		}
	}
	for label, want := range map[string]bool{
		incident.Label: true, "Hereby": true, incident.LabelOf("42"): true, incident.LabelFor("restored"): true, "HEREBY/blame": true,
		"": false, "here": false, "herebyx": false, "incident": false, "x-hereby": false,
	} {
		if got := incident.OurLabel(label); got != want {
			t.Errorf("OurLabel(%q) = %v", label, got)
		}
	}
}

func TestLabelsOfWhatWeCreate(t *testing.T) {
	got := incident.LabelsOf("42", []string{"process", "HEREBY-42", "Process", "web"})
	if want := []string{incident.Label, incident.LabelOf("42"), "process", "web"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
