package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// places says where each setting that a file mentions stands in it.
type places map[string]Place

func (p places) has(path string) bool {
	_, ok := p[path]
	return ok
}

// decoder walks a YAML document and a value of Go side by side. The YAML
// library only parses: strictness, variables and positions are all here.
type decoder struct {
	file     string
	env      Environment
	places   places
	bad      map[string]bool // settings with a finding: not judged again
	findings []Finding
}

func decode(file string, data []byte, env Environment, into *Config) *decoder {
	d := &decoder{file: file, env: env, places: places{}, bad: map[string]bool{}}
	root, ok := d.parse(data)
	if ok {
		d.value(root, reflect.ValueOf(into).Elem(), "", false)
	}
	return d
}

// parse returns the document's root; ok is false if it is empty or unreadable.
func (d *decoder) parse(data []byte) (*yaml.Node, bool) {
	var doc, more yaml.Node
	in := yaml.NewDecoder(strings.NewReader(string(data)))
	err := in.Decode(&doc)
	if err != nil && err.Error() == "EOF" {
		return nil, false
	}
	if err == nil && in.Decode(&more) == nil {
		d.find(&more, "", "a second document begins here; expected one document: take the line --- out")
	}
	if err != nil {
		d.syntax(err, data)
		return nil, false
	}
	return doc.Content[0], true
}

var (
	yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)
	// inFlow is a variable without quotes inside brackets, where { has a meaning.
	inFlow = regexp.MustCompile(`[\[{,][^"']*\$\{`)
	// atBare is a handle without quotes, where a value begins.
	atBare = regexp.MustCompile(`(?:[\[{,:]|^\s*-)\s*@`)
)

// syntax reports what the YAML parser says, with a hint for the usual
// causes. The line that the parser names may be the one before.
func (d *decoder) syntax(err error, data []byte) {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	line, problem := 0, err.Error()
	if m != nil {
		problem = m[2]
		line, _ = strconv.Atoi(m[1])
	}
	hint := ""
	for i, text := range strings.Split(string(data), "\n") {
		switch {
		case line != 0 && line != i+1 && line != i:
			continue
		case !utf8.ValidString(text):
			hint = "; save the file as UTF-8"
		case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
			hint = "; indent with spaces, not with tabs"
		case inFlow.MatchString(text):
			hint = `; inside [ ] and { } write variables in quotes: "${NAME}"`
		case atBare.MatchString(text):
			hint = `; write what begins with @ in quotes: "@alice"`
		default:
			continue
		}
		line = i + 1
		break
	}
	d.findings = append(d.findings, Finding{Place: Place{d.file, max(line, 1), 1}, Problem: "this is not YAML: " + problem + hint})
}

// find adds a finding about a setting.
func (d *decoder) find(n *yaml.Node, path, format string, args ...any) {
	d.bad[path] = true
	d.findings = append(d.findings, Finding{Place: d.place(n), Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (d *decoder) place(n *yaml.Node) Place { return Place{d.file, max(n.Line, 1), max(n.Column, 1)} }

var durationType = reflect.TypeFor[time.Duration]()

// value decodes n into v. An empty value leaves the default.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string, secret bool) {
	if path != "" {
		d.places[path] = d.place(n)
	}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.find(n, path, "anchors (&) and aliases (*) are not read here; write the value out, in quotes if it begins with one of these characters")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		// An empty section or value: the default stays.
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), path, secret)
	case v.Kind() == reflect.Struct:
		d.section(n, v, path)
	case v.Kind() == reflect.Map:
		d.table(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path, secret)
	default:
		d.scalar(n, v, path, secret)
	}
}

func (d *decoder) section(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	d.pairs(n, path, func(key, value *yaml.Node) {
		f, ok := fields[key.Value]
		if !ok {
			d.find(key, join(path, key.Value), "unknown key; %s", suggest(key.Value, path, fields))
			return
		}
		d.value(value, v.FieldByIndex(f.Index), join(path, key.Value), f.Tag.Get("secret") != "")
	})
}

func (d *decoder) table(n *yaml.Node, v reflect.Value, path string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(n, path, func(key, value *yaml.Node) {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(value, elem, join(path, key.Value), false)
		v.SetMapIndex(reflect.ValueOf(key.Value), elem)
	})
}

// pairs visits the keys of a mapping, each once.
func (d *decoder) pairs(n *yaml.Node, path string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.find(n, path, "expected a section, that is keys with values below it, found %s", kindOf(n))
		return
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.find(key, path, "expected the name of a setting, found %s", kindOf(key))
			continue
		}
		if first := seen[key.Value]; first != nil {
			d.find(key, join(path, key.Value), "this key is here for the second time, first on line %d; keep one of them", first.Line)
			continue
		}
		seen[key.Value] = key
		visit(key, value)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string, secret bool) {
	if n.Kind != yaml.SequenceNode {
		d.find(n, path, "expected a list, found %s; write it in brackets: [%s]", kindOf(n), example(v.Type().Elem()))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i), secret)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string, secret bool) {
	if n.Kind != yaml.ScalarNode {
		d.find(n, path, "expected %s, found %s", wanted(v.Type()), kindOf(n))
		return
	}
	text, err := expand(n.Value, d.env)
	if err != nil {
		d.find(n, path, "%v", err)
		return
	}
	if secret && text == "" && n.Value != "" {
		d.find(n, path, "%s is empty; give the variable a value, or take the line out if it is not used", n.Value)
		return
	}
	if secret && bare.MatchString(n.Value) {
		d.find(n, path, "this looks like a variable, which is written ${NAME}, with braces; a secret that does begin with $ goes into a variable too")
		return
	}
	if !assign(v, text) {
		if secret || text != n.Value { // what a variable holds may be secret
			d.find(n, path, "expected %s", wanted(v.Type()))
			return
		}
		d.find(n, path, "expected %s, found %q", wanted(v.Type()), short(text))
	}
}

// assign sets v from text, and reports whether text is what v takes.
func assign(v reflect.Value, text string) bool {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Type() == durationType:
		dur, err := parseDuration(text)
		if err != nil {
			return false
		}
		v.SetInt(int64(dur))
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return false
		}
		v.SetBool(text == "true")
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return false
		}
		v.SetInt(n)
	}
	return true
}

// fieldsOf returns the settings of a section by name.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for f := range slices.Values(reflect.VisibleFields(t)) {
		if name := f.Tag.Get("yaml"); name != "" {
			fields[name] = f
		}
	}
	return fields
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
