// Hands the mutants that stand in this page to the viewer, and mends what keeps some people from reading it there.
"use strict";

const app = document.querySelector("mutation-test-report-app");
const mutants = Uint8Array.from(atob(document.getElementById("mutants").textContent), (letter) => letter.charCodeAt(0));
const unpacked = new Blob([mutants]).stream().pipeThrough(new DecompressionStream("gzip"));
new Response(unpacked).json().then((report) => {
  app.report = report;
});

// Its colours of text are too faint for small print. All its parts share one sheet, and each part sets them anew.
app.shadowRoot.adoptedStyleSheets.at(-1).insertRule(`:host {
  --color-yellow-600: light-dark(#7c4a00, #f0b95a) !important;
  --color-green-600: light-dark(#00a63e, #0c6b47) !important;
  --color-green-700: light-dark(#0c6b47, #74cfa3) !important;
  --color-red-700: light-dark(#a8121c, #ff938c) !important;
  --prism-cdata: light-dark(#676750, #a3acb6) !important;
}`);

// Code that scrolls sideways has to be reached by the keyboard.
const file = customElements.get("mte-file").prototype;
const { updated } = file;
file.updated = function (changes) {
  updated?.call(this, changes);
  this.shadowRoot.querySelector("pre")?.setAttribute("tabindex", "0");
};
