// Streamlit writes a choice into the address in place of the one before: with an entry of its own
// in the history, Back undoes it. A choice is what follows a click or a key, however late the
// server answers, and not what follows Back.
if (!window.phtReplace) {
  window.phtReplace = history.replaceState.bind(history);
  let acted = false;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => acted = true, true);
  addEventListener("popstate", () => acted = false, true);
  history.replaceState = (state, title, to) => {
    const next = new URL(to ?? location, location);
    const chosen = next.pathname === location.pathname && next.search !== location.search;
    if (chosen && acted) history.pushState(state, title, to);
    else window.phtReplace(state, title, to);
  };
}
