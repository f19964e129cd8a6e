import { defineConfig, type Plugin } from "vite";

/**
 * Holds the first paint until the entry script has run, so that a remembered theme never flashes. It is an attribute
 * because the page is served without permission for inline scripts.
 */
const renderBlockingEntry: Plugin = {
  name: "render-blocking-entry",
  transformIndexHtml: {
    order: "post",
    handler: (html: string): string => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  // Relative addresses: the site works under whatever path it is mounted.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist/web",
    emptyOutDir: true,
    target: ["chrome123", "edge123", "firefox121", "safari17.5"],
    // The content security policy forbids data: except for images; a file is also cached on its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [renderBlockingEntry],
});
