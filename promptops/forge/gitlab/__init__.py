"""GitLab: its API, its pipelines' variables, and what in a note would act there."""
