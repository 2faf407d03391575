"""How a plan is carried out: scheduling, what is known already, limits, retries, the budget, stopping.

What is asked is said by promptops.evals.plan, what a reply is worth by the evaluators; nothing of either is here.
May import plan, registry and evaluators.base of evals, and store; no part of evals but scorecard imports the engine.
"""
