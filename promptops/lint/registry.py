"""All rules. A new rule is one file in rules/, one line here, and one file of cases in tests/lint/cases/."""

from __future__ import annotations

from promptops.lint.base import Rule
from promptops.lint.rules.p001_not_yaml import NotYaml
from promptops.lint.rules.p002_duplicate_key import DuplicateKey
from promptops.lint.rules.p003_unknown_key import UnknownKey
from promptops.lint.rules.p004_wrong_type import WrongType
from promptops.lint.rules.p101_unused_input import UnusedInput
from promptops.lint.rules.p102_undeclared_variable import UndeclaredVariable
from promptops.lint.rules.p103_template_syntax import TemplateSyntax
from promptops.lint.rules.p104_missing_include import MissingInclude
from promptops.lint.rules.p105_include_outside import IncludeOutside
from promptops.lint.rules.p106_include_cycle import IncludeCycle
from promptops.lint.rules.p201_untrusted_undelimited import UntrustedUndelimited
from promptops.lint.rules.p301_unknown_model import UnknownModel

RULES: tuple[Rule, ...] = (
    NotYaml(),
    DuplicateKey(),
    UnknownKey(),
    WrongType(),
    UnusedInput(),
    UndeclaredVariable(),
    TemplateSyntax(),
    MissingInclude(),
    IncludeOutside(),
    IncludeCycle(),
    UntrustedUndelimited(),
    UnknownModel(),
)
