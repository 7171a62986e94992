"use strict";
// Charts become interactive when they come near the window; until then, and where this does not
// run or a chart fails, its drawing stands there. In print it always does.
(() => {
  const draw = (figure) => {
    const live = figure.querySelector(".live");
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const nothing = { load: () => Promise.reject(new Error("nothing is loaded")) };
    window
      .vegaEmbed(live, spec, {
        mode: "vega-lite",
        renderer: "svg",
        actions: false,
        ast: true, // expressions are interpreted: the page's policy forbids to compile them
        loader: { ...nothing, sanitize: nothing.load, http: nothing.load, file: nothing.load },
        tooltip: { theme: "light" },
      })
      // The texts' lines follow from the width that the axes leave: the height is known after them.
      .then((chart) => chart.view.resize().runAsync())
      .then((view) => view.resize().runAsync())
      .then(() => figure.classList.add("drawn"))
      .catch((error) => {
        live.remove();
        figure.dataset.failed = String(error);
      });
  };
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          seen.unobserve(entry.target);
          draw(entry.target);
        }
      }
    },
    { rootMargin: "600px" },
  );
  // Charts measure their texts, in fonts that have to be there by then.
  document.fonts.ready.then(() => {
    for (const figure of document.querySelectorAll("figure.chart")) seen.observe(figure);
  });
})();
