"""What every page takes from its request: who reads it, the law, the database, and the frame to answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from partner.auth.actor import Actor
from partner.auth.web import CSRF_FIELD, OptionalActor, csrf_token, database_of, settings_of
from partner.database import Database
from partner.errors import Text
from partner.portal import rendering
from partner.regulation import Law, in_force
from partner.regulation.in_force import Held, InForce
from partner.settings import Settings


@dataclass(frozen=True)
class Frame:
    """A request for a page, the law as it began, and the way to answer it."""

    request: Request
    actor: Actor | None
    held: Held

    @classmethod
    def of(cls, request: Request, actor: Actor | None) -> Frame:
        """The frame of a request, with the law in force now."""
        return cls(request, actor, in_force.holding(cast("Law | InForce", request.app.state.law)).held)

    @property
    def law(self) -> Law:
        """The law in force as the request began."""
        return self.held.law

    @property
    def database(self) -> Database:
        """The database of the service."""
        return database_of(self.request)

    @property
    def settings(self) -> Settings:
        """The settings of the service."""
        return settings_of(self.request)

    @property
    def language(self) -> str:
        """`ja` or `en`."""
        return rendering.language_of(self.request)

    @property
    def messages(self) -> list[str]:
        """What the step before this page has brought about, in words."""
        return rendering.messages(self.request, self.language)

    def say(self, text: Text) -> str:
        """Words in the reader's language."""
        return rendering.say(text, self.language)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """Answer with a page."""
        return rendering.page(self.request, template, actor=self.actor, csrf=self._csrf, status=status, **facts)

    def part(self, template: str, **facts: Any) -> str:
        """A part of a page, in the reader's language."""
        return rendering.part(self.request, template, **facts)

    def _csrf(self) -> Markup:
        """The hidden field that every form of a session carries."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token(self.request))


async def _frame(request: Request, actor: OptionalActor) -> Frame:
    return Frame.of(request, actor)


Framed = Annotated[Frame, Depends(_frame)]
