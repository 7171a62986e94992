// A list whose rows lead to a place of the text. Cells are text nodes: none is ever HTML.
const kept = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const pane = parentElement.querySelector(".list");
  const state = kept.get(pane) ?? { drawn: "", chosen: "" };
  kept.set(pane, state);
  const drawn = JSON.stringify([data.titles, data.rows]);
  if (drawn !== state.drawn) {
    state.drawn = drawn;
    pane.replaceChildren(data.rows.length ? drawTable(data) : drawEmpty(data.empty));
  }
  let chosen = null;
  for (const row of pane.querySelectorAll(".row")) {
    const isChosen = row.dataset.id === data.chosen;
    row.classList.toggle("chosen", isChosen);
    row.setAttribute("aria-current", String(isChosen));
    if (isChosen) chosen = row;
  }
  if (chosen && data.chosen !== state.chosen) bring(pane, chosen);
  state.chosen = data.chosen;
  const pick = (event) => {
    const row = event.target.closest?.(".row");
    if (!row) return;
    state.chosen = row.dataset.id;
    setTriggerValue("picked", row.dataset.id);
  };
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...pane.querySelectorAll("button")];
    const at = buttons.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    buttons[at + step]?.focus();
  };
  pane.addEventListener("click", pick);
  pane.addEventListener("keydown", move);
  return () => {
    pane.removeEventListener("click", pick);
    pane.removeEventListener("keydown", move);
  };
}

function drawEmpty(words) {
  const line = document.createElement("div");
  line.className = "empty";
  line.textContent = words;
  return line;
}

function drawTable({ titles, rows }) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const title of titles) {
    head.appendChild(document.createElement("th")).textContent = title;
  }
  const body = table.createTBody();
  for (const { id, verdict, colour, sign, words, print, cells, tags } of rows) {
    const row = body.insertRow();
    row.className = `row ${verdict}`;
    row.style.setProperty("--verdict-text", `var(--st-${colour}-text-color)`);
    row.dataset.id = id;
    const mark = row.insertCell().appendChild(document.createElement("span"));
    mark.className = "sign";
    mark.textContent = sign;
    mark.title = words;
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", words);
    const button = row.insertCell().appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = print;
    for (const cell of cells) {
      const shown = row.insertCell();
      shown.textContent = cell;
      if (cell.length < 10) shown.className = "short";
    }
    if (tags) {
      const line = row.cells[2].appendChild(document.createElement("div"));
      line.className = "tags";
      line.textContent = tags;
    }
  }
  return table;
}

function bring(pane, row) {
  const head = pane.querySelector("thead")?.offsetHeight ?? 0;
  if (row.offsetTop - head < pane.scrollTop) pane.scrollTop = row.offsetTop - head;
  const bottom = row.offsetTop + row.offsetHeight - pane.clientHeight;
  if (bottom > pane.scrollTop) pane.scrollTop = bottom;
}
