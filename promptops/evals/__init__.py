"""From a suite to a scorecard: plan, runner, comparison, gates."""
