// Hands the mutants that stand in this page to the viewer.
"use strict";

document.querySelector("mutation-test-report-app").report = JSON.parse(document.getElementById("mutants").textContent);
