"""Results and outcomes become text, markdown, HTML, JSON, JUnit and SARIF: pure functions, a folder a subject.

Every page is a Jinja template in `templates/`, rendered by `page`, which escapes each value; `assets/` holds their
style and script. Nothing here reads a file, a clock or the environment, asks git or GitHub, or decides a verdict.
Imports lint's and evals' values, text, model and below; never workflows or forge.
"""
