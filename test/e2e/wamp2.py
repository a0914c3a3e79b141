"""Clients of Debian's python3-autobahn, one for each spelling, which the test tells what to do by calls."""

import asyncio
import sys

import txaio
from autobahn.asyncio.component import Component
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, EventDetails, PublishOptions, RegisterOptions, SubscribeOptions


def client(url, name):
    component = Component(
        transports=[
            {
                "type": "websocket",
                "url": url,
                "serializers": [name],
                "max_retries": -1,
                "initial_retry_delay": 0.05,
            }
        ],
        realm="realm1",
    )
    heard = []
    interrupted = []

    @component.on_join
    async def joined(session, details):
        def on_event(*args, details: EventDetails = None, **kwargs):
            heard.append({"args": args, "kwargs": kwargs})

        async def publish(topic, *args, **kwargs):
            done = await session.publish(topic, *args, options=PublishOptions(acknowledge=True), **kwargs)
            return done.id > 0

        async def call(procedure, *args):
            try:
                return await session.call(procedure, *args)
            except ApplicationError as error:
                return {"error": error.error, "args": error.args, "kwargs": error.kwargs}

        def fail():
            raise ApplicationError("com.closed", "no", 1, k=2)

        async def count(to, details=None):
            for i in range(to):
                details.progress(i)
            return "done"

        async def ask_count(to):
            parts = []
            result = await session.call(f"{name}.count", to, options=CallOptions(on_progress=parts.append))
            return [parts, result]

        async def slow():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                interrupted.append(True)
                raise

        async def cancel():
            calling = session.call(f"{name}.slow")
            await session.call(f"{name}.report")
            calling.cancel()
            try:
                return await calling
            except (asyncio.CancelledError, ApplicationError) as error:
                return type(error).__name__

        def report():
            return {"session": str(details.session), "heard": heard, "interrupted": len(interrupted)}

        await session.subscribe(on_event, "crm.42", options=SubscribeOptions(details=True))
        for procedure in (publish, call, fail, ask_count, slow, cancel, report):
            await session.register(procedure, f"{name}.{procedure.__name__}")
        await session.register(count, f"{name}.count", options=RegisterOptions(details=True))

    return component


async def main():
    # autobahn's own run() asks for a decorator that Python no longer has.
    loop = asyncio.get_running_loop()
    txaio.config.loop = loop
    await asyncio.gather(*(client(sys.argv[1], name).start(loop=loop) for name in ("json", "msgpack", "cbor")))


asyncio.run(main())
