package report

type fuelHistogram struct{}
type lots struct{}

// Trade is a lot opened and closed.
type Trade struct{}
type curve struct{}
type holding struct{}
type picture struct{}

func newPicture(int) picture { return picture{} }
