import Echo from "laravel-echo";
import PusherBackEnd from "pusher";
import PusherFrontEnd from "pusher-js";
import type { PusherApp } from "../src/dialects/pusher/app.ts";

/** Pusher's own library for back ends. */
export function openBackEnd(url: string, app: PusherApp): PusherBackEnd {
  const { hostname, port } = new URL(url);
  return new PusherBackEnd({ ...app, appId: app.id, host: hostname, port, useTLS: false });
}

/** Somebody whom a back end knows. */
interface User {
  readonly id: string;
  readonly name: string;
}

/** Pusher's own client; what its page's back end would sign is signed here. */
export function openFrontEnd(url: string, app: PusherApp, user?: User): PusherFrontEnd {
  const { hostname, port } = new URL(url);
  const signer = openBackEnd(url, app);
  const member = user && { user_id: user.id, user_info: { name: user.name } };
  return new PusherFrontEnd(app.key, {
    wsHost: hostname,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ["ws"],
    cluster: "",
    channelAuthorization: {
      endpoint: "",
      transport: "ajax",
      customHandler: ({ socketId, channelName }, answer) =>
        answer(null, signer.authorizeChannel(socketId, channelName, member)),
    },
    userAuthentication: {
      endpoint: "",
      transport: "ajax",
      customHandler: ({ socketId }, answer) =>
        answer(null, signer.authenticateUser(socketId, { ...user, id: user?.id ?? "0" })),
    },
  });
}

/** Resolves once the client is on the channel, with what it is told then; rejects with why it may not. */
export function joinChannel(client: PusherFrontEnd, name: string): Promise<unknown> {
  const channel = client.subscribe(name);
  return new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_succeeded", resolve);
    channel.bind("pusher:subscription_error", reject);
  });
}

/** Laravel's client of the user, as it is set up for Reverb. */
export function openEcho(url: string, app: PusherApp, user: User): Echo<"reverb"> {
  const { hostname: wsHost, port } = new URL(url);
  const signer = openBackEnd(url, app);
  return new Echo({
    broadcaster: "reverb",
    key: app.key,
    wsHost,
    wsPort: Number(port),
    forceTLS: false,
    enabledTransports: ["ws"],
    Pusher: PusherFrontEnd,
    authorizer: ({ name }: { readonly name: string }) => ({
      authorize: (socketId: string, answer: (error: Error | null, data: unknown) => void) =>
        answer(
          null,
          signer.authorizeChannel(socketId, name, { user_id: user.id, user_info: { name: user.name } }),
        ),
    }),
  } as never) as Echo<"reverb">;
}
