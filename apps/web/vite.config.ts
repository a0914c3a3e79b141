import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = `http://127.0.0.1:${process.env.PORT ?? "8080"}`;

export default defineConfig({
  plugins: [svelte()],
  // The pages' policy allows no data: fonts, so that nothing is inlined.
  build: { assetsInlineLimit: 0 },
  server: {
    // scripts/run.mjs tells the server where this is.
    port: 5173,
    strictPort: true,
    proxy: {
      "^/(api|ws|healthz|readyz|metrics|app|apps)(/|\\?|$)": { target: server, ws: true },
    },
  },
});
