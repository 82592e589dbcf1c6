# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md: every command of `skm`, from the parser that `--help` is printed by."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generate.markdown import code, page, table
from skm_client.cli.main import EPILOGUE, build_parser

TARGET: Final = Path("docs/cli.md")
COMMON: Final = "how the KMS is reached"
"""The group of options that nearly every command has; shown once."""
INTRODUCTION: Final = """
`skm` administers a running KMS; as `kubectl skm` it is the same program. It comes with the
Python distribution (`pip install '.[client]'` in a checkout) and stands in the KMS's image, where
`skm init` is run.
"""


def cli_page() -> dict[Path, str]:
    """One section a command."""
    parser = build_parser()
    leaves = list(_leaves("skm", parser))
    common = next(group for _, leaf in leaves for group in _groups(leaf) if group.title == COMMON)
    parts = [
        INTRODUCTION,
        f"```text\n{EPILOGUE.strip()}\n```",
        f"## {COMMON[:1].upper()}{COMMON[1:]}",
        "Every command but `skm init` takes these, and `--json` (print results as JSON).",
        _options(common._group_actions),
        *(_command(name, leaf) for name, leaf in leaves),
    ]
    return {TARGET: page("Command line", "the parser of `skm`", *parts)}


def _leaves(
    name: str, parser: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The commands that do something, by the words that are typed."""
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not nested:
        yield name, parser
    for action in nested:
        helps = {choice.dest: choice.help for choice in action._choices_actions}
        for word, part in action.choices.items():
            part.description = part.description or helps.get(word)
            yield from _leaves(f"{name} {word}", part)


def _groups(parser: argparse.ArgumentParser) -> list[argparse._ArgumentGroup]:
    return list(parser._action_groups)


def _command(name: str, parser: argparse.ArgumentParser) -> str:
    shared = {
        action
        for group in _groups(parser)
        if group.title == COMMON
        for action in group._group_actions
    }
    own = [
        action
        for action in parser._actions
        if action not in shared and not {"-h", "--json"} & set(action.option_strings)
    ]
    placed = [str(action.metavar) for action in own if not action.option_strings]
    usage = " ".join((name, *placed))
    text = (parser.description or "").rstrip(".")
    return f"## `{usage}`\n\n{text[:1].upper()}{text[1:]}.\n\n{_options(own)}"


def _options(actions: list[argparse.Action]) -> str:
    rows = [
        (code(_form(action)), _help(action))
        for action in actions
        if action.option_strings and action.help is not argparse.SUPPRESS
    ]
    return table(("option", "what it does"), rows) if rows else ""


def _form(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ", ".join(action.option_strings)
    if action.choices is not None:
        value = "{" + ",".join(str(choice) for choice in action.choices) + "}"
    else:
        value = str(action.metavar or action.dest.upper())
    return f"{', '.join(action.option_strings)} {value}"


def _help(action: argparse.Action) -> str:
    text = action.help or "one of these"
    return text.replace("%(default)s", f"`{action.default}`")
