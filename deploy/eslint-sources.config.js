// How the pages' sources are written (deploy/pages.py --types); what a browser must know is in eslint.config.js.
import a11y from "eslint-plugin-jsx-a11y-x";
import hooks from "eslint-plugin-react-hooks";
import imports from "eslint-plugin-simple-import-sort";
import typescript from "typescript-eslint";

export default [
  {
    files: ["**/*.ts", "**/*.tsx"],
    languageOptions: { parser: typescript.parser },
    plugins: { "react-hooks": hooks, imports, "jsx-a11y-x": a11y },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      ...a11y.configs.recommended.rules,
      "jsx-a11y-x/aria-role": ["error", { ignoreNonDOM: true }], // components have a `role` of their own
      "jsx-a11y-x/no-noninteractive-tabindex": "off", // what scrolls must be reachable by key; axe says so
      "imports/imports": "error",
      "imports/exports": "error",
      "max-len": ["error", { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true, ignoreStrings: true }],
    },
  },
];
