// Hands the mutants that stand in this page to the viewer.
"use strict";

const mutants = Uint8Array.from(atob(document.getElementById("mutants").textContent), (letter) => letter.charCodeAt(0));
const unpacked = new Blob([mutants]).stream().pipeThrough(new DecompressionStream("gzip"));
new Response(unpacked).json().then((report) => {
  document.querySelector("mutation-test-report-app").report = report;
});
