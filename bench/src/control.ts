/**
 * The control: the same job on Bun's native topics with none of our code. It checks nothing, keeps nothing and promises nothing:
 * what Switchboard costs more than this is what its promises cost.
 */
interface Frame {
  readonly type: string;
  readonly crmIds?: readonly string[];
  readonly topic?: string;
  readonly data: unknown;
}

const processId = crypto.randomUUID().slice(-12);
let count = 0;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  fetch(request, bunServer) {
    const headers = { "Sec-WebSocket-Protocol": "switchboard.1" };
    return bunServer.upgrade(request, { headers }) ? undefined : new Response("not found", { status: 404 });
  },
  websocket: {
    maxPayloadLength: 4 * 1024 * 1024,
    backpressureLimit: 0,
    closeOnBackpressureLimit: false,
    perMessageDeflate: false,
    idleTimeout: 60,
    sendPings: true,
    message(socket, text) {
      const frame = JSON.parse(String(text)) as Frame;
      const topics = frame.topic === undefined ? frame.crmIds?.map((crmId) => `crm.${crmId}`) : [frame.topic];
      for (const topic of topics ?? []) {
        if (frame.type === "publish") publish(topic, frame.data);
        else socket.subscribe(topic);
      }
      if (frame.type === "hello") socket.send('{"type":"welcome"}');
    },
  },
});

function publish(topic: string, data: unknown): void {
  const offset = (count += 1);
  const publication = `${processId}-${offset.toString(36)}`;
  const event = { type: "event", topic, name: "message", offset, time: Date.now(), publication, data };
  server.publish(topic, JSON.stringify(event));
}

console.log(`The control is up: ${server.url.href}`);
