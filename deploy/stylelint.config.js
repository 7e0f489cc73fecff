// What the style sheets ask of a browser, against "browserslist" in package.json (deploy/pages.py --types).
export default {
  plugins: ["stylelint-no-unsupported-browser-features"],
  rules: {
    "plugin/no-unsupported-browser-features": [
      true,
      {
        ignorePartialSupport: true,
        ignore: [
          "css-math-functions", // a plain value stands before each: tests/deploy/test_old_browsers.py
          "css-focus-visible", // the rule without it comes first
        ],
      },
    ],
  },
};
