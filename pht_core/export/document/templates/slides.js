"use strict";
// One slide at a time: arrow keys, space, Page Up and Down, Home and End turn them.
(() => {
  const slides = [...document.querySelectorAll("section")];
  const back = document.getElementById("back");
  const next = document.getElementById("next");
  const place = document.getElementById("place");
  const from = Number.parseInt(location.hash.slice(2), 10) - 1;
  let shown = slides[from] ? from : 0;
  const show = (wanted) => {
    shown = Math.min(Math.max(wanted, 0), slides.length - 1);
    slides.forEach((slide, at) => slide.classList.toggle("shown", at === shown));
    back.disabled = shown === 0;
    next.disabled = shown === slides.length - 1;
    place.textContent = `${shown + 1} of ${slides.length}`;
    history.replaceState(null, "", `#s${shown + 1}`);
  };
  const steps = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1,
    ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
    Home: -Infinity, End: Infinity,
  };
  document.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    // A space on a button presses it.
    if (event.key === " " && event.target.closest("button")) return;
    event.preventDefault();
    show(shown + step);
  });
  back.addEventListener("click", () => show(shown - 1));
  next.addEventListener("click", () => show(shown + 1));
  document.body.classList.add("turning");
  show(shown);
})();
