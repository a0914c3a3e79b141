"""Two clients of Debian's python3-autobahn that the server knows by name: what they see is printed as JSON, a line each."""

import asyncio
import json
import sys

import txaio
from autobahn.asyncio.component import Component
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions, SubscribeOptions

url, ticket, password = sys.argv[1:]


def tell(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


def client(authentication):
    transport = {"type": "websocket", "url": url, "serializers": ["json"], "max_retries": 0}
    return Component(transports=[transport], realm="crm", authentication=authentication)


anna = client({"ticket": {"authid": "anna", "ticket": ticket}})
eve = client({"wampcra": {"authid": "eve", "secret": password}})
eve_subscribes = asyncio.Event()
all_told = asyncio.Event()


@eve.on_join
async def eve_joined(session, details):
    tell("eve", [details.authid, details.authrole, details.authmethod])

    def on_event(text, details=None):
        tell("heard", text)
        if text == "the end":
            all_told.set()

    await session.subscribe(on_event, "com.news", options=SubscribeOptions(details=True))
    try:
        await session.call("wamp.session.count")
    except ApplicationError as error:
        tell("refused", error.error)
    eve_subscribes.set()


@anna.on_join
async def anna_joined(session, details):
    tell("anna", [details.authid, details.authrole, details.authmethod])
    await eve_subscribes.wait()
    await session.publish("com.news", "for all", options=PublishOptions(acknowledge=True, retain=True))
    await session.publish("com.news", "for staff", options=PublishOptions(eligible_authrole=["staff"], acknowledge=True))
    await session.publish("com.news", "not for eve", options=PublishOptions(exclude_authid=["eve"], acknowledge=True))
    await session.publish("com.news", "the end", options=PublishOptions(acknowledge=True))
    await all_told.wait()

    def on_retained(text, details=None):
        tell("retained", [text, details.retained])
        retained.set_result(True)

    retained = asyncio.get_running_loop().create_future()
    found = await session.call("wamp.subscription.lookup", "com.news")
    tell("subscribers", await session.call("wamp.subscription.count_subscribers", found))
    tell("roles", await session.call("wamp.session.count", ["guest"]))
    for text in ("one", "two"):
        await session.publish("crm.42", text, options=PublishOptions(acknowledge=True, exclude_me=False))
    subscription = await session.subscribe(lambda *_: None, "crm.42")
    history = await session.call("wamp.subscription.get_events", subscription.id, limit=5, reverse=True)
    tell("history", [[event["args"] for event in history.results], history.kwresults])
    await session.publish("com.last", "word", options=PublishOptions(acknowledge=True, retain=True, exclude_me=False))
    await session.subscribe(on_retained, "com.last", options=SubscribeOptions(details=True, get_retained=True))
    await retained
    tell("killed", len(await session.call("wamp.session.kill_by_authid", "eve", reason="com.bye")))


@eve.on_leave
async def eve_left(session, details):
    tell("left", details.reason)


async def main():
    # autobahn's own run() asks for a decorator that Python no longer has.
    loop = asyncio.get_running_loop()
    txaio.config.loop = loop
    await asyncio.gather(*(one.start(loop=loop) for one in (anna, eve)), return_exceptions=True)


asyncio.run(main())
