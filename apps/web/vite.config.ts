import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = `http://127.0.0.1:${process.env.PORT ?? "8080"}`;

export default defineConfig({
  plugins: [svelte()],
  server: {
    proxy: {
      "^/(api|ws|healthz|readyz|metrics|app|apps)(/|\\?|$)": { target: server, ws: true },
    },
  },
});
