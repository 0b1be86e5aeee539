package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// showLedger answers hereby ledger with the whole record of one incident, texts
// and all; with &look=board also with what the board shows of it.
func (p *pages) showLedger(c *gin.Context, ctx context.Context, key incident.Key) {
	b, err := readBook(ctx, p.store, key)
	if err != nil {
		p.refuse(c, key, err)
		return
	}
	if c.Query("look") == "board" {
		b.Board = lookAtBoard(ctx, p.looker, key, p.redact)
	}
	c.JSON(http.StatusOK, b)
}

// redaction is what hereby ledger redact asks a service for.
type redaction struct {
	Seqs []int           `json:"seqs"`
	Text string          `json:"text"`
	By   incident.Person `json:"by"`
}

// redactLedger blanks texts of one incident's ledger.
func (p *pages) redactLedger(c *gin.Context) {
	key, ok := keyOfPath(c.Param("key"))
	if !ok {
		c.JSON(http.StatusNotFound, answer{Error: "expected /incidents/github/OWNER/NAME/NUMBER"})
		return
	}
	var what redaction
	from := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, 2*maxRedaction))
	from.DisallowUnknownFields()
	if err := from.Decode(&what); err != nil || what.By == "" || len(what.By) > maxName {
		c.JSON(http.StatusBadRequest, answer{Error: `expected {"seqs": [NUMBER …], "text": "…", "by": "NAME"}`})
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), pageTime)
	defer cancel()
	done, err := redactBook(ctx, p.store, key, ledger.Expunging{Seqs: what.Seqs, Text: what.Text, By: what.By})
	if err != nil {
		p.refuse(c, key, err)
		return
	}
	p.log.Info("texts of a ledger were blanked", "key", string(key), "by", string(what.By), "entry", done.Seq)
	c.JSON(http.StatusOK, done)
}

// refuse says why a ledger cannot be shown or changed. No error about a ledger
// holds its texts.
func (p *pages) refuse(c *gin.Context, key incident.Key, err error) {
	status := http.StatusConflict
	if errors.Is(err, errNothing) {
		status = http.StatusNotFound
	}
	p.log.Warn("hereby ledger was refused", "key", string(key), "error", err)
	c.JSON(status, answer{Error: p.redact(err.Error())})
}
