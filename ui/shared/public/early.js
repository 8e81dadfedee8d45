/* What comes before the page's script, which is large: light or dark, so that a dark page does not flash white; and the
   question who is signed in, whose answer is then there when the script asks for it. A sign-in link is first taken by
   the script. A file of its own, since the Content-Security-Policy allows no inline script. */
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
  if (window.location.hash.indexOf("#/start") !== 0) {
    window.earlySession = fetch("api/v1/session", {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(20000),
    });
    window.earlySession.catch(function () {}); // told to whoever reads it
  }
})();
