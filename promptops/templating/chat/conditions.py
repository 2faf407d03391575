"""`when:` of a message: an expression whose value, not its text, decides whether the message is there."""

from __future__ import annotations

from promptops.templating.usage import TemplateSyntaxProblem

HOLDS = "1"
"""The text of a condition that holds; one that does not has none."""
BEFORE = "{% if "
"""What stands before the expression in its template."""


def condition_template(expression: str) -> str:
    """The expression as a template with the text HOLDS or none."""
    return BEFORE + expression.strip() + " %}" + HOLDS + "{% endif %}"


def check_condition(expression: str) -> None:
    """TemplateSyntaxProblem for what is no expression, or more than one."""
    from jinja2 import nodes  # which lint loads only where it needs it

    from promptops.templating.syntax import parse_template

    tree = parse_template(condition_template(expression))
    match tree.body:
        case [nodes.If(elif_=[], else_=[], body=[nodes.Output(nodes=[nodes.TemplateData(data="1")])])]:
            return
    raise TemplateSyntaxProblem("this is not one expression; write it without braces, like: hint", 1)
