import { defineConfig } from "vitest/config";

// Each project has a group of its own and says how many workers it wants: see CONTRIBUTING.md, "Tests".
// The machine may be busy with other things: a test's time is no promise of ours.
const common = {
  pool: "threads",
  maxWorkers: 2,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
} as const;

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "apps/server/src/**/*.test.ts",
            "scripts/**/*.test.ts",
            "bench/src/**/*.test.ts",
          ],
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: "./apps/web/vite.config.ts",
        root: "./apps/web",
        test: { ...common, name: "web", include: ["src/**/*.test.ts"], sequence: { groupOrder: 3 } },
      },
      {
        test: {
          ...common,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          ...common,
          name: "recovery",
          include: ["test/recovery/**/*.test.ts"],
          // Each of these files starts servers, and some thousands of clients: one after the other they do not disturb each other.
          fileParallelism: false,
          testTimeout: 180_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          ...common,
          name: "platform",
          include: ["test/platform/**/*.test.ts"],
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          ...common,
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          // Each of these files starts a cluster of its own.
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 7 },
        },
      },
      {
        test: {
          ...common,
          name: "house",
          include: ["test/house-rules.test.ts", "test/house-rules/**/*.test.ts"],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
