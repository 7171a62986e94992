// The text with its marks. Every word of a manuscript becomes a text node: none is ever HTML.
const kept = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const pane = parentElement.querySelector(".text");
  const state = kept.get(pane) ?? { drawn: "", chosen: "" };
  kept.set(pane, state);
  const isFirst = state.drawn === "";
  const drawn = JSON.stringify([data.blocks, data.marks]);
  if (drawn !== state.drawn) {
    const sameText = state.name === data.name;
    const top = sameText ? pane.scrollTop : 0;
    pane.replaceChildren(...data.blocks.map((block) => drawBlock(block, data.marks)));
    pane.scrollTop = top;
    if (!sameText) state.chosen = "";
    Object.assign(state, { drawn, name: data.name });
    show(pane, data, state.chosen);
  }
  if (data.chosen !== state.chosen) {
    state.chosen = data.chosen;
    show(pane, data, data.chosen);
    bring(pane, pane.querySelector(".mark.chosen") ?? pane.querySelector(".lit"), isFirst);
  }
  const pick = (event) => {
    const mark = event.target.closest?.(".mark");
    if (!mark) return;
    if (event.type === "keydown") {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
    }
    const { id } = data.marks[Number(mark.dataset.place)];
    state.chosen = id;
    show(pane, data, id);
    setTriggerValue("picked", id);
  };
  pane.addEventListener("click", pick);
  pane.addEventListener("keydown", pick);
  return () => {
    pane.removeEventListener("click", pick);
    pane.removeEventListener("keydown", pick);
  };
}

function drawBlock(block, marks) {
  if (block.kind !== "table") {
    const paragraph = document.createElement(block.kind === "heading" ? "h4" : "p");
    paragraph.append(...block.cut.map((stretch) => drawStretch(stretch, marks)));
    return paragraph;
  }
  const wide = document.createElement("div");
  wide.className = "wide";
  const table = wide.appendChild(document.createElement("table"));
  for (const row of block.rows) {
    const line = table.insertRow();
    for (const cell of row) {
      line.insertCell().append(...cell.map((stretch) => drawStretch(stretch, marks)));
    }
  }
  return wide;
}

function drawStretch([text, place, isLast, isLit], marks) {
  if (place < 0 && !isLit) return document.createTextNode(text);
  const span = document.createElement("span");
  span.textContent = text;
  if (isLit) span.classList.add("lit");
  if (place < 0) return span;
  const { verdict, colour, sign, words } = marks[place];
  span.classList.add("mark", verdict);
  paint(span, colour);
  span.dataset.place = place;
  if (isLast) {
    span.tabIndex = 0;
    span.setAttribute("role", "button");
    span.setAttribute("aria-label", `${text}: ${words}`);
    const after = span.appendChild(document.createElement("span"));
    after.className = "sign";
    after.setAttribute("aria-hidden", "true");
    after.textContent = sign;
  }
  return span;
}

function show(pane, { marks, note: lines }, chosen) {
  pane.querySelector(".note")?.remove();
  let last = null;
  for (const mark of pane.querySelectorAll(".mark")) {
    const isChosen = marks[Number(mark.dataset.place)].id === chosen;
    mark.classList.toggle("chosen", isChosen);
    if (isChosen) last = mark;
  }
  const place = last ?? (lines.length ? pane.querySelector(".lit") : null);
  if (!place) return;
  const note = document.createElement("div");
  note.className = "note";
  note.setAttribute("role", "status");
  for (const line of last ? marks[Number(last.dataset.place)].note : lines) {
    note.appendChild(document.createElement("div")).textContent = line;
  }
  place.closest("p, h4, .wide").after(note);
}

function bring(pane, element, isFirst) {
  if (!element) return;
  const where = element.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTop += where - pane.clientHeight / 3;
  if (isFirst) return;
  // Chosen in a list further down: its place in the text comes into sight.
  const { top, bottom } = element.getBoundingClientRect();
  if (top < 80 || bottom > window.innerHeight - 40) element.scrollIntoView({ block: "center" });
}

// A colour of the theme.
function paint(element, colour) {
  for (const kind of ["text", "background"]) {
    element.style.setProperty(`--verdict-${kind}`, `var(--st-${colour}-${kind}-color)`);
  }
}
