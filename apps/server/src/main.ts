const server = Bun.serve({
  hostname: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 8080),
  fetch: () => new Response("switchboard"),
});
console.log(`listening on ${server.url.href}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    void server.stop().then(() => process.exit(0));
  });
}
