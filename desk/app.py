"""The desk as two rooms of the one HTTP server: the console, and the API beside it."""

from __future__ import annotations

from aiohttp import web

from desk.actions import Actions
from desk.api import add_routes
from desk.exchanges import Exchanges
from desk.guard import Seal, guarding
from desk.hotline import Hotline
from desk.mutes import Mutes
from desk.oncall import Rotas
from desk.room import Room, load_assets, make_templates
from desk.screens import Screens
from desk.speech import load
from desk.view import House, View
from desk.works import Works


def make_desk(house: House, *, allowed: bool, base: str = "/desk") -> web.Application:
    """The console, to be mounted at ``base``.

    ``allowed`` is false where staff cannot be told from the public (a listener beyond loopback
    and no users yet): then every route answers 403 and says why.
    """
    room = Room(
        house,
        load(house.languages, house.timezone),
        make_templates(),
        load_assets(),
        Seal(),
        base,
    )
    screens = Screens(room)
    actions, works = Actions(room, screens), Works(room)
    hotline = Hotline(room, screens)
    app = web.Application(middlewares=[guarding(allowed=allowed)])
    app.router.add_get("/", screens.home)
    app.router.add_get("/answer", screens.answer)
    app.router.add_get("/board", screens.board)
    app.router.add_get("/static/{name}", screens.asset)
    app.router.add_get("/open", screens.open_form)
    app.router.add_post("/open", actions.open)
    app.router.add_get("/works", works.show)
    app.router.add_post("/works", works.announce)
    app.router.add_post("/works/{id}/cancel", works.cancel)
    rotas = Rotas(room)
    app.router.add_get("/oncall", rotas.show)
    app.router.add_post("/oncall/remove/{number:[0-9]+}", rotas.remove)
    app.router.add_post("/oncall/{rota}", rotas.stand_in)
    app.router.add_post("/calls", hotline.note)
    app.router.add_get("/collect", hotline.form)
    app.router.add_post("/collect", hotline.hand_on)
    app.router.add_get("/promises", hotline.promises)
    app.router.add_post("/promises/{number}", hotline.keep)
    app.router.add_get("/figures", hotline.figures)
    app.router.add_get("/figures.csv", hotline.csv)
    app.router.add_get("/captures/{id}", Exchanges(room).show)
    app.router.add_get("/incidents/{id}", screens.incident)
    app.router.add_get("/incidents/{id}/told", screens.told)
    app.router.add_post("/incidents/{id}/{action}", actions.do)
    mutes = Mutes(room)
    app.router.add_get("/mutes", mutes.show)
    app.router.add_post("/mutes", mutes.mute)
    app.router.add_post("/mutes/{number:[0-9]{1,9}}/lift", mutes.lift)
    return app


def make_api(view: View, *, allowed: bool) -> web.Application:
    """The JSON API, to be mounted at ``/api/v1``; ``allowed`` as for the desk."""
    app = web.Application(middlewares=[guarding(allowed=allowed)])
    add_routes(app, view)
    return app
