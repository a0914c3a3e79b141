import PusherBackEnd from "pusher";
import PusherFrontEnd from "pusher-js";
import type { PusherApp } from "../src/dialects/pusher/app.ts";

/** Pusher's own library for back ends. */
export function openBackEnd(url: string, app: PusherApp): PusherBackEnd {
  const { hostname, port } = new URL(url);
  return new PusherBackEnd({ ...app, appId: app.id, host: hostname, port, useTLS: false });
}

/** Pusher's own client; what its page's back end would sign is signed here. */
export function openFrontEnd(url: string, app: PusherApp): PusherFrontEnd {
  const { hostname, port } = new URL(url);
  const signer = openBackEnd(url, app);
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
        answer(null, signer.authorizeChannel(socketId, channelName)),
    },
  });
}

/** Resolves once the client is on the channel. */
export function joinChannel(client: PusherFrontEnd, name: string): Promise<void> {
  const channel = client.subscribe(name);
  return new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_succeeded", () => resolve());
    channel.bind("pusher:subscription_error", reject);
  });
}
