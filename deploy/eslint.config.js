// What the bundles ask of a browser, against "browserslist" in package.json (deploy/pages.py --types).
import compat from "eslint-plugin-compat";

export default [
  {
    plugins: { compat },
    rules: { "compat/compat": "error" },
    linterOptions: { reportUnusedDisableDirectives: "off" },
    settings: {
      lintAllEsApis: true,
      // Socket.IO asks whether there is one before it uses it, and so does server/pages/shared/screen.ts.
      polyfills: ["WebTransport", "navigator.wakeLock"],
    },
  },
];
