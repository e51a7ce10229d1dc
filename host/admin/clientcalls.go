package admin

import (
	"context"
	"net/url"
)

// Status is the host at one moment.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, nil, "status")
}

// SetMode puts an agent's mode by hand.
func (c *Client) SetMode(ctx context.Context, agent string, m ModeChange) (AgentStatus, error) {
	return post[AgentStatus](ctx, c, m, "agents", agent, "mode")
}

// Halt stops agents; their positions stay.
func (c *Client) Halt(ctx context.Context, t Target, a Act) (Stopping, error) {
	return post[Stopping](ctx, c, a, t.path("halt")...)
}

// Flatten stops agents and closes their positions.
func (c *Client) Flatten(ctx context.Context, t Target, a Act) (Stopping, error) {
	return post[Stopping](ctx, c, a, t.path("flatten")...)
}

func (t Target) path(verb string) []string {
	switch {
	case t.All:
		return []string{verb}
	case t.Agent != "":
		return []string{"agents", t.Agent, verb}
	}
	return []string{"accounts", t.Venue, t.Account, verb}
}

// ChangeAccount isolates or releases a breaker, holds, releases or reconciles an account.
func (c *Client) ChangeAccount(ctx context.Context, venue, account string, what AccountAct, a Act) (AccountStatus, error) {
	path := []string{"accounts", venue, account}
	switch what {
	case BreakerIsolate:
		path = append(path, "breaker", "isolate")
	case BreakerRelease:
		path = append(path, "breaker", "release")
	default:
		path = append(path, string(what))
	}
	return post[AccountStatus](ctx, c, a, path...)
}

// Orders are those that match, oldest first.
func (c *Client) Orders(ctx context.Context, q OrderQuery) (OrderList, error) {
	v := url.Values{}
	set(v, "agent", q.Agent)
	set(v, "venue", q.Venue)
	set(v, "account", q.Account)
	set(v, "instrument", q.Instrument)
	set(v, "state", q.State)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return get[OrderList](ctx, c, v, "orders")
}

// Order is one order's whole story.
func (c *Client) Order(ctx context.Context, id string) (OrderStory, error) {
	return get[OrderStory](ctx, c, nil, "orders", id)
}

// Letters are the dead letters that match, oldest first.
func (c *Client) Letters(ctx context.Context, q LetterQuery) (LetterList, error) {
	return get[LetterList](ctx, c, q.values(), "dlq")
}

// LetterStats are the dead letters that match, grouped by cause.
func (c *Client) LetterStats(ctx context.Context, q LetterQuery) (LetterStats, error) {
	return get[LetterStats](ctx, c, q.values(), "dlq", "stats")
}

func (q *LetterQuery) values() url.Values {
	v := url.Values{}
	set(v, "kind", q.Kind)
	set(v, "agent", q.Agent)
	set(v, "cause", q.Cause)
	set(v, "state", q.State)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return v
}

// Letter is one dead letter.
func (c *Client) Letter(ctx context.Context, id string) (Letter, error) {
	return get[Letter](ctx, c, nil, "dlq", id)
}

// Redrive does again what a letter could not.
func (c *Client) Redrive(ctx context.Context, letter string, r Redrive) (RedriveResult, error) {
	return post[RedriveResult](ctx, c, r, "dlq", letter, "redrive")
}

// Resolve settles a letter.
func (c *Client) Resolve(ctx context.Context, letter string, r Resolve) (Letter, error) {
	return post[Letter](ctx, c, r, "dlq", letter, "resolve")
}

// TestAlert sends an alert through every channel.
func (c *Client) TestAlert(ctx context.Context, a Act) ([]AlertDelivery, error) {
	v, err := post[struct{ Channels []AlertDelivery }](ctx, c, a, "alerts", "test")
	return v.Channels, err
}

// Positions are what all agents hold.
func (c *Client) Positions(ctx context.Context) ([]Position, error) {
	v, err := get[PositionList](ctx, c, nil, "positions")
	return v.Positions, err
}

// Breakers are those of all accounts.
func (c *Client) Breakers(ctx context.Context) ([]Breaker, error) {
	v, err := get[BreakerList](ctx, c, nil, "breakers")
	return v.Breakers, err
}

// Swap puts another module, or other parameters, into an agent. It takes as long as compiling and warming
// up do; ctx bounds it.
func (c *Client) Swap(ctx context.Context, agent string, s SwapOrder) (SwapReport, error) {
	return postLong[SwapReport](ctx, c, s, "agents", agent, "swap")
}

// Rollback puts back what an agent ran before its last swap.
func (c *Client) Rollback(ctx context.Context, agent string, a Act) (SwapReport, error) {
	return postLong[SwapReport](ctx, c, a, "agents", agent, "rollback")
}

// Reload reads the configuration anew.
func (c *Client) Reload(ctx context.Context, r ReloadOrder) (ReloadReport, error) {
	return postLong[ReloadReport](ctx, c, r, "reload")
}

// Audits are the changes that match, oldest first.
func (c *Client) Audits(ctx context.Context, q AuditQuery) (AuditList, error) {
	v := url.Values{}
	set(v, "key", q.Key)
	setWhole(v, "since", q.Since)
	setWhole(v, "limit", int64(q.Limit))
	return get[AuditList](ctx, c, v, "audit")
}

// Streams are the journal's.
func (c *Client) Streams(ctx context.Context) ([]StreamStatus, error) {
	v, err := get[StreamList](ctx, c, nil, "journal")
	return v.Streams, err
}

// Tail hands over a stream's entries, until ctx or the stream ends or deliver returns an error.
func (c *Client) Tail(ctx context.Context, q TailQuery, deliver func(JournalEntry) error) error {
	v := url.Values{}
	setWhole(v, "from", int64(q.From))
	setWhole(v, "last", int64(q.Last))
	setFollow(v, q.Follow)
	return lines(ctx, c, v, deliver, "journal", q.Stream)
}

// Logs hands over the host's last lines, and those that come, as Tail does.
func (c *Client) Logs(ctx context.Context, q LogQuery, deliver func(LogLine) error) error {
	v := url.Values{}
	set(v, "level", q.Level)
	set(v, "agent", q.Agent)
	setWhole(v, "from", int64(q.From))
	setWhole(v, "last", int64(q.Last))
	setFollow(v, q.Follow)
	return lines(ctx, c, v, deliver, "logs")
}

// Checkpoints are those that the host keeps, the newest first.
func (c *Client) Checkpoints(ctx context.Context) ([]Checkpoint, error) {
	v, err := get[CheckpointList](ctx, c, nil, "checkpoints")
	return v.Checkpoints, err
}

// MakeCheckpoints makes one of every account now.
func (c *Client) MakeCheckpoints(ctx context.Context, a Act) ([]Checkpoint, error) {
	v, err := post[CheckpointList](ctx, c, a, "checkpoints")
	return v.Checkpoints, err
}
