/* Sets light or dark before the first paint, so that a dark page does not flash white. A file of
   its own, since the Content-Security-Policy allows no inline script. */
(function () {
  var scheme = "auto";
  try {
    scheme = window.localStorage.getItem("dealer-dashboard-colour-scheme") || "auto";
  } catch (e) {
    scheme = "auto";
  }
  if (scheme !== "light" && scheme !== "dark") {
    scheme = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();
