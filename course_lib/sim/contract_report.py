"""What the check of an environment found: broken rules of gymnasium's contract, as text and as HTML."""

from __future__ import annotations

import html
from dataclasses import dataclass

RULES = {
    "class": "hand in the class, a subclass of gymnasium.Env, or a function that makes one",
    "error": "making the world, reset and step run without an error",
    "endless": "reset and step come to an end",
    "spaces": "__init__ sets observation_space and action_space: what can be seen, and what can be done",
    "first step": "no step crashes by chance: __init__ gives every attribute a first value",
    "reset arguments": "it is def reset(self, *, seed=None, options=None)",
    "reset result": "reset returns two things: observation, info",
    "step result": "step returns five things: observation, reward, terminated, truncated, info",
    "observation": "every observation lies in observation_space: its shape, its dtype, its bounds",
    "reward": "the reward is one finite number",
    "flags": "terminated and truncated are True or False",
    "info": "info is a dict",
    "kept observation": "an observation that was handed out does not change any more: return a new array",
    "seed": "one seed is one episode: super().reset(seed=seed) comes first, and all chance is self.np_random",
    "fresh start": "reset forgets all of the episode before",
    "own state": "what changes belongs to one world (self.x), never to the class",
    "render": 'metadata = {"render_modes": ["rgb_array"], "render_fps": 10}, __init__ takes render_mode=None and keeps '
    "it as self.render_mode, and render returns (height, width, 3) uint8",
    "gymnasium": "gymnasium's own check_env has nothing to complain about",
}


@dataclass(frozen=True)
class Finding:
    """A broken rule.

    Attributes:
        rule: a key of `RULES`.  said: what was seen, a sentence.
        line: of the file or cell that the class stands in, or None.
    """

    rule: str
    said: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.said} The rule: {RULES[self.rule]}."


@dataclass(frozen=True)
class Report:
    """What `check_environment` found.

    Attributes:
        name: of the environment's class.  findings: the broken rules, the first breach of each.
    """

    name: str
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings

    def __repr__(self) -> str:
        return "\n".join([self._head(), *(f"- {finding}" for finding in self.findings)])

    def _repr_html_(self) -> str:
        colour = "#009E73" if self.ok else "#D55E00"
        items = "".join(
            f'<div style="margin:6px 0 0"><b>{f"line {finding.line}" if finding.line else "no line"}</b>: '
            f'{html.escape(finding.said)}<br><span style="color:#5B6268">The rule: '
            f"{html.escape(RULES[finding.rule])}.</span></div>"
            for finding in self.findings
        )
        return (
            '<div role="status" style="font:14px/1.5 system-ui,sans-serif;background:#FFFFFF;color:#222222;'
            f"border:1px solid #C4C9CD;border-left:6px solid {colour};border-radius:6px;padding:9px 14px;"
            f'max-width:46em;box-sizing:border-box"><b>{html.escape(self._head())}</b>'
            f"{items}</div>"
        )

    def _head(self) -> str:
        if self.ok:
            return f"{self.name} keeps the contract: {len(RULES)} rules, none broken."
        count = len(self.findings)
        return f"{self.name} breaks {count} rule{'' if count == 1 else 's'}."
